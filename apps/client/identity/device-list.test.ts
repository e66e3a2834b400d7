import { beforeAll, describe, expect, it } from 'vitest'
import { toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { DEVICE_LIST_MAX_BYTES, DEVICE_LISTS_MAX, DEVICES_MAX, REVOKED_KEPT_MAX, REVOKED_MAX } from '#shared/limits.ts'
import { encodeCbor, WireError } from '#shared/wire/cbor.ts'
import { keepLists } from '../testing/device-lists.ts'
import { decodeDeviceList, encodeDeviceList, isSigned, signDeviceList, type DeviceList } from './device-list.ts'
import { createRootEntropy, userKeyOf } from './index.ts'

const device = (nth: number): DeviceKey => nth.toString(16).padStart(64, '0') as DeviceKey
const [laptop, phone, tablet] = [device(1), device(2), device(3)]
const alice = createRootEntropy(), mallory = createRootEntropy()
let user: UserKey

const sign = async (version: number, revoked: DeviceKey[], { root = alice, of = user, devices = [laptop] } = {}): Promise<DeviceList> =>
  await signDeviceList(root, { user: of, version, issuedAt: 86_400_000, devices, revoked })

beforeAll(async () => { user = await userKeyOf(alice) })

describe('a list of devices', () => {
  it('travels as it was signed, and is small with as many devices as it may name', async () => {
    const many = await sign(7, Array.from({ length: REVOKED_MAX }, (_, i) => device(100 + i)), { devices: Array.from({ length: DEVICES_MAX }, (_, i) => device(i)) })
    const bytes = encodeDeviceList(many)
    expect(decodeDeviceList(bytes)).toEqual(many)
    expect(await isSigned(decodeDeviceList(bytes))).toBe(true)
    expect(bytes.length).toBeLessThanOrEqual(DEVICE_LIST_MAX_BYTES)
  })

  it.each<[string, Partial<DeviceList>]>([
    ['another version', { version: 8 }], ['another date', { issuedAt: 1 }], ['another device', { devices: [tablet] }], ['a revocation less', { revoked: [] }],
    ['the name of another person', { user: toHex(new Uint8Array(32).fill(9)) as UserKey }]
  ])('is not signed with %s', async (_, change) => {
    expect(await isSigned({ ...await sign(7, [phone]), ...change })).toBe(false)
  })

  it('names no device that it revokes as one of the person, and the newest revocations where there are too many', async () => {
    expect((await sign(1, [phone], { devices: [laptop, phone] })).devices).toEqual([laptop])
    const revoked = Array.from({ length: REVOKED_MAX + 5 }, (_, i) => device(i))
    expect((await sign(1, revoked)).revoked).toEqual(revoked.slice(5))
  })

  it('with more devices than it may name, or a field more, is refused', async () => {
    const { signature, ...rest } = await sign(1, [])
    const fields = (devices: number, revoked: number): Uint8Array => encodeCbor([new Uint8Array(32), rest.version, rest.issuedAt,
      Array.from({ length: devices }, () => new Uint8Array(32)), Array.from({ length: revoked }, () => new Uint8Array(32)), signature])
    for (const bytes of [fields(DEVICES_MAX + 1, 0), fields(0, REVOKED_MAX + 1), encodeCbor([1, 2, 3])]) expect(() => decodeDeviceList(bytes)).toThrow(WireError)
    expect(decodeDeviceList(fields(DEVICES_MAX, REVOKED_MAX)).revoked).toHaveLength(REVOKED_MAX)
  })
})

describe('what is known of revoked devices', () => {
  it('only grows: an older list that is shown again undoes nothing', async () => {
    const { lists } = await keepLists()
    const [first, second] = [await sign(1, [phone]), await sign(2, [phone, tablet])]
    await lists.take(second)
    await lists.take(first)
    await lists.take(await sign(1, []))
    expect([...lists.revokedOf(user)]).toEqual([phone, tablet])
    expect(lists.newestOf(user)).toEqual(second)
  })

  it('keeps what a later list leaves out', async () => {
    const { lists } = await keepLists()
    await lists.take(await sign(1, [phone]))
    await lists.take(await sign(2, [], { devices: [laptop, phone] }))
    expect([lists.isRevoked(user, phone), lists.newestOf(user)?.version]).toEqual([true, 2])
  })

  it('is the union of two lists that were signed without knowing of each other', async () => {
    const { lists } = await keepLists(), { lists: others } = await keepLists()
    const [one, other] = [await sign(5, [phone]), await sign(5, [tablet])]
    for (const list of [one, other]) await lists.take(list)
    for (const list of [other, one]) await others.take(list)
    expect(lists.revokedOf(user)).toEqual(new Set([phone, tablet]))
    expect(others.newestOf(user)).toEqual(lists.newestOf(user))
  })

  it('is refused when another root key has signed it', async () => {
    const { lists } = await keepLists()
    expect(await lists.take(await sign(1, [phone], { root: mallory }))).toBe(false)
    const own = await userKeyOf(mallory)
    expect(await lists.take(await sign(1, [phone], { root: mallory, of: own }))).toBe(true)
    expect([lists.isRevoked(user, phone), lists.isRevoked(own, phone)]).toEqual([false, true])
  })

  it('is there after a restart', async () => {
    const { lists, saved } = await keepLists()
    await lists.take(await sign(3, [phone]))
    const { lists: again } = await keepLists({ saved: [...saved()] })
    expect([again.isRevoked(user, phone), again.newestOf(user)?.version]).toEqual([true, 3])
  })

  it('is bounded: of one person the first stay, and strangers crowd out nobody who was met', async () => {
    const { lists, saved } = await keepLists({ isMet: (of) => of === user })
    await lists.take(await sign(1, [phone]))
    for (let version = 2; version < 10; version++) await lists.take(await sign(version, Array.from({ length: REVOKED_MAX }, (_, i) => device(1000 * version + i))))
    expect([lists.revokedOf(user).size, lists.isRevoked(user, phone)]).toEqual([REVOKED_KEPT_MAX, true])
    for (let nth = 0; nth <= DEVICE_LISTS_MAX; nth++) {
      const root = createRootEntropy()
      await lists.take(await sign(1, [phone], { root, of: await userKeyOf(root) }))
    }
    expect([saved().length, lists.isRevoked(user, phone)]).toEqual([DEVICE_LISTS_MAX, true])
  })

  const many = (from: number): DeviceKey[] => Array.from({ length: REVOKED_MAX }, (_, i) => device(1000 * from + i))
  const full = async () => {
    const kept = await keepLists()
    for (let nth = 1; kept.lists.revokedOf(user).size < REVOKED_KEPT_MAX; nth++) await kept.lists.take(await sign(nth, many(nth)))
    return kept
  }

  it('is not looked at again once it is full: an old list that would add to it is neither checked nor written', async () => {
    const { lists, saved } = await full()
    const [known, written] = [lists.known.value, saved()]
    for (let nth = 0; nth < 20; nth++) expect(await lists.take(await sign(1, many(50 + nth), { root: mallory }))).toBe(true)
    expect([lists.known.value, saved()]).toEqual([known, written])
    expect(lists.known.value).toBe(known)
  })

  it('takes as many more as there is room for, the first first, and none of them twice', async () => {
    const { lists } = await keepLists()
    for (let nth = 1; nth <= 5; nth++) await lists.take(await sign(nth, many(nth)))
    const left = REVOKED_KEPT_MAX - 5 * REVOKED_MAX
    await lists.take(await sign(6, [...many(1).slice(0, REVOKED_MAX - left - 1), ...many(6).slice(0, left + 1)]))
    expect(lists.revokedOf(user).size).toBe(REVOKED_KEPT_MAX)
    expect(many(6).slice(0, left + 1).map((one) => lists.isRevoked(user, one))).toEqual([...Array<boolean>(left).fill(true), false])
  })

  it('that is full takes a newer list all the same, which says what is so now', async () => {
    const { lists } = await full()
    const newest = await sign(100, [phone], { devices: [tablet] })
    await lists.take(newest)
    expect([lists.newestOf(user), lists.revokedOf(user).size]).toEqual([newest, REVOKED_KEPT_MAX])
  })
})
