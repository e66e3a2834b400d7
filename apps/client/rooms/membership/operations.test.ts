import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, type DeviceKey, type DevTag, type EpochId, type InviteId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { encodeCbor, WireError, type Cbor } from '#shared/wire/cbor.ts'
import {
  certifiedBytes, computeInviteId, computeRecipients, computeRoomTag, decodeOperation, encodeOperation, proofBytes, wrapOrder, type MemberRecord, type OperationBody,
  type Rotation
} from './operations.ts'

type Known = Exclude<OperationBody, { type: 'unknown' }>

const fill = (byte: number, length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(byte)
const alice: MemberRecord = {
  user: 'a1'.repeat(32) as UserKey, device: 'a2'.repeat(32) as DeviceKey, encryptionKey: fill(0xa3, 32), certificate: fill(0xa4, 64), name: 'Alice'
}
const rotation: Rotation = {
  epochId: 'e1'.repeat(16) as EpochId, previous: 'e0'.repeat(16) as EpochId, recipients: fill(1, 32), ephemeral: fill(2, 32), wraps: [fill(3, 48), fill(4, 48)],
  previousLogSecret: fill(5, 60), previousMessageSecret: fill(6, 60)
}
const inviteId = '1f'.repeat(16) as InviteId

const aliceHex = `855820${'a1'.repeat(32)}5820${'a2'.repeat(32)}5820${'a3'.repeat(32)}5840${'a4'.repeat(64)}65416c696365`
const rotationHex = `8750${'e1'.repeat(16)}50${'e0'.repeat(16)}5820${'01'.repeat(32)}5820${'02'.repeat(32)}825830${'03'.repeat(48)}5830${'04'.repeat(48)}` +
  `583c${'05'.repeat(60)}583c${'06'.repeat(60)}`
const inviteHex = `50${'1f'.repeat(16)}`

const frozen: [Known, string][] = [
  [{ type: 'create', salt: fill(7, 16), name: 'Küche', creator: alice }, `840050${'07'.repeat(16)}664bc3bc636865${aliceHex}`],
  [{ type: 'add', member: alice, role: 'member', proof: { inviteId, challenge: fill(8, 32), signature: fill(9, 64) } },
    `8601${aliceHex}01${inviteHex}5820${'08'.repeat(32)}5840${'09'.repeat(64)}`],
  [{ type: 'remove', user: alice.user, cuts: [{ devTag: 'd1'.repeat(16) as DevTag, seq: 300 }], rotation },
    `84025820${'a1'.repeat(32)}818250${'d1'.repeat(16)}19012c${rotationHex}`],
  [{ type: 'invite', inviteId, publicKey: fill(10, 32), role: 'owner', expiresAt: 1_790_000_000_000, maxUses: 5 },
    `8603${inviteHex}5820${'0a'.repeat(32)}001b000001a0c4506c0005`],
  [{ type: 'invite', inviteId, publicKey: fill(10, 32), role: 'member', expiresAt: 0, maxUses: null }, `8603${inviteHex}5820${'0a'.repeat(32)}0100f6`],
  [{ type: 'revoke-invite', inviteId }, `8204${inviteHex}`],
  [{ type: 'rotate', rotation }, `8205${rotationHex}`],
  [{ type: 'profile', name: 'Alice' }, '820665416c696365']
]

const reasonOf = (bytes: Uint8Array): string => {
  try {
    decodeOperation(bytes)
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'accepted'
}

describe('version 1 of an operation is these bytes', () => {
  test.each(frozen)('$type', (body, hex) => {
    expect(toHex(encodeOperation(body))).toBe(hex)
    expect(decodeOperation(encodeOperation(body))).toEqual(body)
  })

  test('and what is signed and hashed around them', async () => {
    const room = '22'.repeat(16) as RoomTag
    const text = (bytes: Uint8Array, length: number): string => new TextDecoder().decode(bytes.subarray(0, length))
    const certified = certifiedBytes(alice.device, alice.encryptionKey)
    expect([text(certified, 27), toHex(certified.subarray(27))]).toEqual(['parley/device-certificate/1', 'a2'.repeat(32) + 'a3'.repeat(32)])
    const proven = proofBytes(room, fill(8, 32), alice)
    expect([text(proven, 21), toHex(proven.subarray(21))])
      .toEqual(['parley/invite-proof/1', room + '08'.repeat(32) + 'a1'.repeat(32) + 'a2'.repeat(32) + 'a3'.repeat(32)])
    expect(await computeRoomTag(alice.device, fill(7, 16))).toBe('762ce31c744ae3ad76333664b8d2cbc2')
    expect(await computeInviteId(fill(10, 32))).toBe('b9b07dd4e7718454476f04edeb935022')
    expect(toHex(await computeRecipients([alice.device]))).toBe('96a53330d1fc8fb29fa2690a9a6663acf28d05f398c06ad163a1ce8766a3d650')
  })
})

test('the recipients of a rotation are the same in any order they were found in', async () => {
  const devices = ['c1', 'a1', 'b1'].map((byte) => byte.repeat(32) as DeviceKey)
  expect(await computeRecipients(wrapOrder(devices))).toEqual(await computeRecipients(wrapOrder(devices.toReversed())))
  expect(await computeRecipients(wrapOrder(devices))).not.toEqual(await computeRecipients(wrapOrder(devices.slice(1))))
})

describe('an operation from a peer', () => {
  const create: Cbor[] = [0, fill(7, 16), 'Kitchen', [fill(1, 32), fill(2, 32), fill(3, 32), fill(4, 64), 'Alice']]
  const member = (at: number, field: Cbor): Cbor[] => create.with(3, (create[3] as Cbor[]).with(at, field))
  test.each<[string, Cbor, string]>([
    ['that is no array', 0, 'malformed-operation'],
    ['without a type', [], 'malformed-operation-type'],
    ['with a type below 0', [-1], 'malformed-operation-type'],
    ['with a name too long for a room', create.with(2, 'k'.repeat(101)), 'malformed-room-name'],
    ['with a short salt', create.with(1, fill(7, 15)), 'malformed-salt'],
    ['with a member that lacks a field', create.with(3, (create[3] as Cbor[]).slice(1)), 'malformed-member'],
    ['with a user key too short', member(0, fill(1, 31)), 'malformed-id'],
    ['with an encryption key too long', member(2, fill(1, 33)), 'malformed-encryption-key'],
    ['with a certificate too short', member(3, fill(1, 63)), 'malformed-certificate'],
    ['with a name too long for a person', member(4, 'a'.repeat(33)), 'malformed-member-name'],
    ['with a role nobody has', [3, fill(1, 16), fill(1, 32), 2, 0, null], 'unknown-role'],
    ['for an invitation for nobody', [3, fill(1, 16), fill(1, 32), 1, 0, 0], 'malformed-max-uses'],
    ['that expires before 1970', [3, fill(1, 16), fill(1, 32), 1, -1, null], 'malformed-expires-at'],
    ['with a cut of three', [2, fill(1, 32), [[fill(1, 16), 1, 1]], []], 'malformed-cut'],
    ['with 501 wraps', [5, [fill(1, 16), fill(1, 16), fill(1, 32), fill(1, 32), Array.from({ length: 501 }, () => fill(1, 48)), fill(1, 60), fill(1, 60)]], 'too-many-wraps'],
    ['with a short wrap', [5, [fill(1, 16), fill(1, 16), fill(1, 32), fill(1, 32), [fill(1, 47)], fill(1, 60), fill(1, 60)]], 'malformed-wrap']
  ])('%s is refused', (_, fields, reason) => {
    expect(reasonOf(encodeCbor(create))).toBe('accepted')
    expect(reasonOf(encodeCbor(fields))).toBe(reason)
  })

  test('of a later version is unknown, whatever it holds', () => {
    for (const type of [7, 8, 13, 255, 70_000]) expect(decodeOperation(encodeCbor([type, 'whatever', [1, 2]]))).toEqual({ type: 'unknown' })
  })

  test('never fails with anything but a WireError', () => {
    const near = fc.tuple(fc.constantFrom(...frozen.map(([body]) => body)), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })).map(([body, changes]) => {
      const bytes = encodeOperation(body)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      return bytes
    })
    fc.assert(fc.property(fc.oneof(near, fc.uint8Array()), (bytes) => { reasonOf(bytes) }), { numRuns: 2000 })
  })

  test('cut short anywhere is refused', () => {
    for (const [body] of frozen) {
      const bytes = encodeOperation(body)
      for (let length = 0; length < bytes.length; length += 7) expect(reasonOf(bytes.slice(0, length))).toBe('malformed-cbor')
    }
  })

  test('with a field more than its type has is refused: what a hash or signature covers is read', () => {
    for (const [body] of frozen) {
      const fields = fieldsOf(body)
      expect(reasonOf(encodeCbor([...fields, 0]))).toBe('malformed-operation')
      expect(reasonOf(encodeCbor(fields))).toBe('accepted')
    }
  })
})

/** The fields of an encoded operation, as another program would write them. */
function fieldsOf (body: Known): Cbor[] {
  const r: Cbor[] = [fill(0xe1, 16), fill(0xe0, 16), fill(1, 32), fill(2, 32), [fill(3, 48), fill(4, 48)], fill(5, 60), fill(6, 60)]
  const m: Cbor[] = [fill(0xa1, 32), fill(0xa2, 32), fill(0xa3, 32), fill(0xa4, 64), 'Alice']
  switch (body.type) {
    case 'create': return [0, fill(7, 16), 'Küche', m]
    case 'add': return [1, m, 1, fill(0x1f, 16), fill(8, 32), fill(9, 64)]
    case 'remove': return [2, fill(0xa1, 32), [], r]
    case 'invite': return [3, fill(0x1f, 16), fill(10, 32), 1, 0, null]
    case 'revoke-invite': return [4, fill(0x1f, 16)]
    case 'rotate': return [5, r]
    case 'profile': return [6, 'Alice']
  }
}
