import { expect, test } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { NO_MEDIA } from './machine.ts'
import { dropSilent, hearAnnouncement, SILENCE_MS, without, type Roster } from './roster.ts'

const ALICE = 'aa' as DeviceKey, BOB = 'bb' as DeviceKey
const nobody: Roster = new Map()
const hear = (roster: Roster, device: DeviceKey, joinedAt: number, isIn = true, at = 0): Roster =>
  hearAnnouncement(roster, device, { joinedAt, media: isIn ? NO_MEDIA : null }, at)

test('whoever says so is in the call, and out of it when they say that', () => {
  const both = hear(hear(nobody, ALICE, 1), BOB, 2)
  expect([...both.keys()]).toEqual([ALICE, BOB])
  expect([...hear(both, ALICE, 1, false).keys()]).toEqual([BOB])
})

test('a leaving from before Bob came in again, late or played again by somebody, changes nothing', () => {
  const returned = hear(nobody, BOB, 20)
  expect(hear(returned, BOB, 10, false)).toBe(returned)
  expect(hear(returned, BOB, 10)).toBe(returned)
})

test('silence counts as gone, and what does not change is the same roster', () => {
  const roster = hear(nobody, ALICE, 1, true, 100)
  expect(dropSilent(roster, 100 + SILENCE_MS - 1)).toBe(roster)
  expect(dropSilent(roster, 100 + SILENCE_MS).size).toBe(0)
  expect(without(roster, BOB)).toBe(roster)
})
