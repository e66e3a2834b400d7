/** The account of a device at a real node whose clock and database change under it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { toHex, type AccountId, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { formatInvite, fromBase64Url } from '#shared/invite.ts'
import { PASSPORT_TTL_MS } from '#shared/limits.ts'
import { deviceKeyThumbprint } from '#shared/http/passport.ts'
import { createPerson, startTestNode, type TestNode } from '../../bootstrap/testing/node.ts'
import { createAccount, type AccountParts } from './account.ts'
import type { Device } from './identity/index.ts'
import type { Platform } from './platform.ts'
import type { ProfileRecord, Store } from './store/index.ts'

const DAY_MS = 24 * 3_600_000

let node: TestNode
beforeEach(async () => { node = await startTestNode() })
afterEach(async () => { await node.stop() })

interface Alice { account: AccountParts, deviceId: string, passport: () => string, signIn: (link?: string) => Promise<void> }

async function arrive (): Promise<Alice> {
  const person = await createPerson(node, 'Alice', { now: Date.now })
  const key = toHex(new Uint8Array(await crypto.subtle.exportKey('raw', person.deviceKey.publicKey))) as DeviceKey
  let stored: ProfileRecord | null = null
  const account = createAccount({
    api: person.api, nodeOrigin: node.origin,
    device: { key, signing: person.deviceKey } as unknown as Device,
    platform: { deviceLabel: 'Test' } as Platform,
    store: {
      loadProfile: () => Promise.resolve(stored),
      saveProfile (record: ProfileRecord) {
        stored = record
        return Promise.resolve()
      }
    } as unknown as Store
  })
  return {
    account,
    deviceId: await deviceKeyThumbprint(key),
    passport: () => account.profile.peek()?.passport ?? '',
    async signIn (link) {
      await account.requestCode(person.email)
      await account.verifyCode(person.email, person.readCode(), link ?? null)
    }
  }
}

/** How long the passport lasts, as this device keeps it. */
const lifeOf = ({ account }: Alice): number => (account.profile.peek()?.passportExpiresAt ?? 0) - node.services.now()

it.each([
  ['is asked for because the node refused it', async ({ account }: Alice) => await account.check()],
  ['is looked at as it is every hour', async ({ account }: Alice) => await account.renew()],
  ['is needed for choosing a name', async ({ account }: Alice) => await account.chooseName('Alice of Kent')]
])('a passport of a clock that was 40 days ahead is renewed when it %s', async (_what, act) => {
  node.jump(40 * DAY_MS)
  const alice = await arrive()
  await alice.signIn()
  node.jump(-40 * DAY_MS)
  // A window that is opened again asks the node for its time before anything else.
  await alice.account.relayAddrs().catch(() => [])
  expect(lifeOf(alice)).toBeGreaterThan(40 * DAY_MS)
  await act(alice)
  expect(alice.account.passport.value).toBe('valid')
  expect(Math.abs(lifeOf(alice) - PASSPORT_TTL_MS)).toBeLessThan(10_000)
})

it.each([
  ['whose account is gone', 'refused', async ({ deviceId }: Alice) => {
    await node.db.deleteFrom('devices').where('id', '=', deviceId).execute()
  }],
  ['whose passport no key of the node has signed', 'refused', () => {
    vi.spyOn(node.services.keyRing, 'find').mockResolvedValueOnce(null)
    return Promise.resolve()
  }],
  ['that was signed out elsewhere', 'revoked', async ({ deviceId, account }: Alice) => {
    await node.services.devices.revoke(deviceId, account.profile.peek()?.accountId as never, node.services.now())
  }]
])('a device %s says so for good, and is signed in again as the person it was', async (_what, standing, harm) => {
  const alice = await arrive()
  await alice.signIn()
  const before = alice.account.profile.peek()?.rootEntropy
  await harm(alice)
  await alice.account.check()
  expect(alice.account.passport.value).toBe(standing)
  await alice.account.renew()
  expect(alice.account.passport.value).toBe(standing)

  node.pass(60_000)
  await alice.signIn()
  expect(alice.account.passport.value).toBe('valid')
  expect(alice.account.profile.peek()?.rootEntropy).toEqual(before)
  await alice.account.check()
  expect(alice.account.passport.value).toBe('valid')
})

it('a node that cannot be reached refuses nobody', async () => {
  const alice = await arrive()
  await alice.signIn()
  await node.app.close()
  await alice.account.check()
  expect(alice.account.passport.value).toBe('valid')
})

it.each([
  ['40 days ahead', 40 * DAY_MS, 'clocks-differ'],
  ['31 days ahead', 31 * DAY_MS, 'clocks-differ'],
  ['three hours ahead', 3 * 3_600_000, 'pass-expired']
])('a pass in a link that has expired by the word of a node whose clock is %s', async (_what, aheadMs, code) => {
  await node.stop()
  node = await startTestNode({ environment: { REGISTRATION: 'invite' } })
  const { id } = await node.db.insertInto('accounts').values({ id: 'alice', email_hash: 'alice', created_at: 0 })
    .returning('id').executeTakeFirstOrThrow()
  const { pass } = await node.services.registration.givePass(id as AccountId, { expiresAt: node.services.now() + 3_600_000, maxUses: null })
  const link = formatInvite({ nodeOrigin: node.origin, roomTag: '11'.repeat(16) as RoomTag, secret: new Uint8Array(16), roomName: '', inviterName: '', access: new Uint8Array(16), pass: fromBase64Url(pass) })
  node.jump(aheadMs)
  const bob = await arrive()
  await expect(bob.signIn(link)).rejects.toMatchObject({ code })
})
