import { expect, test } from 'vitest'
import type { Participant } from '#client'
import { columnsFor, layOut, spotlightKeys, type Choice, type StageView } from './stage-layout.ts'

const somebody = (name: string, has: Partial<Participant> = {}): Participant =>
  ({ device: name, user: name, name, isMe: name === 'alice', screenVideo: null, ...has }) as unknown as Participant
const screen = { screenVideo: {} as MediaStream }
const people = [somebody('alice'), somebody('bob'), somebody('carol')]

const keys = (participants: readonly Participant[], view: StageView, choice: Choice = null, speaker: string | null = null): { large: string[], small: string[] } => {
  const { large, small } = layOut(participants, { view, choice, speaker })
  return { large: large.map(({ key }) => key), small: small.map(({ key }) => key) }
}

test('the grid shows everybody alike', () => {
  expect(keys(people, 'grid', null, 'bob')).toEqual({ large: [], small: ['alice', 'bob', 'carol'] })
})

test('the spotlight is on whoever speaks, never on oneself while others are there', () => {
  expect(keys(people, 'spotlight', null, 'carol').large).toEqual(['carol'])
  expect(keys(people, 'spotlight').large).toEqual(['bob'])
  expect(keys(people, 'spotlight', null, 'alice').large).toEqual(['bob'])
  expect(keys([somebody('alice')], 'spotlight').large).toEqual(['alice'])
  expect(spotlightKeys(people)).toEqual(['bob', 'carol'])
})

test('a pinned tile stays large whoever speaks, until it is gone', () => {
  expect(keys(people, 'spotlight', { tile: 'alice' }, 'bob').large).toEqual(['alice'])
  expect(keys(people, 'grid', { tile: 'bob' }).large).toEqual(['bob'])
  expect(keys(people, 'grid', { tile: 'dave' }).large).toEqual([])
})

test('screens of others are large by themselves, both of them, and one’s own is not', () => {
  const sharing = [somebody('alice', screen), somebody('bob', screen), somebody('carol', screen)]
  expect(keys(sharing, 'grid')).toEqual({ large: ['bob/screen', 'carol/screen'], small: ['alice/screen', 'alice', 'bob', 'carol'] })
  expect(keys(sharing, 'grid', 'everybody').large).toEqual([])
  expect(keys(sharing, 'spotlight', { tile: 'carol/screen' }).large).toEqual(['carol/screen'])
  expect(keys([somebody('alice', screen)], 'grid').large).toEqual([])
})

test.each([
  [1, 800, 400, 1], [2, 800, 400, 2], [2, 320, 600, 1], [3, 1000, 300, 3], [4, 800, 450, 2], [4, 340, 900, 1], [8, 1200, 400, 4]
])('%i pictures in %i × %i pixels stand in %i columns', (count, width, height, columns) => {
  expect(columnsFor(count, width, height)).toBe(columns)
})
