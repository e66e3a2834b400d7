import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { createPrivacy, type PrivacyParts } from './privacy.ts'
import { emptySelfRecord, type SelfRecords } from './self/self-record.ts'
import type { RoomLog } from './rooms/log/room-log.ts'

const [ME, ALICE, BOB, CAROL, DAVE] = ['11', '22', '33', '44', '55'].map((pair) => pair.repeat(32) as UserKey) as [UserKey, UserKey, UserKey, UserKey, UserKey]
const deviceOf = (user: UserKey): DeviceKey => `d-${user}` as DeviceKey

/** A room as privacy sees it: who is in, and, in a direct one, whom it was begun with. */
function room (users: readonly UserKey[], peer: UserKey | null = null): { log: Pick<RoomLog, 'membership'> } {
  const memberOf = (device: DeviceKey): { user: UserKey } | null => {
    const user = users.find((one) => deviceOf(one) === device)
    return user === undefined ? null : { user }
  }
  return { log: { membership: signal({ kind: peer === null ? 'group' : 'direct', peer, memberOf }) } as unknown as Pick<RoomLog, 'membership'> }
}

function person (): { privacy: PrivacyParts, records: SelfRecords, changes: () => number } {
  const record = signal(emptySelfRecord())
  const records: SelfRecords = { record, change: (change) => { record.value = { ...record.peek(), ...change(record.peek()) }; return Promise.resolve() } }
  let changes = 0
  // Alice was verified; the conversation with Bob was begun here, the one with Carol by her.
  record.value = { ...record.peek(), verified: [{ user: ALICE, name: 'Alice', isVerified: true, changedAt: 1 }, { user: DAVE, name: 'Dave', isVerified: false, changedAt: 2 }] }
  const rooms = new Map([['kitchen', room([ME, ALICE, BOB, CAROL, DAVE])], ['with Bob', room([ME, BOB], BOB)], ['by Carol', room([ME, CAROL], ME)]])
  return { privacy: createPrivacy({ records, rooms: () => rooms, myUser: ME, onHidesFrom: () => { changes++ } }), records, changes: () => changes }
}

test('addresses are hidden from nobody, until asked for', () => {
  const { privacy } = person()
  expect(privacy.hidesFrom.value).toBe('nobody')
  expect([ALICE, CAROL].map((user) => privacy.isHiddenFrom(user))).toEqual([false, false])
  expect(privacy.isHiddenFromDevice('unknown' as DeviceKey)).toBe(false)
})

test('hidden from strangers: contacts are who was verified and with whom one began to talk, and nobody by their own doing', async () => {
  const { privacy, changes } = person()
  await privacy.setHidesFrom('strangers')
  expect(changes()).toBe(1)
  expect([ALICE, BOB, ME].map((user) => privacy.isHiddenFrom(user))).toEqual([false, false, false])
  expect([CAROL, DAVE].map((user) => privacy.isHiddenFrom(user))).toEqual([true, true])
  expect([ALICE, CAROL].map((user) => privacy.isHiddenFromDevice(deviceOf(user)))).toEqual([false, true])
  expect(privacy.isHiddenFromDevice('unknown' as DeviceKey)).toBe(true)
})

test('hidden from everybody means everybody, one’s own other devices too', async () => {
  const { privacy } = person()
  await privacy.setHidesFrom('everybody')
  expect([ALICE, BOB, ME].map((user) => privacy.isHiddenFrom(user))).toEqual([true, true, true])
})

test('who is blocked stays so until it is taken back', async () => {
  const { privacy } = person()
  await privacy.setBlocked(CAROL, true)
  await privacy.setBlocked(CAROL, true)
  expect([...privacy.blocked.value]).toEqual([CAROL])
  await privacy.setBlocked(CAROL, false)
  expect(privacy.blocked.value.size).toBe(0)
})
