import { describe, expect, it } from 'vitest'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { certifyDevice, createRootEntropy, loadDevice, type Device } from '../../identity/index.ts'
import { keepLists } from '../../testing/device-lists.ts'
import { copy, openKitchen, type LogHolder } from '../../testing/room-logs.ts'
import { openDatabase } from '../../store/index.ts'
import { encodeText } from '../messages/content.ts'
import { admitDevice, removeDevice } from './device-admission.ts'
import { encodeShown, type ShownRecord } from '../membership/operation-codec.ts'
import { isToEnter, memberOf } from '../membership/resolve.ts'
import { DEVICES_OF_A_PERSON_MAX } from '../membership/seats.ts'
import { alice as host, createStory, personOf } from '../../testing/membership-story.ts'

const createPhone = async (): Promise<Device> => await loadDevice(await openDatabase(`phone-${crypto.randomUUID()}`))
const bytesOf = (record: ShownRecord): Uint8Array<ArrayBuffer> => encodeShown(record)
const { judge } = await keepLists()
const isIn = ({ log }: LogHolder, phone: Device): boolean => memberOf(log.membership.value, phone.key) !== null

it('lets any member write in a device that the root key and the device vouch for', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  const phone = await createPhone()
  expect(isToEnter(bob.log.membership.value, alice.user, phone.key)).toBe(true)
  const record = await certifyDevice(alice.entropy, phone, 'Alice')
  expect(await admitDevice(bob.log, bytesOf(record), phone.key, judge)).toBeNull()
  expect(memberOf(bob.log.membership.value, phone.key)?.user).toBe(alice.user)
  await copy(bob, alice)
  expect(isIn(alice, phone)).toBe(true)
  expect(await admitDevice(alice.log, bytesOf(record), phone.key, judge)).toBeNull()
})

it('refuses somebody else\'s device, a forged certificate, a record that another brings, and whoever is no member', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  const [phone, other] = [await createPhone(), await createPhone()]
  const record = await certifyDevice(alice.entropy, phone, 'Alice')
  const stolen = await certifyDevice(createRootEntropy(), phone, 'Alice')
  expect(await admitDevice(bob.log, bytesOf(record), other.key, judge)).toBe('not-allowed')
  expect(await admitDevice(bob.log, bytesOf({ ...stolen, user: alice.user }), phone.key, judge)).toBe('not-allowed')
  expect(await admitDevice(bob.log, bytesOf({ ...record, signature: stolen.signature }), phone.key, judge)).toBe('not-allowed')
  expect(await admitDevice(bob.log, bytesOf(stolen), phone.key, judge)).toBe('removed-from-room')
  // Bob's own device under Alice's name: it is Bob's already.
  expect(await admitDevice(alice.log, bytesOf(await certifyDevice(alice.entropy, bob.device, 'Alice')), bob.device.key, judge)).toBe('not-allowed')
  expect(isIn(bob, phone)).toBe(false)
})

it('lets in no device of the node\'s making, whatever passport it has minted and whatever keys it was given', async () => {
  await using kitchen = await openKitchen()
  const { alice } = kitchen
  const node = await kitchen.arrive('Node')
  const own = await certifyDevice(node.entropy, node.device, 'Alice')
  const claimed = { ...own, user: alice.user }
  const before = [...alice.log.membership.value.members.values()].flatMap(({ devices }) => [...devices.keys()])
  for (const member of [own, claimed]) expect(await admitDevice(alice.log, bytesOf(member), node.device.key, judge)).not.toBeNull()
  // Even with all that a member has, it writes what nobody counts: a passport is in none of the operations.
  await node.log.addEpochs(alice.log.keyring.all())
  await copy(alice, node)
  for (const member of [own, claimed]) {
    await node.log.writeOperation({ type: 'adddev', member })
    await node.log.writeOperation({ type: 'add', member, role: 'admin', proof: null })
  }
  await copy(node, alice)
  expect([...alice.log.membership.value.members.values()].flatMap(({ devices }) => [...devices.keys()])).toEqual(before)
})

