import { signal } from '@preact/signals-core'
import { expect, test, vi } from 'vitest'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CALL_MAX_CAMERAS, CALL_MAX_DEVICES } from '#shared/limits.ts'
import type { Mesh } from '../mesh/types.ts'
import { openBudgets } from '../testing/open-budgets.ts'
import { createCalls, type CallPresence, type CallRoom, type CallsOptions, type CallsParts } from './index.ts'
import { NO_MEDIA } from './machine.ts'

const LOUNGE = '11'.repeat(16) as RoomTag
const ALICE = 'aa' as DeviceKey, BOB = 'bb' as DeviceKey, MALLORY = 'cc' as DeviceKey
const people = (...devices: DeviceKey[]): CallRoom['personOf'] =>
  (device) => devices.includes(device) ? { user: `user of ${device}` as UserKey, name: device, nameMark: null } : null

/** A computer to which nothing is plugged in; Node has no devices at all. */
vi.stubGlobal('navigator', { mediaDevices: Object.assign(new EventTarget(), { enumerateDevices: () => Promise.resolve([]) }) })

/** Bob's device, as far as it only listens: nobody can be reached from it. */
async function bobHears (rooms: Pick<CallsOptions, 'roomOf' | 'voiceRoomOf'>, blocked: readonly DeviceKey[] = []): Promise<CallsParts> {
  return await createCalls({
    ...rooms,
    mesh: {
      drop () {}, budgets: openBudgets(), handle: () => () => {}, node: signal('online'), reachable: signal(new Set()), open: () => Promise.reject(new Error('nobody is there'))
    } as unknown as Mesh,
    self: BOB, myUser: 'user of bb' as UserKey,
    iceServers: () => Promise.resolve([]),
    settings: { load: () => Promise.resolve({}), save: () => Promise.resolve() },
    voices: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
    picture: { load: () => Promise.resolve(null), save: () => Promise.resolve() },
    effects: null,
    privacy: { hidesFrom: signal('nobody' as const), isHiddenFrom: () => false, blocked: signal(new Set(blocked.map((device) => `user of ${device}`))) } as unknown as CallsOptions['privacy'],
    onWake: () => () => {}
  })
}
const inside = (calls: CallsParts): string[] =>
  (calls.running.value.get(LOUNGE)?.participants ?? []).map(({ name, isMuted }) => isMuted ? `${name}, muted` : name)
const says = (calls: CallsParts, from: DeviceKey, microphone = true, camera = false): void =>
  calls.heard(LOUNGE, from, { type: 'call', joinedAt: 1, media: { ...NO_MEDIA, microphone, camera } })
/** A room of these people, and what Bob's device says in it. */
const roomOfPeople = (devices: readonly DeviceKey[], said: CallPresence[] = [], peer: DeviceKey | null = null): CallRoom => ({
  personOf: people(...devices), name: () => 'Lounge', peer: peer === null ? null : `user of ${peer}` as UserKey,
  isModerator: () => false, mayActOn: () => false, say: (presence) => { said.push(presence) }, onMembersChanged: () => () => {}
})

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

test('a call of people who are blocked does not show as one, and with others they are left out', async () => {
  const calls = await bobHears({ roomOf: () => roomOfPeople([ALICE, BOB, MALLORY]), voiceRoomOf: () => null }, [MALLORY])
  says(calls, MALLORY)
  expect(calls.running.value.has(LOUNGE)).toBe(false)
  says(calls, ALICE)
  expect(inside(calls)).toEqual([ALICE])
  calls.stop()
})

test('a room that nobody has announced as one to see into shows nobody', async () => {
  const calls = await bobHears({ roomOf: () => null, voiceRoomOf: () => null })
  says(calls, ALICE)
  expect(inside(calls)).toEqual([])
  calls.stop()
})

test('whoever is a member of the voice room believes its members only: no place in it by claiming one from the room around it', async () => {
  const lounge = roomOfPeople([ALICE, BOB])
  const calls = await bobHears({ roomOf: () => lounge, voiceRoomOf: () => people(ALICE, BOB, MALLORY) })
  says(calls, MALLORY)
  says(calls, ALICE)
  expect(inside(calls)).toEqual([ALICE])
  calls.stop()
})

test('a ninth device is told that the call is full, and does not come in', async () => {
  const others = Array.from({ length: CALL_MAX_DEVICES }, (_none, nth) => `d${nth}` as DeviceKey)
  const said: CallPresence[] = []
  const calls = await bobHears({ roomOf: () => roomOfPeople([BOB, ...others], said), voiceRoomOf: () => null })
  for (const device of others) says(calls, device)
  await expect(calls.join(LOUNGE)).rejects.toMatchObject({ code: 'call-full' })
  expect([calls.current.value, said]).toEqual([null, []])
  calls.heard(LOUNGE, others[0]!, { type: 'call', joinedAt: 1, media: null })
  await calls.join(LOUNGE, { isMuted: true })
  expect(said).toContainEqual(expect.objectContaining({ type: 'call', media: NO_MEDIA }))
  calls.stop()
})

test('a fifth camera stays off and says why; the call goes on without it', async () => {
  const others = Array.from({ length: CALL_MAX_CAMERAS }, (_none, nth) => `d${nth}` as DeviceKey)
  const calls = await bobHears({ roomOf: () => roomOfPeople([BOB, ...others]), voiceRoomOf: () => null })
  for (const device of others) says(calls, device, true, true)
  const call = await calls.join(LOUNGE, { isMuted: true })
  await expect(call.setCamera(true)).rejects.toMatchObject({ code: 'call-video-full' })
  expect(calls.current.value).toBe(call)
  calls.stop()
})

test('a ring of somebody who is blocked is not shown and not answered, in a call or out of it', async () => {
  const said: CallPresence[] = []
  const direct = roomOfPeople([ALICE, BOB], said, ALICE)
  const ring: CallPresence = { type: 'ring', user: 'user of bb' as UserKey, action: 'ring' }
  const blocking = await bobHears({ roomOf: () => direct, voiceRoomOf: () => null }, [ALICE])
  blocking.heard(LOUNGE, ALICE, ring)
  expect(blocking.incoming.value).toBeNull()
  await blocking.join('22'.repeat(16) as RoomTag, { isMuted: true })
  said.splice(0)
  blocking.heard(LOUNGE, ALICE, ring)
  expect(said).toEqual([])
  blocking.stop()

  // Of anybody else it is.
  const calls = await bobHears({ roomOf: () => direct, voiceRoomOf: () => null })
  calls.heard(LOUNGE, ALICE, ring)
  expect(calls.incoming.value?.roomTag).toBe(LOUNGE)
  calls.stop()
})
