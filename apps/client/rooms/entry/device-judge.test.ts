/** Alice has a laptop, which holds her root key, and a phone that was stolen. Bob admits; he shares another room with her and knows her list. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey } from '#shared/ids.ts'
import { CERTIFICATE_CLOCK_MARGIN_MS, CERTIFICATE_MAX_AGE_MS } from '#shared/limits.ts'
import { signDeviceList, type DeviceList } from '../../identity/device-list.ts'
import { certifyDevice, certifyKeys, createRootEntropy, describeDevice, type Device } from '../../identity/index.ts'
import { keepLists } from '../../testing/device-lists.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createJudge } from './judge.ts'
import { admitDevice } from './device-admission.ts'
import { inviteKeys, proveInvite } from './invitations.ts'
import { encodeShown, type ShownRecord } from '../membership/operation-codec.ts'
import { memberOf } from '../membership/resolve.ts'

const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000
const DAY_MS = 86_400_000

/** The room that Alice and Bob share, and another one of Bob's. */
let kitchen: Kitchen, cellar: Kitchen
let phone: Device
let bobs: Awaited<ReturnType<typeof keepLists>>
let now: number

beforeEach(async () => {
  now = TODAY
  kitchen = await openKitchen()
  cellar = await openKitchen()
  phone = (await kitchen.arrive('Phone')).device
  bobs = await keepLists({ now: () => now })
})
afterEach(async () => {
  await kitchen[Symbol.asyncDispose]()
  await cellar[Symbol.asyncDispose]()
})

const listOf = async ({ user, entropy, device }: LogHolder, revoked: DeviceKey[], version = 1): Promise<DeviceList> =>
  await signDeviceList(entropy, { user, version, issuedAt: TODAY, devices: [device.key], revoked })

/** What Alice's list said in the kitchen has reached Bob. */
async function hearInKitchen (list: DeviceList): Promise<void> {
  await kitchen.alice.log.writeOperation({ type: 'devices', list })
  await copy(kitchen.alice, kitchen.bob)
  for (const heard of kitchen.bob.log.membership.value.deviceLists) await bobs.lists.take(heard)
}

/** Asks for the cellar by a link of Bob's, who is its creator. */
async function joinCellar (member: ShownRecord): Promise<'admitted' | 'pending' | ErrorCode> {
  const { log, user } = cellar.alice
  const secret = crypto.getRandomValues(new Uint8Array(16))
  const { id, publicKey } = await inviteKeys(secret)
  await log.writeOperation({ type: 'invite', inviteId: id, publicKey, role: 'member', expiresAt: Number.MAX_SAFE_INTEGER, maxUses: null, needsApproval: false })
  const judge = createJudge({ log, myUser: user, now: () => now, judgeDevice: bobs.judge, mayEnter: () => Promise.resolve(true), hasDeclined: () => false })
  const challenge = crypto.getRandomValues(new Uint8Array(32))
  const { signature } = await proveInvite(secret, cellar.tag, challenge, member)
  return await judge.judge({ member, proof: { inviteId: id, challenge, signature } })
}

const isInCellar = (): boolean => cellar.alice.log.membership.value.members.has(kitchen.alice.user)

describe('a device that was revoked', () => {
  it('in one room enters no other as the same person: whoever shares a room with that person refuses it', async () => {
    await hearInKitchen(await listOf(kitchen.alice, [phone.key]))
    expect(await joinCellar(await certifyDevice(kitchen.alice.entropy, phone, 'Alice'))).toBe('device-revoked')
    expect(isInCellar()).toBe(false)
    // Her laptop is let in all the same.
    expect(await joinCellar(await certifyDevice(kitchen.alice.entropy, kitchen.alice.device, 'Alice'))).toBe('admitted')
  })

  it('is written into no room by a member that it asks, not even into one that it was never in', async () => {
    await hearInKitchen(await listOf(kitchen.alice, [phone.key]))
    const shown = encodeShown(await certifyDevice(kitchen.alice.entropy, phone, 'Alice'))
    expect(await admitDevice(kitchen.bob.log, shown, phone.key, bobs.judge)).toBe('device-revoked')
    expect(memberOf(kitchen.bob.log.membership.value, phone.key)).toBeNull()
  })

  it('stays out when it shows a list of before, or one that takes it back', async () => {
    await hearInKitchen(await listOf(kitchen.alice, [phone.key], 2))
    const record = await certifyDevice(kitchen.alice.entropy, phone, 'Alice')
    for (const list of [await listOf(kitchen.alice, [], 1), await listOf(kitchen.alice, [], 3), null]) {
      expect(await joinCellar({ ...record, list })).toBe('device-revoked')
    }
  })

  it('gives itself away when it shows the list that says so', async () => {
    const record = await certifyDevice(kitchen.alice.entropy, phone, 'Alice')
    expect(await joinCellar({ ...record, list: await listOf(kitchen.alice, [phone.key]) })).toBe('device-revoked')
  })

  it('by a list of another person, carried by whomever, is not revoked', async () => {
    const mallory = kitchen.carol
    await hearInKitchen(await listOf(mallory, [phone.key]))
    const forged = { ...await listOf(mallory, [phone.key]), user: kitchen.alice.user }
    const shown = { ...await certifyDevice(kitchen.alice.entropy, phone, 'Alice'), list: forged }
    expect(await joinCellar(shown)).toBe('admitted')
  })
})