it('keeps a revoked device out for good, without filling the log, and seals what comes later without it', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  const phone = await createPhone()
  const record = bytesOf(await certifyDevice(alice.entropy, phone, 'Alice'))
  await admitDevice(alice.log, record, phone.key, judge)
  await removeDevice(alice.log, phone.key)
  await copy(alice, bob)
  expect([isIn(alice, phone), isIn(bob, phone)]).toEqual([false, false])
  expect(isToEnter(bob.log.membership.value, alice.user, phone.key)).toBe(false)
  const { header } = await bob.log.writeMessage(encodeText('between us'))
  const rotation = bob.log.membership.value.epochs.find(({ epochId }) => epochId === header.epochId)
  expect(rotation?.recipients).not.toContain(phone.key)
  expect(rotation?.recipients).toContain(alice.device.key)
  expect(await admitDevice(bob.log, record, phone.key, judge)).toBe('device-revoked')
  const entries = bob.log.vector().get(bob.log.devTag)?.have
  expect(await admitDevice(bob.log, record, phone.key, judge)).toBe('device-revoked')
  expect(bob.log.vector().get(bob.log.devTag)?.have).toEqual(entries)
  await removeDevice(bob.log, phone.key)
  expect(bob.log.vector().get(bob.log.devTag)?.have).toEqual(entries)
})

const entriesOf = ({ log }: LogHolder): number => log.operations.all().length
/** As many devices of Alice as may be, her own included; the newest of them last. */
async function fill ({ alice }: { alice: LogHolder }): Promise<Device[]> {
  const phones: Device[] = []
  while (phones.length + 1 < DEVICES_OF_A_PERSON_MAX) {
    const phone = await createPhone()
    expect(await admitDevice(alice.log, bytesOf(await certifyDevice(alice.entropy, phone, 'Alice')), phone.key, judge)).toBeNull()
    phones.push(phone)
  }
  return phones
}

describe('where a person has no seat left', () => {
  it('a device is told so and nothing is written for it, however often it asks; when one is put out, it comes in', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen
    const phones = await fill(kitchen)
    await copy(alice, bob)
    const laptop = await createPhone()
    const record = bytesOf(await certifyDevice(alice.entropy, laptop, 'Alice'))
    const before = [alice, bob].map(entriesOf)
    for (const { log } of [alice, bob, alice]) expect(await admitDevice(log, record, laptop.key, judge)).toBe('room-device-limit')
    expect([alice, bob].map(entriesOf)).toEqual(before)
    expect(isToEnter(alice.log.membership.value, alice.user, laptop.key)).toBe(true)
    await removeDevice(alice.log, phones[3]!.key)
    expect(await admitDevice(alice.log, record, laptop.key, judge)).toBeNull()
    expect(isIn(alice, laptop)).toBe(true)
  })

  it('those of others come in', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen
    await fill(kitchen)
    await copy(alice, bob)
    const tablet = await createPhone()
    expect(await admitDevice(alice.log, bytesOf(await certifyDevice(bob.entropy, tablet, 'Bob')), tablet.key, judge)).toBeNull()
    expect(isIn(alice, tablet)).toBe(true)
  })

  it('a device that was written in without a seat is not out for good: it is told the same, and acts as soon as one is free', async () => {
    await using kitchen = await openKitchen()
    const { alice } = kitchen
    const phones = await fill(kitchen)
    const laptop = await createPhone()
    const member = await certifyDevice(alice.entropy, laptop, 'Alice')
    await alice.log.writeOperation({ type: 'adddev', member })
    const before = entriesOf(alice)
    for (let nth = 0; nth < 2; nth++) expect(await admitDevice(alice.log, bytesOf(member), laptop.key, judge)).toBe('room-device-limit')
    expect([entriesOf(alice), isIn(alice, laptop)]).toEqual([before, false])
    await removeDevice(alice.log, phones[0]!.key)
    expect(isIn(alice, laptop)).toBe(true)
  })
})

it('a full room has a seat for a second device where somebody has a third, and none for a third', () => {
  const story = createStory()
  story.create(host, 'Hall')
  const link = story.invite(host, { id: '00'.repeat(16) as never })
  let last = story.operations.at(-1)!
  for (const name of ['tablet', 'laptop']) last = story.addDevice(host, personOf('Alice', name), { after: [last] })
  for (let nth = 3; nth < ROOM_MAX_MEMBERS; nth++) last = story.add(host, personOf(`Guest ${nth}`), link, { after: [last] })
  const { user } = personOf('Guest 7'), second = personOf('Guest 7', 'another').device
  expect(story.resolve().refuseSeat(user, second)).toBeNull()
  expect(story.resolve().refuseSeat(host.user, personOf('Alice', 'watch').device)).toBe('room-full')
  story.addDevice(personOf('Guest 7'), personOf('Guest 7', 'another'), { after: [last] })
  const { members } = story.resolve()
  expect([members.get(user)?.devices.has(second), members.get(host.user)?.devices.size]).toEqual([true, 2])
})
