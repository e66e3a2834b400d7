import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { Mesh } from '../mesh/types.ts'
import { createCalls, type CallRoom, type CallsOptions, type CallsParts } from './index.ts'
import { NO_MEDIA } from './machine.ts'

const LOUNGE = '11'.repeat(16) as RoomTag
const ALICE = 'aa' as DeviceKey, BOB = 'bb' as DeviceKey, MALLORY = 'cc' as DeviceKey
const people = (...devices: DeviceKey[]): CallRoom['personOf'] =>
  (device) => devices.includes(device) ? { user: `user of ${device}` as UserKey, name: device } : null

/** Bob's device, as far as it only listens. */
async function bobHears (rooms: Pick<CallsOptions, 'roomOf' | 'voiceRoomOf'>): Promise<CallsParts> {
  return await createCalls({
    ...rooms,
    mesh: { drop () {}, handle: () => () => {}, node: signal('online') } as unknown as Mesh,
    self: BOB, myUser: 'user of bb' as UserKey,
    iceServers: () => Promise.resolve([]),
    settings: { load: () => Promise.resolve({}), save: () => Promise.resolve() },
    voices: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
    picture: { load: () => Promise.resolve(null), save: () => Promise.resolve() },
    effects: null,
    privacy: { hidesFrom: signal('nobody' as const), isHiddenFrom: () => false, blocked: signal(new Set()) } as unknown as CallsOptions['privacy'],
    onWake: () => () => {}
  })
}
const inside = (calls: CallsParts): string[] =>
  (calls.running.value.get(LOUNGE)?.participants ?? []).map(({ name, isMuted }) => isMuted ? `${name}, muted` : name)
const says = (calls: CallsParts, from: DeviceKey, microphone = true): void =>
  calls.heard(LOUNGE, from, { type: 'call', joinedAt: 1, media: { ...NO_MEDIA, microphone } })

test('from outside one sees who is in a voice room and who is muted, of the people of the room around it', async () => {
  const calls = await bobHears({ roomOf: () => null, voiceRoomOf: () => people(ALICE) })
  says(calls, ALICE)
  says(calls, MALLORY)
  expect(inside(calls)).toEqual([ALICE])
  says(calls, ALICE, false)
  expect(inside(calls)).toEqual([`${ALICE}, muted`])
  calls.heard(LOUNGE, ALICE, { type: 'call', joinedAt: 1, media: null })
  expect(inside(calls)).toEqual([])
  calls.stop()
})

test('a room that nobody has announced as one to see into shows nobody', async () => {
  const calls = await bobHears({ roomOf: () => null, voiceRoomOf: () => null })
  says(calls, ALICE)
  expect(inside(calls)).toEqual([])
  calls.stop()
})

test('whoever is a member of the voice room believes its members only: no place in it by claiming one from the room around it', async () => {
  const lounge: CallRoom = { personOf: people(ALICE, BOB), name: () => 'Lounge', peer: null, isModerator: () => false, mayActOn: () => false, say () {}, onMembersChanged: () => () => {} }
  const calls = await bobHears({ roomOf: () => lounge, voiceRoomOf: () => people(ALICE, BOB, MALLORY) })
  says(calls, MALLORY)
  says(calls, ALICE)
  expect(inside(calls)).toEqual([ALICE])
  calls.stop()
})