describe('a list in the log of a room', () => {
  it('that nobody has signed, or of who was never there, says nothing', async () => {
    const { alice, bob, carol } = kitchen
    const stranger = await kitchen.arrive('Stranger')
    await carol.log.writeOperation({ type: 'devices', list: { ...await listOf(carol, [alice.device.key]), user: alice.user } })
    await carol.log.writeOperation({ type: 'devices', list: await listOf(stranger, [alice.device.key]) })
    await copy(carol, bob)
    expect(bob.log.membership.value.deviceLists).toEqual([])
  })

  it('is carried by any member, and changes nothing there by itself', async () => {
    const { alice, bob, carol } = kitchen
    const list = await listOf(alice, [alice.device.key])
    await carol.log.writeOperation({ type: 'devices', list })
    await copy(carol, bob)
    await bob.reload()
    expect(bob.log.membership.value.deviceLists).toEqual([list])
    expect(memberOf(bob.log.membership.value, alice.device.key)?.user).toBe(alice.user)
  })
})

describe('a certificate', () => {
  const certified = async (issuedAt: number | null): Promise<ShownRecord> => {
    const { entropy, user } = kitchen.alice
    return await describeDevice({ userKey: user, issuedAt, certificate: await certifyKeys(entropy, phone.key, phone.encryptionKey, issuedAt) }, phone, 'Alice')
  }

  it('lets in for 90 days, with a margin for clocks, and then no more', async () => {
    now = TODAY + CERTIFICATE_MAX_AGE_MS + CERTIFICATE_CLOCK_MARGIN_MS
    expect(await joinCellar(await certified(TODAY))).toBe('admitted')
    now += 1
    const shown = await certified(TODAY)
    expect(await admitDevice(kitchen.bob.log, encodeShown(shown), phone.key, bobs.judge)).toBe('certificate-expired')
    // In the cellar it is since before: nothing that is in is put out for its age.
    expect(await joinCellar(shown)).toBe('admitted')
  })

  it.each([['of protocol 2, without a date', null], ['dated long ago', TODAY - 100 * DAY_MS], ['dated ahead, so that it would last for years', TODAY + 400 * DAY_MS]])('%s lets in nowhere', async (_, issuedAt) => {
    const shown = await certified(issuedAt)
    expect([await joinCellar(shown), await admitDevice(kitchen.bob.log, encodeShown(shown), phone.key, bobs.judge)]).toEqual(['certificate-expired', 'certificate-expired'])
    expect(isInCellar()).toBe(false)
  })

  it('cannot be dated anew by who holds the device', async () => {
    const old = await certified(TODAY - 100 * DAY_MS)
    const fresh = await describeDevice({ userKey: old.user, certificate: old.certificate, issuedAt: TODAY }, phone, 'Alice')
    expect(await joinCellar(fresh)).toBe('invite-refused')
    const stranger = await certifyDevice(createRootEntropy(), phone, 'Alice')
    expect(await joinCellar({ ...fresh, certificate: stranger.certificate })).toBe('invite-refused')
  })

  it('of protocol 2 keeps counting in the rooms it is in', async () => {
    const undated = await certified(null)
    await kitchen.alice.log.writeOperation({ type: 'adddev', member: undated })
    await copy(kitchen.alice, kitchen.bob)
    await kitchen.bob.reload()
    expect(memberOf(kitchen.bob.log.membership.value, phone.key)?.devices.get(phone.key)).toMatchObject({ issuedAt: null, renewed: null })
  })
})
