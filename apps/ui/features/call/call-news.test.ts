import { expect, test } from 'vitest'
import type { Participant } from '#client'
import { newsBetween } from './call-news.ts'

const somebody = (name: string, has: Partial<Participant> = {}): Participant =>
  ({ device: name, name, isMe: name === 'Alice', hand: false, screen: false, ...has }) as unknown as Participant
const alice = somebody('Alice')

test('somebody comes, raises a hand, shares a screen and goes', () => {
  const bob = somebody('Bob')
  expect(newsBetween([alice], [alice, bob])).toEqual([{ type: 'joined', name: 'Bob' }])
  expect(newsBetween([alice, bob], [alice, somebody('Bob', { hand: true })])).toEqual([{ type: 'hand', name: 'Bob' }])
  expect(newsBetween([alice, bob], [alice, somebody('Bob', { screen: true })])).toEqual([{ type: 'screen', name: 'Bob' }])
  expect(newsBetween([alice, bob], [alice])).toEqual([{ type: 'left', name: 'Bob' }])
})

test('what one does oneself is no news, nor is a hand that goes down or was up before', () => {
  expect(newsBetween([alice], [somebody('Alice', { hand: true, screen: true })])).toEqual([])
  expect(newsBetween([alice, somebody('Bob', { hand: true })], [alice, somebody('Bob')])).toEqual([])
  expect(newsBetween([alice], [alice, somebody('Bob', { hand: true })])).toEqual([{ type: 'joined', name: 'Bob' }])
})
