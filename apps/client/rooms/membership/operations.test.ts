import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, type DeviceKey, type DevTag, type EnvelopeId, type EpochId, type InviteId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { decodeOperation, encodeOperation } from './operation-codec.ts'
import {
  certifiedBytes, computeInviteId, computeRecipients, computeRoomTag, DEFAULT_POLICY, proofBytes, recordBytes, wrapOrder, type KnownBody, type MemberRecord,
  type Rotation
} from './operations.ts'

const fill = (byte: number, length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(byte)
const alice: MemberRecord = {
  user: 'a1'.repeat(32) as UserKey, device: 'a2'.repeat(32) as DeviceKey, encryptionKey: fill(0xa3, 32), certificate: fill(0xa4, 64), issuedAt: null, name: 'Alice',
  signature: fill(0xa5, 64)
}
const rotation: Rotation = {
  epochId: 'e1'.repeat(16) as EpochId, previous: 'e0'.repeat(16) as EpochId, recipients: fill(1, 32), ephemeral: fill(2, 32), wraps: [fill(3, 48), fill(4, 48)],
  previousLogSecret: fill(5, 60), previousMessageSecret: fill(6, 60)
}
const inviteId = '1f'.repeat(16) as InviteId

const aliceHex = `865820${'a1'.repeat(32)}5820${'a2'.repeat(32)}5820${'a3'.repeat(32)}5840${'a4'.repeat(64)}65416c6963655840${'a5'.repeat(64)}`
const rotationHex = `8750${'e1'.repeat(16)}50${'e0'.repeat(16)}5820${'01'.repeat(32)}5820${'02'.repeat(32)}825830${'03'.repeat(48)}5830${'04'.repeat(48)}` +
  `583c${'05'.repeat(60)}583c${'06'.repeat(60)}`
const announcement = '2f'.repeat(32) as EnvelopeId
/** Since protocol 3: wraps that can be checked, and what is handed over. */
const rotationNow: Rotation = { ...rotation, handed: null }
const rotationNowHex = `88${rotationHex.slice(2)}f6`
const inviteHex = `50${'1f'.repeat(16)}`

const cuts = [{ devTag: 'd1'.repeat(16) as DevTag, seq: 300 }]
const cutsHex = `818250${'d1'.repeat(16)}19012c`

const frozen: [KnownBody, string][] = [
  [{ type: 'create', salt: fill(7, 16), kind: 'group', name: 'Küche', topic: '', peer: null, parent: null, policy: DEFAULT_POLICY, creator: alice },
    `890050${'07'.repeat(16)}00664bc3bc63686560f6f6850000f6f600${aliceHex}`],
  [{ type: 'create', salt: fill(7, 16), kind: 'direct', name: 'Bob', topic: 'T', peer: alice.user, parent: '22'.repeat(16) as RoomTag,
    policy: { slowModeMs: 1, history: 'since-joining', retentionMs: 2, retentionCount: 3, invites: 'moderators' }, creator: alice },
  `890050${'07'.repeat(16)}0163426f6261545820${'a1'.repeat(32)}50${'22'.repeat(16)}850101020301${aliceHex}`],
  [{ type: 'add', member: alice, role: 'member', proof: { inviteId, challenge: fill(8, 32), signature: fill(9, 64) } },
    `8401${aliceHex}0183${inviteHex}5820${'08'.repeat(32)}5840${'09'.repeat(64)}`],
  [{ type: 'add', member: alice, role: 'moderator', proof: null }, `8401${aliceHex}02f6`],
  [{ type: 'remove', user: alice.user, isBan: false, cuts, rotation }, `85025820${'a1'.repeat(32)}f4${cutsHex}${rotationHex}`],
  [{ type: 'remove', user: alice.user, isBan: true, cuts: [], rotation: null }, `85025820${'a1'.repeat(32)}f580f6`],
  [{ type: 'invite', inviteId, publicKey: fill(10, 32), role: 'admin', expiresAt: 1_790_000_000_000, maxUses: 5, needsApproval: true },
    `8703${inviteHex}5820${'0a'.repeat(32)}031b000001a0c4506c0005f5`],
  [{ type: 'invite', inviteId, publicKey: fill(10, 32), role: 'observer', expiresAt: 0, maxUses: null, needsApproval: false },
    `8703${inviteHex}5820${'0a'.repeat(32)}0000f6f4`],
  [{ type: 'revoke-invite', inviteId }, `8204${inviteHex}`],
  [{ type: 'add', member: alice, role: 'member', proof: { inviteId, challenge: fill(8, 32), signature: fill(9, 64) }, announcement },
    `8501${aliceHex}0183${inviteHex}5820${'08'.repeat(32)}5840${'09'.repeat(64)}5820${'2f'.repeat(32)}`],
  [{ type: 'revoke-invite', inviteId, announcement }, `8304${inviteHex}5820${'2f'.repeat(32)}`],
  [{ type: 'rotate', rotation }, `8205${rotationHex}`],
  [{ type: 'rotate', rotation: rotationNow }, `8205${rotationNowHex}`],
  [{ type: 'rotate', rotation: { ...rotation, handed: fill(7, 30) } }, `820588${rotationHex.slice(2)}581e${'07'.repeat(30)}`],
  [{ type: 'rmdev', device: alice.device, cut: 7, rotation: rotationNow }, `84095820${'a2'.repeat(32)}07${rotationNowHex}`],
  [{ type: 'profile', name: 'Alice' }, '820665416c696365'],
  [{ type: 'role', user: alice.user, role: 'owner', cuts }, `84075820${'a1'.repeat(32)}04${cutsHex}`],
  [{ type: 'adddev', member: alice }, `8208${aliceHex}`],
  [{ type: 'rmdev', device: alice.device, cut: 7, rotation }, `84095820${'a2'.repeat(32)}07${rotationHex}`],
  [{ type: 'enckey', encryptionKey: fill(0xa3, 32) }, `820a5820${'a3'.repeat(32)}`],
  [{ type: 'enckey', encryptionKey: fill(0xa3, 32), renewed: { issuedAt: 24, certificate: fill(0xa4, 64) } }, `840a5820${'a3'.repeat(32)}18185840${'a4'.repeat(64)}`],
  [{ type: 'adddev', member: { ...alice, issuedAt: 1_790_000_000_000 } }, `820887${aliceHex.slice(2)}1b000001a0c4506c00`],
  [{ type: 'devices', list: { user: alice.user, version: 3, issuedAt: 24, devices: [alice.device], revoked: ['d9'.repeat(32) as DeviceKey], signature: fill(0xb1, 64) } },
    `821258ae865820${'a1'.repeat(32)}031818815820${'a2'.repeat(32)}815820${'d9'.repeat(32)}5840${'b1'.repeat(64)}`],
  [{ type: 'policy', policy: DEFAULT_POLICY }, '820b850000f6f600'],
  [{ type: 'rename', name: 'Kitchen', topic: 'food' }, '830d674b69746368656e64666f6f64'],
  [{ type: 'mute', user: alice.user, until: 24, cuts: [] }, `840e5820${'a1'.repeat(32)}181880`],
  [{ type: 'mute', user: alice.user, until: null, cuts }, `840e5820${'a1'.repeat(32)}f6${cutsHex}`],
  [{ type: 'unban', user: alice.user }, `820f5820${'a1'.repeat(32)}`],
  [{ type: 'offer-room', user: alice.user }, `82135820${'a1'.repeat(32)}`],
  [{ type: 'offer-room', user: null }, '8213f6'],
  [{ type: 'reply-offer', creator: alice.user, offer: 'b1'.repeat(32) as EnvelopeId, accepts: true }, `84145820${'a1'.repeat(32)}5820${'b1'.repeat(32)}f5`],
  [{ type: 'continue', childTag: '22'.repeat(16) as RoomTag, name: 'P', inviteSecret: fill(5, 16), access: fill(6, 16), expiresAt: 24 },
    `861650${'22'.repeat(16)}615050${'05'.repeat(16)}50${'06'.repeat(16)}1818`],
  [{ type: 'hand-over', user: alice.user, consent: 'b1'.repeat(32) as EnvelopeId }, `83155820${'a1'.repeat(32)}5820${'b1'.repeat(32)}`],
  [{ type: 'party', childTag: '22'.repeat(16) as RoomTag, name: 'P', inviteSecret: fill(5, 16), isVoice: false }, `841050${'22'.repeat(16)}615050${'05'.repeat(16)}`],
  [{ type: 'party', childTag: '22'.repeat(16) as RoomTag, name: 'P', inviteSecret: null, isVoice: false }, `841050${'22'.repeat(16)}6150f6`],
  [{ type: 'party', childTag: '22'.repeat(16) as RoomTag, name: 'P', inviteSecret: fill(5, 16), isVoice: true }, `841150${'22'.repeat(16)}615050${'05'.repeat(16)}`]
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
    const certified = certifiedBytes(alice)
    expect([text(certified, 27), toHex(certified.subarray(27))]).toEqual(['parley/device-certificate/1', 'a2'.repeat(32) + 'a3'.repeat(32)])
    const dated = certifiedBytes({ ...alice, issuedAt: 24 })
    expect([text(dated, 27), toHex(dated.subarray(27))]).toEqual(['parley/device-certificate/2', `835820${'a2'.repeat(32)}5820${'a3'.repeat(32)}1818`])
    const { signature: _, ...unsigned } = alice
    const signed = recordBytes(unsigned)
    expect([text(signed, 22), toHex(signed.subarray(22))]).toEqual(['parley/member-record/1', `85${aliceHex.slice(2, -132)}`])
    expect(toHex(recordBytes({ ...unsigned, issuedAt: 24 }).subarray(22))).toBe(`86${aliceHex.slice(2, -132)}1818`)
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
  const record: Cbor[] = [fill(1, 32), fill(2, 32), fill(3, 32), fill(4, 64), 'Alice', fill(5, 64)]
  const create: Cbor[] = [0, fill(7, 16), 0, 'Kitchen', '', null, null, [0, 0, null, null, 0], record]
  const member = (at: number, field: Cbor): Cbor[] => create.with(8, record.with(at, field))
  const invite: Cbor[] = [3, fill(1, 16), fill(1, 32), 1, 0, null, false]
  const rotate = (wraps: Cbor[]): Cbor[] => [5, [fill(1, 16), fill(1, 16), fill(1, 32), fill(1, 32), wraps, fill(1, 60), fill(1, 60)]]
  test.each<[string, Cbor, string]>([
    ['that is no array', 0, 'malformed-operation'],
    ['without a type', [], 'malformed-operation-type'],
    ['with a type below 0', [-1], 'malformed-operation-type'],
    ['with a name too long for a room', create.with(3, 'k'.repeat(101)), 'malformed-room-name'],
    ['with a room name of spaces', create.with(3, '  '), 'malformed-room-name'],
    ['with a topic too long', create.with(4, 'k'.repeat(251)), 'malformed-topic'],
    ['with a kind of room that is none', create.with(2, 3), 'unknown-kind'],
    ['with a policy that lacks a field', create.with(7, [0, 0, null, null]), 'malformed-policy'],
    ['with a retention of nothing', create.with(7, [0, 0, 0, null, 0]), 'malformed-retention'],
    ['with a history that is none', create.with(7, [0, 2, null, null, 0]), 'unknown-history'],
    ['with a short salt', create.with(1, fill(7, 15)), 'malformed-salt'],
    ['with a member that lacks a field', create.with(8, record.slice(1)), 'malformed-member'],
    ['with a user key too short', member(0, fill(1, 31)), 'malformed-id'],
    ['with an encryption key too long', member(2, fill(1, 33)), 'malformed-encryption-key'],
    ['with a certificate too short', member(3, fill(1, 63)), 'malformed-certificate'],
    ['with a record that is signed too short', member(5, fill(1, 63)), 'malformed-record-signature'],
    ['with a name too long for a person', member(4, 'a'.repeat(33)), 'malformed-member-name'],
    ['with an empty name', member(4, ''), 'malformed-member-name'],
    ['with a name with space around it', member(4, ' Alice'), 'malformed-member-name'],
    ['with a name that turns text around', member(4, 'A\u202ecilA'), 'malformed-member-name'],
    ['with a name with a character nobody sees', member(4, 'Al\ufeffice'), 'malformed-member-name'],
    ['with a name with a control character', member(4, 'Al\u0007ice'), 'malformed-member-name'],
    ['with a role nobody has', invite.with(3, 5), 'unknown-role'],
    ['for an invitation for nobody', invite.with(5, 0), 'malformed-max-uses'],
    ['that expires before 1970', invite.with(4, -1), 'malformed-expires-at'],
    ['with an approval that is neither yes nor no', invite.with(6, 1), 'malformed-needs-approval'],
    ['with a cut of three', [2, fill(1, 32), false, [[fill(1, 16), 1, 1]], null], 'malformed-cut'],
    ['with 601 wraps', rotate(Array.from({ length: 601 }, () => fill(1, 48))), 'too-many-wraps'],
    ['with a short wrap', rotate([fill(1, 47)]), 'malformed-wrap']
  ])('%s is refused', (_, fields, reason) => {
    expect(reasonOf(encodeCbor(create))).toBe('accepted')
    expect(reasonOf(encodeCbor(fields))).toBe(reason)
  })

  test('of a later version is unknown, whatever it holds', () => {
    for (const type of [12, 40, 255, 70_000]) expect(decodeOperation(encodeCbor([type, 'whatever', [1, 2]]))).toEqual({ type: 'unknown' })
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
      const fields = decodeCbor(encodeOperation(body)) as Cbor[]
      const isNaming = body.type === 'add' || body.type === 'revoke-invite'
      // Its older form is shorter.
      const isOlder = isNaming && !('announcement' in body)
      expect(reasonOf(encodeCbor([...fields, ...isOlder ? [0, 0] : [0]]))).toBe('malformed-operation')
      if (!isNaming || isOlder) expect(reasonOf(encodeCbor(fields.slice(0, -1)))).toBe('malformed-operation')
      expect(reasonOf(encodeCbor(fields))).toBe('accepted')
    }
  })
})
