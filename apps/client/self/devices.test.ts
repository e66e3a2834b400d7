/** Alice revokes her phone in the settings of her laptop; it is in two rooms with her, one of which cannot be written to. */
import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { certifyDevice, personOf } from '../identity/index.ts'
import type { Rooms } from '../rooms/index.ts'
import { memberOf } from '../rooms/membership/resolve.ts'
import type { OpenedRoom } from '../rooms/room.ts'
import type { RoomLog } from '../rooms/log/room-log.ts'
import { createScope } from '../state/scope.ts'
import { keepLists } from '../testing/device-lists.ts'
import { openKitchen, type LogHolder } from '../testing/room-logs.ts'
import { createDeviceList } from './devices.ts'
import { createOwnDevices } from './own-devices.ts'
import { openSelfRecords } from './self-record.ts'

/** The settings of Alice's laptop, with these rooms; `linked`: the laptop was linked and does not hold the root key. */
async function settingsOf ({ entropy, device, user }: LogHolder, logs: RoomLog[], isLinked = false) {
  const scope = createScope(() => {}), signedOut: string[] = []
  const root = await personOf({ rootEntropy: entropy, linked: null }, device)
  const person = isLinked ? { ...root, rootEntropy: null } : root
  const records = await openSelfRecords({ loadSelf: () => Promise.resolve(null), saveSelf: () => Promise.resolve() })
  const { lists } = await keepLists({ myUser: user })
  const ownDevices = createOwnDevices({ person, device, records, lists })
  const all = signal<ReadonlyMap<RoomTag, OpenedRoom>>(new Map(logs.map((log, nth) => [`${nth}` as RoomTag, { log } as OpenedRoom])))
  const list = createDeviceList({
    api: { devices: () => Promise.resolve([]), revokeDevice: (_, id) => { signedOut.push(id); return Promise.resolve() } },
    passport: () => '', isOnline: () => false, local: device.key, myUser: user, rooms: { all } as unknown as Rooms, records, ownDevices, lists, scope
  })
  return { list, lists, ownDevices, signedOut, end: () => scope.end() }
}

const failing = (log: RoomLog): RoomLog => ({ ...log, writeRemoval: () => Promise.reject(new ParleyError('storage-full')) })
const isIn = ({ log }: LogHolder, key: DeviceKey): boolean => memberOf(log.membership.value, key) !== null

it.each([['with the root key', false], ['that was linked', true]])('revoking on a device %s goes on where a room cannot be written to, and is kept for that room too', async (_, isLinked) => {
  await using kitchen = await openKitchen()
  const { alice } = kitchen, phone = await kitchen.arrive('Phone')
  await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(alice.entropy, phone.device, 'Alice') })
  const { list, lists, ownDevices, signedOut, end } = await settingsOf(alice, [failing(alice.log), alice.log], isLinked)
  await list.revoke(phone.device.key)
  expect([isIn(alice, phone.device.key), signedOut.length]).toEqual([false, 1])
  // What every room goes by from then on, those that could not be written to and those that are entered later.
  expect(isLinked ? ownDevices.wished.value.has(phone.device.key) : lists.isRevoked(alice.user, phone.device.key)).toBe(true)
  expect(alice.log.membership.value.deviceLists).toHaveLength(isLinked ? 0 : 1)
  end()
})

it('a device does not revoke itself', async () => {
  await using kitchen = await openKitchen()
  const { alice } = kitchen, { list, lists, end } = await settingsOf(alice, [alice.log])
  await expect(list.revoke(alice.device.key)).rejects.toMatchObject({ code: 'not-allowed' })
  expect(lists.isRevoked(alice.user, alice.device.key)).toBe(false)
  end()
})
