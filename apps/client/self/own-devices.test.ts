/** Alice's laptop holds her root key; her phone was linked. The backup carries news between them. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { CERTIFICATE_RENEW_AFTER_MS } from '#shared/limits.ts'
import type { DeviceLists } from '../identity/device-lists.ts'
import { createRootEntropy, loadDevice, personOf, type Device, type Person } from '../identity/index.ts'
import { isRenewal } from '../rooms/log/check-operation.ts'
import { openDatabase, type SelfRecord } from '../store/index.ts'
import { keepLists } from '../testing/device-lists.ts'
import { createOwnDevices, type OwnDeviceParts } from './own-devices.ts'
import { openSelfRecords } from './self-record.ts'

interface Own { device: Device, person: Person, lists: DeviceLists, own: OwnDeviceParts }

const DAY_MS = 86_400_000
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS
let entropy: Uint8Array<ArrayBuffer>
let laptop: Own, phone: Own
const stolen = 'ee'.repeat(32) as DeviceKey

const createDevice = async (): Promise<Device> => await loadDevice(await openDatabase(`own-${crypto.randomUUID()}`))

async function open (device: Device, person: Person): Promise<Own> {
  let saved: SelfRecord | null = null
  const records = await openSelfRecords({ loadSelf: () => Promise.resolve(saved), saveSelf: (record) => { saved = record; return Promise.resolve() } })
  const { lists } = await keepLists({ myUser: person.userKey })
  return { device, person, lists, own: createOwnDevices({ person, device, records, lists }) }
}

/** A device with the root key, and one that it has linked at some time. */
const holder = async (at = TODAY): Promise<Own> => {
  const device = await createDevice()
  return await open(device, await personOf({ rootEntropy: entropy, linked: null }, device, at))
}
async function link (at: number): Promise<Own> {
  const device = await createDevice()
  const { userKey, certificate, issuedAt, backupKey } = await personOf({ rootEntropy: entropy, linked: null }, device, at)
  await laptop.own.linked({ device: device.key, encryptionKey: device.encryptionKey, issuedAt: issuedAt!, certificate })
  return await open(device, await personOf({ rootEntropy: null, linked: { userKey, certificate, issuedAt, backupKey } }, device))
}
const pass = async (from: Own, to: Own): Promise<void> => await to.own.take(from.own.news.value)

beforeEach(async () => {
  entropy = createRootEntropy()
  laptop = await holder()
  phone = await link(TODAY)
})

describe('a device that is revoked', () => {
  it('where the root key is stands on a signed list, which the other devices hear of', async () => {
    await laptop.own.revoke(stolen)
    await pass(laptop, phone)
    for (const { lists, person } of [laptop, phone]) expect(lists.isRevoked(person.userKey, stolen)).toBe(true)
    expect(phone.lists.newestOf(phone.person.userKey)).toMatchObject({ version: 1, revoked: [stolen] })
  })

  it('on a linked device is a wish, which acts there at once and which the root key grants', async () => {
    await phone.own.revoke(stolen)
    expect([...phone.own.wished.value]).toEqual([stolen])
    await pass(phone, laptop)
    expect(laptop.lists.isRevoked(laptop.person.userKey, stolen)).toBe(true)
    await pass(laptop, phone)
    expect([[...phone.own.wished.value], phone.own.news.value.wishes]).toEqual([[], []])
    expect(phone.lists.isRevoked(phone.person.userKey, stolen)).toBe(true)
  })

  it('takes no other along afterwards: its wishes are not granted, nor those of a stranger, nor one against the root key\'s device', async () => {
    await laptop.own.revoke(phone.device.key)
    await phone.own.revoke(stolen)
    await pass(phone, laptop)
    expect(laptop.lists.isRevoked(laptop.person.userKey, stolen)).toBe(false)

    const tablet = await link(TODAY)
    await tablet.own.revoke(laptop.device.key)
    await pass(tablet, laptop)
    const stranger = await open(await createDevice(), phone.person)
    await stranger.own.revoke(tablet.device.key)
    await pass(stranger, laptop)
    for (const { device } of [laptop, tablet]) expect(laptop.lists.isRevoked(laptop.person.userKey, device.key)).toBe(false)
  })

  it('stays revoked when two devices with the root key sign without knowing of each other: one list says both then', async () => {
    const other = await holder(), second = 'dd'.repeat(32) as DeviceKey
    await laptop.own.revoke(stolen)
    await other.own.revoke(second)
    await pass(other, laptop)
    expect(new Set(laptop.lists.newestOf(laptop.person.userKey)?.revoked)).toEqual(new Set([stolen, second]))
    await pass(laptop, other)
    const version = other.lists.newestOf(laptop.person.userKey)?.version
    for (let nth = 0; nth < 3; nth++) {
      await pass(other, laptop)
      await pass(laptop, other)
    }
    expect(other.lists.newestOf(laptop.person.userKey)?.version).toBe(version)
  })
})

describe('a certificate', () => {
  const certifiedOf = async ({ own, device, person }: Own): Promise<number | null> => {
    const { value } = own.certified
    if (value === null) return null
    expect(await isRenewal({ user: person.userKey, device: device.key, encryptionKey: device.encryptionKey }, value)).toBe(true)
    return value.issuedAt
  }

  it('older than 30 days is renewed by the device with the root key, for itself and for those it has linked', async () => {
    const later = TODAY + CERTIFICATE_RENEW_AFTER_MS
    await laptop.own.renew(later)
    expect(await certifiedOf(laptop)).toBe(TODAY)
    await laptop.own.renew(later + DAY_MS)
    await pass(laptop, phone)
    expect([await certifiedOf(laptop), await certifiedOf(phone)]).toEqual([later + DAY_MS, later + DAY_MS])
    const before = laptop.own.news.value
    await laptop.own.renew(later + 2 * DAY_MS)
    expect(laptop.own.news.value).toEqual(before)
  })

  it('of a revoked device is not renewed', async () => {
    await laptop.own.revoke(phone.device.key)
    await laptop.own.renew(TODAY + 40 * DAY_MS)
    await pass(laptop, phone)
    expect(await certifiedOf(phone)).toBe(TODAY)
    expect(laptop.own.news.value.certificates.map(({ device }) => device)).not.toContain(phone.device.key)
  })

  it('of protocol 2 gets a date as soon as the device with the root key sees the device in a room', async () => {
    const device = await createDevice()
    const { userKey, certificate, backupKey } = phone.person
    const old = await open(device, await personOf({ rootEntropy: null, linked: { userKey, certificate, backupKey } }, device))
    expect(await certifiedOf(old)).toBeNull()
    const record = { user: userKey, device: device.key, encryptionKey: device.encryptionKey, certificate, issuedAt: null, name: 'Alice', signature: certificate }
    await laptop.own.renew(TODAY, [{ ...record, certified: record, renewed: null }])
    await pass(laptop, old)
    expect(await certifiedOf(old)).toBe(TODAY)
  })

  it('that another root key has given, or for other keys, is not taken', async () => {
    const [one] = laptop.own.news.value.certificates
    const mallory = await personOf({ rootEntropy: createRootEntropy(), linked: null }, phone.device, TODAY + 50 * DAY_MS)
    const forged = [{ ...one!, certificate: mallory.certificate, issuedAt: TODAY + 50 * DAY_MS }, { ...one!, issuedAt: TODAY + 60 * DAY_MS }]
    await phone.own.take({ list: null, certificates: forged, wishes: [] })
    expect(await certifiedOf(phone)).toBe(TODAY)
  })
})
