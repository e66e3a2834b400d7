import { beforeAll, describe, expect, test } from 'vitest'
import type { DeviceKey, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { createEncryptionKey, keyPairFromSecret } from '../../crypto/index.ts'
import { loadEncryptionKeys } from '../../identity/encryption-keys.ts'
import { certifyDevice, certifyKeys, createRootEntropy, userKeyOf, type Device } from '../../identity/index.ts'
import { creationOf } from '../../testing/membership-story.ts'
import { checkOperation, type CheckContext, type OperationCheck } from './check-operation.ts'
import { computeInviteId, computeRoomTag, proofBytes, recordBytes, type MemberRecord, type OperationBody } from '../membership/operations.ts'

interface Someone { entropy: Uint8Array<ArrayBuffer>, user: UserKey, device: Device, record: MemberRecord }

async function someone (name: string): Promise<Someone> {
  const signing = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const encryption = await createEncryptionKey()
  const raw = async (key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.exportKey('raw', key))
  const key = Array.from(await raw(signing.publicKey), (byte) => byte.toString(16).padStart(2, '0')).join('') as DeviceKey
  const device: Device = {
    key, signing, encryptionKey: await raw(encryption.publicKey), nextCount: () => 0,
    encryption: await loadEncryptionKeys({ loadKey: () => Promise.resolve(null), saveKey: () => Promise.resolve() }, encryption)
  }
  const entropy = createRootEntropy()
  return { entropy, device, user: await userKeyOf(entropy), record: await certifyDevice(entropy, device, name) }
}

const TODAY = 1_790_000_000_000
const sign = async (key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.sign('Ed25519', key, bytes))
const flipped = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes).with(5, (bytes[5] ?? 0) ^ 1)

let alice: Someone, bob: Someone, mallory: Someone
let roomTag: RoomTag, context: CheckContext, inviteId: InviteId, inviteKey: CryptoKey
const salt = new Uint8Array(16).fill(3)

beforeAll(async () => {
  [alice, bob, mallory] = [await someone('Alice'), await someone('Bob'), await someone('Mallory')]
  roomTag = await computeRoomTag(alice.device.key, salt)
  const { privateKey, publicKey } = await keyPairFromSecret(new Uint8Array(16), 'a test')
  inviteKey = privateKey
  inviteId = await computeInviteId(publicKey)
  context = { author: alice.device.key, roomTag, inviteKeys: new Map([[inviteId, publicKey]]) }
})

const check = async (body: OperationBody, by: Someone = alice): Promise<OperationCheck> => await checkOperation(body, { ...context, author: by.device.key })

async function addOf (member: MemberRecord, { key = inviteKey, room = roomTag, proved = member, id = inviteId } = {}): Promise<OperationBody> {
  const challenge = new Uint8Array(32).fill(7)
  return { type: 'add', member, role: 'member', proof: { inviteId: id, challenge, signature: await sign(key, proofBytes(room, challenge, proved)) } }
}

describe('the first operation', () => {
  test('is that of the device which the room is named after', async () => {
    expect(await check(creationOf({ salt, creator: alice.record }))).toBe('good')
    expect(await check(creationOf({ salt, creator: mallory.record }), mallory)).toBe('bad')
    expect(await check(creationOf({ salt, creator: alice.record }), mallory)).toBe('bad')
    expect(await check(creationOf({ salt: new Uint8Array(16), creator: alice.record }))).toBe('bad')
  })
})

describe('a record of a member', () => {
  test('is vouched for by the root key and by the device', async () => {
    expect(await check({ type: 'adddev', member: bob.record })).toBe('good')
    for (const field of ['certificate', 'signature', 'encryptionKey'] as const) {
      expect(await check({ type: 'adddev', member: { ...bob.record, [field]: flipped(bob.record[field]) } })).toBe('bad')
    }
    expect(await check({ type: 'adddev', member: { ...bob.record, name: 'Alice' } })).toBe('bad')
  })

  test('cannot be made by Mallory for a device of Bob, nor for Bob\'s name on a device of hers', async () => {
    const certificate = await certifyKeys(mallory.entropy, bob.device.key, bob.device.encryptionKey, TODAY)
    const claimed = { user: mallory.user, device: bob.device.key, encryptionKey: bob.device.encryptionKey, certificate, issuedAt: TODAY, name: 'Bob' }
    expect(await check({ type: 'adddev', member: { ...claimed, signature: await sign(mallory.device.signing.privateKey, recordBytes(claimed)) } })).toBe('bad')
    const posed = { ...mallory.record, user: bob.user }
    expect(await check({ type: 'adddev', member: { ...posed, signature: await sign(mallory.device.signing.privateKey, recordBytes(posed)) } })).toBe('bad')
  })

  test('cannot be given another encryption key by an admin', async () => {
    const replaced = { ...bob.record, encryptionKey: mallory.device.encryptionKey }
    expect(await check({ type: 'adddev', member: replaced })).toBe('bad')
    expect(await check({ type: 'adddev', member: { ...replaced, certificate: await certifyKeys(mallory.entropy, bob.device.key, replaced.encryptionKey, replaced.issuedAt) } })).toBe('bad')
  })

  test('whose key is no point of the curve is bad, and nothing fails', async () => {
    expect(await check({ type: 'adddev', member: { ...bob.record, user: 'ff'.repeat(32) as UserKey } })).toBe('bad')
  })
})

describe('an admission', () => {
  test('carries the proof for this link, this room and these keys', async () => {
    expect(await check(await addOf(bob.record))).toBe('good')
    expect(await check(await addOf(bob.record, { key: mallory.device.signing.privateKey }))).toBe('bad')
    expect(await check(await addOf(bob.record, { room: '99'.repeat(16) as RoomTag }))).toBe('bad')
  })

  test('cannot be made with the proof of somebody else: not by the node, nor by whoever relays it', async () => {
    expect(await check(await addOf(mallory.record, { proved: bob.record }))).toBe('bad')
    const own = await someone('The node')
    expect(await check(await addOf(own.record, { key: own.device.signing.privateKey }), own)).toBe('bad')
  })

  test('waits until its invitation is known', async () => {
    expect(await check(await addOf(bob.record, { id: '77'.repeat(16) as InviteId }))).toBe('later')
  })

  test('without a proof is only checked for the record: whom it lets in is the resolver\'s matter', async () => {
    expect(await check({ type: 'add', member: bob.record, role: 'member', proof: null })).toBe('good')
    expect(await check({ type: 'add', member: { ...bob.record, signature: flipped(bob.record.signature) }, role: 'member', proof: null })).toBe('bad')
  })
})

test('an invitation is named after its key', async () => {
  const publicKey = new Uint8Array(32).fill(4)
  const invite = { type: 'invite' as const, publicKey, role: 'member' as const, expiresAt: 0, maxUses: null, needsApproval: false }
  expect(await check({ ...invite, inviteId: await computeInviteId(publicKey) })).toBe('good')
  expect(await check({ ...invite, inviteId })).toBe('bad')
})

test('a new encryption key is vouched for by the device that writes it, whether its admission has come or not', async () => {
  for (const by of [alice, bob]) expect(await check({ type: 'enckey', encryptionKey: new Uint8Array(32).fill(6) }, by)).toBe('good')
})
