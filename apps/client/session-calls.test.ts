/** Bob is in a call of the kitchen, and hears that Alice has revoked her phone before the room has put it out. */
import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import { signDeviceList } from './identity/device-list.ts'
import { certifyDevice } from './identity/index.ts'
import type { OpenedRoom } from './rooms/index.ts'
import { callRoomOf } from './session-calls.ts'
import { keepLists } from './testing/device-lists.ts'
import { copy, openKitchen } from './testing/room-logs.ts'

it('a device that its person has revoked is nobody in calls and rings, and is gone from those that run', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, tag } = kitchen, phone = await kitchen.arrive('Phone')
  await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(alice.entropy, phone.device, 'Alice') })
  await copy(alice, bob)
  const { lists } = await keepLists()
  const opened = { log: bob.log, naming: signal({ of: () => ({ text: 'Alice', mark: null }) }), room: { summary: signal({ name: 'Kitchen', peer: null }) } } as unknown as OpenedRoom
  const room = callRoomOf({ rooms: { get: () => opened, all: signal(new Map([[tag, opened]])) }, lists }, tag, bob.device.key)!
  let changes = 0
  room.onMembersChanged(() => { changes++ })
  expect(room.personOf(phone.device.key)?.user).toBe(alice.user)
  await lists.take(await signDeviceList(alice.entropy, { user: alice.user, version: 1, issuedAt: 0, devices: [], revoked: [phone.device.key] }))
  expect([room.personOf(phone.device.key), room.personOf(alice.device.key)?.user, changes]).toEqual([null, alice.user, 1])
})
