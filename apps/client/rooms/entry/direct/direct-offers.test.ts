/** Alice offers Bob a conversation through the room that both are in, from one of her devices; Bob knows what her root key says of that one. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CERTIFICATE_CLOCK_MARGIN_MS, CERTIFICATE_MAX_AGE_MS } from '#shared/limits.ts'
import { createEpoch } from '../../../crypto/index.ts'
import { signDeviceList } from '../../../identity/device-list.ts'
import { certifyDevice } from '../../../identity/index.ts'
import { createScope } from '../../../state/scope.ts'
import { keepLists } from '../../../testing/device-lists.ts'
import { creationOf } from '../../../testing/membership-story.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { openDirectRooms, type DirectRooms } from './direct.ts'
import type { ShownRecord } from '../../membership/operation-codec.ts'
import { computeRoomTag } from '../../membership/operations.ts'
import type { OpenedRoom } from '../../room.ts'
import { createRoomLog, type RoomLog } from '../../log/room-log.ts'

let kitchen: Kitchen, phone: LogHolder
let now: number
const scopes: { end(): void }[] = []

beforeEach(async () => {
  now = Date.now()
  kitchen = await openKitchen()
  const { alice } = kitchen
  phone = await kitchen.arrive('Phone')
  await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(alice.entropy, phone.device, 'Alice') })
  await phone.log.addEpochs(alice.log.keyring.all())
  for (const one of [kitchen.bob, phone]) await copy(alice, one)
})
afterEach(async () => {
  for (const scope of scopes.splice(0)) scope.end()
  await kitchen[Symbol.asyncDispose]()
})

async function createLog ({ store, device }: LogHolder, salt = crypto.getRandomValues(new Uint8Array(16))): Promise<{ log: RoomLog, salt: Uint8Array<ArrayBuffer> }> {
  const log = createRoomLog({ tag: await computeRoomTag(device.key, salt), store, device, onDropped: () => {} })
  await log.load()
  return { log, salt }
}

/** The conversations of one device, which has the kitchen open. `shown`: how it shows itself, Alice's as a rule. */
async function conversations (holder: LogHolder, { user = holder.user, shown }: { user?: UserKey, shown?: () => Promise<ShownRecord> } = {}) {
  const jobs: Promise<unknown>[] = [], dropped: string[] = []
  const made: RoomLog[] = []
  const scope = { ...createScope(() => {}), run: (job: Promise<unknown>) => { jobs.push(job) } }
  scopes.push(scope)
  const { lists, judge } = await keepLists({ myUser: user, now: () => now })
  const rooms: DirectRooms = await openDirectRooms({
    opened: signal<ReadonlyMap<RoomTag, OpenedRoom>>(new Map([[kitchen.tag, {
      log: holder.log, offeredBy: null, naming: signal({ of: () => ({ text: '', mark: null }) }), room: { summary: signal({ name: 'Kitchen' }) }
    } as unknown as OpenedRoom]])),
    store: holder.store, device: holder.device, myUser: user, scope, lists, judgeDevice: judge,
    blocked: signal(new Set<UserKey>()), block: () => Promise.resolve(),
    shown: shown ?? (async () => await certifyDevice(kitchen.alice.entropy, holder.device, 'Alice')),
    async create (name, peer) {
      const { log, salt } = await createLog(holder), epoch = await createEpoch()
      await log.addEpochs([epoch])
      await log.writeOperation(creationOf({ kind: 'direct', name, peer, salt, creator: await certifyDevice(kitchen.alice.entropy, holder.device, 'Alice') }), epoch)
      made.push(log)
      return log
    },
    add: () => Promise.resolve(), logOf: async () => (await createLog(holder)).log,
    now: () => now, drop: (reason) => dropped.push(reason)
  })
  const settle = async (): Promise<void> => { while (jobs.length > 0) await Promise.all(jobs.splice(0)) }
  return { rooms, lists, dropped, made, settle }
}

/** Alice's phone offers, and Bob hears of it. */
async function offer (bobs: Awaited<ReturnType<typeof conversations>>, shown?: () => Promise<ShownRecord>): Promise<void> {
  const { rooms } = await conversations(phone, { user: kitchen.alice.user, ...shown !== undefined && { shown } })
  await rooms.open(kitchen.bob.user)
  await copy(phone, kitchen.bob)
  await bobs.settle()
}

const revoke = async (device: DeviceKey) =>
  await signDeviceList(kitchen.alice.entropy, { user: kitchen.alice.user, version: 1, issuedAt: 0, devices: [], revoked: [device] })

describe('a conversation that is offered', () => {
  it('by a device of the person is a request', async () => {
    const bobs = await conversations(kitchen.bob)
    await offer(bobs)
    expect([bobs.rooms.requests.value.map(({ user }) => user), bobs.dropped]).toEqual([[kitchen.alice.user], []])
  })

  it('by a device that its person has revoked is none, though the room has not put it out yet', async () => {
    const bobs = await conversations(kitchen.bob)
    await bobs.lists.take(await revoke(phone.device.key))
    await offer(bobs)
    expect([bobs.rooms.requests.value, bobs.dropped]).toEqual([[], ['offer-device-revoked']])
  })

  it('by a device that was not certified for 90 days is none', async () => {
    const bobs = await conversations(kitchen.bob)
    now += CERTIFICATE_MAX_AGE_MS + CERTIFICATE_CLOCK_MARGIN_MS + 86_400_000
    await offer(bobs)
    expect([bobs.rooms.requests.value, bobs.dropped]).toEqual([[], ['offer-certificate-expired']])
  })

  it('by a device that shows another one, which is good, is none', async () => {
    const bobs = await conversations(kitchen.bob)
    await offer(bobs, async () => await certifyDevice(kitchen.alice.entropy, kitchen.alice.device, 'Alice'))
    expect([bobs.rooms.requests.value, bobs.dropped]).toEqual([[], ['offer-not-allowed']])
  })

  it('is wrapped for no device that the other person has revoked', async () => {
    const { alice, bob } = kitchen
    const laptop = await kitchen.arrive('Bob\'s laptop')
    await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(bob.entropy, laptop.device, 'Bob') })
    const { rooms, lists, made } = await conversations(alice)
    await lists.take(await signDeviceList(bob.entropy, { user: bob.user, version: 1, issuedAt: 0, devices: [], revoked: [laptop.device.key] }))
    await rooms.open(bob.user)
    expect([...made[0]!.membership.value.members.get(bob.user)!.devices.keys()]).toEqual([bob.device.key])
  })
})
