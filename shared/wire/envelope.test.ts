import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, type DeviceKey, type DevTag, type EnvelopeId, type EpochId, type RoomTag } from '../ids.ts'
import { ENVELOPE_MAX_BYTES, OPERATION_MAX_BYTES } from '../limits.ts'
import { encodeCbor, WireError, type Cbor } from './cbor.ts'
import {
  assembleEnvelope, computeDevTag, computeEnvelopeId, concat, decodeEnvelope, decodeHeader, encodeEnvelope, encodeHeader, HEADS_MAX, sha256, signedBytes,
  verifyEnvelope, verifyRun, type Envelope, type EnvelopeBody, type EnvelopeHeader
} from './envelope.ts'

const kitchen = '22'.repeat(16) as RoomTag
const cellar = '23'.repeat(16) as RoomTag

interface Author { device: DeviceKey, privateKey: CryptoKey }

/** A device whose key is the same in each run: the private key of RFC 8410 with all bytes `seed`. */
async function deviceOf (seed: number): Promise<Author> {
  const pkcs8 = concat(fromHex('302e020100300506032b657004220420'), new Uint8Array(32).fill(seed))
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const { x } = await crypto.subtle.exportKey('jwk', privateKey)
  return { privateKey, device: Buffer.from(x ?? '', 'base64url').toString('hex') as DeviceKey }
}

const alice = await deviceOf(1)
const mallory = await deviceOf(2)

const bodyOf = (text: string): EnvelopeBody => ({ nonce: new Uint8Array(12).fill(7), ciphertext: new TextEncoder().encode(text) })

async function write (author: Author, fields: Partial<EnvelopeHeader> = {}, body = bodyOf('sealed')): Promise<Envelope> {
  const header: EnvelopeHeader = {
    kind: 'message', roomTag: kitchen, devTag: computeDevTag(fields.roomTag ?? kitchen, author.device), seq: 1, prev: null, lamport: 1,
    sentAt: 1_790_000_000_000, epochId: '44'.repeat(16) as EpochId, heads: [], ...fields
  }
  const unsigned = await assembleEnvelope({ header, headerBytes: encodeHeader(header), body, signature: new Uint8Array(64) })
  return { ...unsigned, signature: new Uint8Array(await crypto.subtle.sign('Ed25519', author.privateKey, signedBytes(unsigned.id))) }
}

/** `length` entries of one log, from position 1. */
async function writeLog (author: Author, length: number, roomTag = kitchen): Promise<Envelope[]> {
  const log: Envelope[] = []
  for (let seq = 1; seq <= length; seq++) log.push(await write(author, { roomTag, seq, prev: log.at(-1)?.id ?? null, lamport: seq * 2 }, bodyOf(`entry ${seq}`)))
  return log
}

/** The entry as it was, but with another header and the signature it had. */
const forge = async (entry: Envelope, fields: Partial<EnvelopeHeader>): Promise<Envelope> => {
  const header = { ...entry.header, ...fields }
  return await assembleEnvelope({ header, headerBytes: encodeHeader(header), body: entry.body, signature: entry.signature })
}

async function reasonOf (promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'accepted'
}

const widest: EnvelopeHeader = {
  kind: 'operation', roomTag: kitchen, devTag: '33'.repeat(16) as DevTag, seq: 258, prev: '55'.repeat(32) as EnvelopeId, lamport: 70_000,
  sentAt: 1_790_000_000_000, epochId: '44'.repeat(16) as EpochId, heads: ['66'.repeat(32) as EnvelopeId, '77'.repeat(32) as EnvelopeId]
}

describe('version 1 of the envelope is these bytes', () => {
  const WIDEST_HEADER = '8b0101502222222222222222222222222222222250333333333333333333333333333333331901025820555555555555555555555555555555555555' +
    '55555555555555555555555555551a000111701b000001a0c4506c00504444444444444444444444444444444482582066666666666666666666666666666666666666666666666666666666666666665820777777777777777777777777777777777777777777777777777777777777777701'
  const FIRST_ENVELOPE = '8358448b0100502222222222222222222222222222222250ee275e83c36e189803804c062b8b7f0c01f6011b000001a0c4506c005044444444444444' +
    '4444444444444444448001824c070707070707070707070707467365616c656458400a5b4b42dcc45f91a0c21d2410d6c0fb146dbdf721e1627870faf7263638e993132cfbdae19c6c91cb6b7243cb655f2385fd4bb5fa3860a7e018002664ce5707'

  test('a header with everything in it', () => {
    expect(toHex(encodeHeader(widest))).toBe(WIDEST_HEADER)
    expect(decodeHeader(fromHex(WIDEST_HEADER))).toEqual(widest)
  })

  test('a header with the id of an epoch since protocol 3, and none of any other length', () => {
    const longer = WIDEST_HEADER.replace(`50${'44'.repeat(16)}`, `5820${'44'.repeat(32)}`)
    expect(toHex(encodeHeader({ ...widest, epochId: '44'.repeat(32) as EpochId }))).toBe(longer)
    expect(decodeHeader(fromHex(longer)).epochId).toBe('44'.repeat(32))
    for (const length of [0, 15, 17, 24, 31, 33]) {
      expect(() => decodeHeader(encodeHeader({ ...widest, epochId: '44'.repeat(length) as EpochId }))).toThrow('malformed-epoch-id')
    }
  })

  test('the first message of a log, signed', async () => {
    expect(toHex(encodeEnvelope(await write(alice)))).toBe(FIRST_ENVELOPE)
    const read = await decodeEnvelope(fromHex(FIRST_ENVELOPE))
    expect(read).toEqual(await write(alice))
    expect(read.id).toBe('b1ba9dbde7b6fa70990cd98b71f59e6348bd2032bf9cc3ab45170d80c4b2e7bb')
    expect(await verifyEnvelope(read, alice.device)).toEqual({ ...read, device: alice.device })
  })

  test('the tag of a device in a room', () => {
    expect(computeDevTag(kitchen, alice.device)).toBe('ee275e83c36e189803804c062b8b7f0c')
    expect(computeDevTag(cellar, alice.device)).toBe('ab4a495fa4b6ec9a6a2922e07a12711f')
  })

  test('the id is a hash over context, header and hash of the body', async () => {
    const entry = await write(alice)
    const bodyHash = await sha256(concat(new Uint8Array(12).fill(7), new TextEncoder().encode('sealed')))
    expect(entry.id).toBe(toHex(await sha256(concat(new TextEncoder().encode('parley/envelope/1'), entry.headerBytes, bodyHash))))
    expect(new TextDecoder().decode(signedBytes(entry.id).subarray(0, 27))).toBe('parley/envelope-signature/1')
  })
})

describe('a header', () => {
  const bytes = (length: number): fc.Arbitrary<string> => fc.uint8Array({ minLength: length, maxLength: length }).map(toHex)
  const position = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
  const header: fc.Arbitrary<EnvelopeHeader> = fc.record({
    kind: fc.constantFrom('message' as const, 'operation' as const), roomTag: bytes(16) as fc.Arbitrary<RoomTag>, devTag: bytes(16) as fc.Arbitrary<DevTag>,
    seq: fc.oneof(fc.constant(1), position), prev: bytes(32) as fc.Arbitrary<EnvelopeId>, lamport: position, sentAt: fc.maxSafeNat(),
    epochId: bytes(16) as fc.Arbitrary<EpochId>, heads: fc.uniqueArray(bytes(32), { maxLength: HEADS_MAX }).map((ids) => ids.sort() as EnvelopeId[])
  }).map((fields) => ({ ...fields, prev: fields.seq === 1 ? null : fields.prev }))

  test('comes back whatever is in it', () => {
    fc.assert(fc.property(header, (written) => { expect(decodeHeader(encodeHeader(written))).toEqual(written) }))
  })

  const good: Cbor[] = [1, 0, new Uint8Array(16), new Uint8Array(16), 2, new Uint8Array(32), 5, 9, new Uint8Array(16), [], 1]
  const id = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
  test.each<[string, number, Cbor, string]>([
    ['of another version', 0, 2, 'envelope-version'],
    ['of an unknown kind', 1, 2, 'malformed-kind'],
    ['with a kind that is true', 1, true, 'malformed-kind'],
    ['with a short room tag', 2, new Uint8Array(15), 'malformed-room-tag'],
    ['with a long device tag', 3, new Uint8Array(17), 'malformed-dev-tag'],
    ['at position 0', 4, 0, 'malformed-seq'],
    ['at a position before the first', 4, -1, 'malformed-seq'],
    ['at position 1 that names one before', 4, 1, 'malformed-prev'],
    ['at position 2 that names none before', 5, null, 'malformed-prev'],
    ['with a short id before', 5, new Uint8Array(31), 'malformed-prev'],
    ['at lamport 0', 6, 0, 'malformed-lamport'],
    ['sent before 1970', 7, -1, 'malformed-sent-at'],
    ['with a short epoch', 8, new Uint8Array(4), 'malformed-epoch-id'],
    ['with heads that are no array', 9, 7, 'malformed-heads'],
    ['with a short head', 9, [new Uint8Array(31)], 'malformed-head'],
    ['with heads out of order', 9, [id(2), id(1)], 'malformed-heads'],
    ['with the same head twice', 9, [id(1), id(1)], 'malformed-heads'],
    ['with 17 heads', 9, Array.from({ length: HEADS_MAX + 1 }, (_, i) => id(i)), 'too-many-heads'],
    ['sealed by an unknown algorithm', 10, 2, 'unknown-alg']
  ])('%s is refused', (_, at, field, reason) => {
    expect(() => decodeHeader(encodeCbor(good))).not.toThrow()
    expect(() => decodeHeader(encodeCbor(good.with(at, field)))).toThrow(new WireError(reason))
  })

  test('with a field more or less is refused', () => {
    expect(() => decodeHeader(encodeCbor([...good, 1]))).toThrow(new WireError('malformed-header'))
    expect(() => decodeHeader(encodeCbor(good.slice(1)))).toThrow(new WireError('malformed-header'))
  })

  test('is refused or is the one encoding of what it says, whatever bytes a peer sends', () => {
    fc.assert(fc.property(header, fc.nat(), fc.nat(255), (written, at, byte) => {
      const encoded = encodeHeader(written)
      encoded[at % encoded.length] = byte
      let read: EnvelopeHeader
      try {
        read = decodeHeader(encoded)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
        return
      }
      expect(encodeHeader(read)).toEqual(encoded)
    }), { numRuns: 1000 })
  })
})

describe('an envelope', () => {
  test('comes back with its body, and erased', async () => {
    const entry = await write(alice)
    expect(await decodeEnvelope(encodeEnvelope(entry))).toEqual(entry)
    const erased: Envelope = { ...entry, body: { erasedHash: await sha256(concat(new Uint8Array(12).fill(7), new TextEncoder().encode('sealed'))) } }
    expect(await decodeEnvelope(encodeEnvelope(erased))).toEqual(erased)
  })

  test('keeps its id and its signature when its body is erased, and not when another hash is put there', async () => {
    const entry = await write(alice)
    const erasedHash = await sha256(concat(new Uint8Array(12).fill(7), new TextEncoder().encode('sealed')))
    expect(await computeEnvelopeId(entry.headerBytes, { erasedHash })).toBe(entry.id)
    const erased = await assembleEnvelope({ ...entry, body: { erasedHash } })
    expect(await reasonOf(verifyEnvelope(erased, alice.device))).toBe('accepted')
    const other = await assembleEnvelope({ ...entry, body: { erasedHash: new Uint8Array(32) } })
    expect(await reasonOf(verifyEnvelope(other, alice.device))).toBe('bad-signature')
  })

  test.each<[string, (fields: Cbor[]) => Cbor, string]>([
    ['that is no array', () => 1, 'malformed-envelope'],
    ['with a field more', (fields) => [...fields, 1], 'malformed-envelope'],
    ['whose header is no bytes', (fields) => fields.with(0, []), 'malformed-header'],
    ['with a short nonce', (fields) => fields.with(1, [new Uint8Array(11), new Uint8Array(16)]), 'malformed-nonce'],
    ['with a body of three', (fields) => fields.with(1, [new Uint8Array(12), new Uint8Array(16), 1]), 'malformed-body'],
    ['with a short hash of an erased body', (fields) => fields.with(1, new Uint8Array(31)), 'malformed-body-hash'],
    ['with a short signature', (fields) => fields.with(2, new Uint8Array(63)), 'malformed-signature']
  ])('%s is refused', async (_, change, reason) => {
    const { headerBytes, signature } = await write(alice)
    const fields: Cbor[] = [headerBytes, [new Uint8Array(12), new Uint8Array(16)], signature]
    expect(await reasonOf(decodeEnvelope(encodeCbor(fields)))).toBe('accepted')
    expect(await reasonOf(decodeEnvelope(encodeCbor(change(fields))))).toBe(reason)
  })

  test('above the limit of its kind is refused', async () => {
    const message = await write(alice, {}, { nonce: new Uint8Array(12), ciphertext: new Uint8Array(ENVELOPE_MAX_BYTES) })
    const operation = await write(alice, { kind: 'operation' }, { nonce: new Uint8Array(12), ciphertext: new Uint8Array(ENVELOPE_MAX_BYTES) })
    expect(await reasonOf(decodeEnvelope(encodeEnvelope(message)))).toBe('envelope-too-long')
    expect(await reasonOf(decodeEnvelope(encodeEnvelope(operation)))).toBe('accepted')
    expect(await reasonOf(decodeEnvelope(new Uint8Array(OPERATION_MAX_BYTES + 1)))).toBe('envelope-too-long')
  })

  test('with any one byte changed is refused or fails its signature', async () => {
    const bytes = encodeEnvelope(await write(alice, { heads: ['66'.repeat(32) as EnvelopeId] }))
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ flip
      const reason = await reasonOf(decodeEnvelope(changed).then(async (entry) => await verifyEnvelope(entry, alice.device)))
      expect(reason).not.toBe('accepted')
    }), { numRuns: 500 })
  })
})

describe('whoever signs', () => {
  test('is who the tag says: Mallory cannot sign in the name of Alice', async () => {
    const forged = await write(mallory, { devTag: computeDevTag(kitchen, alice.device) })
    expect(await reasonOf(verifyEnvelope(forged, alice.device))).toBe('bad-signature')
    expect(await reasonOf(verifyEnvelope(forged, mallory.device))).toBe('dev-tag-mismatch')
  })

  test('signs for one room: an entry cannot be moved to another', async () => {
    const entry = await write(alice)
    expect(await reasonOf(verifyEnvelope(await forge(entry, { roomTag: cellar }), alice.device))).toBe('dev-tag-mismatch')
    const retagged = await forge(entry, { roomTag: cellar, devTag: computeDevTag(cellar, alice.device) })
    expect(await reasonOf(verifyEnvelope(retagged, alice.device))).toBe('bad-signature')
  })

  test.each<[string, Partial<EnvelopeHeader>]>([
    ['its position', { seq: 2, prev: '55'.repeat(32) as EnvelopeId }], ['its clock', { lamport: 2 }], ['its time', { sentAt: 1 }],
    ['its kind', { kind: 'operation' }], ['its epoch', { epochId: '45'.repeat(16) as EpochId }], ['its heads', { heads: ['66'.repeat(32) as EnvelopeId] }]
  ])('signs %s too', async (_, fields) => {
    expect(await reasonOf(verifyEnvelope(await forge(await write(alice), fields), alice.device))).toBe('bad-signature')
  })

  test('signs the body too', async () => {
    const entry = await assembleEnvelope({ ...await write(alice), body: bodyOf('other') })
    expect(await reasonOf(verifyEnvelope(entry, alice.device))).toBe('bad-signature')
  })

  test('has a key that is one', async () => {
    const noPoint = `02${'00'.repeat(31)}` as DeviceKey
    const entry = await forge(await write(alice), { devTag: computeDevTag(kitchen, noPoint) })
    expect(['bad-device-key', 'bad-signature']).toContain(await reasonOf(verifyEnvelope(entry, noPoint)))
    const short = '00'.repeat(31) as DeviceKey
    const other = await forge(entry, { devTag: computeDevTag(kitchen, short) })
    expect(await reasonOf(verifyEnvelope(other, short))).toBe('bad-device-key')
  })
})

describe('a run of a log', () => {
  test('is good by the signature of its last entry alone', async () => {
    const log = await writeLog(alice, 4)
    const unsigned = log.map((entry, i) => i < 3 ? { ...entry, signature: new Uint8Array(64) } : entry)
    const verified = await verifyRun(unsigned, alice.device)
    expect(verified.map(({ id, device }) => [id, device])).toEqual(log.map(({ id }) => [id, alice.device]))
    expect(await reasonOf(verifyRun([...log.slice(0, 3), { ...log[3]!, signature: new Uint8Array(64) }], alice.device))).toBe('bad-signature')
    expect(await reasonOf(verifyRun(log, mallory.device))).toBe('dev-tag-mismatch')
  })

  test('may begin in the middle and be of one entry, but not be empty', async () => {
    const log = await writeLog(alice, 4)
    expect(await reasonOf(verifyRun(log.slice(2), alice.device))).toBe('accepted')
    expect(await reasonOf(verifyRun(log.slice(3), alice.device))).toBe('accepted')
    expect(await reasonOf(verifyRun([], alice.device))).toBe('empty-run')
  })

  test('is good with bodies erased', async () => {
    const log = await writeLog(alice, 3)
    const erased = await Promise.all(log.map(async (entry, i) => await assembleEnvelope({
      ...entry, body: { erasedHash: await sha256(concat(new Uint8Array(12).fill(7), new TextEncoder().encode(`entry ${i + 1}`))) }
    })))
    expect(await reasonOf(verifyRun(erased, alice.device))).toBe('accepted')
  })

  test('is broken by a gap, another order, an entry twice or a changed body', async () => {
    const log = await writeLog(alice, 4)
    const [first, second, third, fourth] = log as [Envelope, Envelope, Envelope, Envelope]
    const changed = await assembleEnvelope({ ...second, body: bodyOf('other') })
    for (const run of [[first, third, fourth], [second, first, third], [first, second, second], [first, changed, third], [first, fourth]]) {
      expect(await reasonOf(verifyRun(run, alice.device))).toBe('broken-chain')
    }
  })

  test('is broken by a clock that does not grow, a position that jumps, and an entry of another room or device', async () => {
    const [first] = await writeLog(alice, 1) as [Envelope]
    const next = { seq: 2, prev: first.id, lamport: 3 }
    expect(await reasonOf(verifyRun([first, await write(alice, next)], alice.device))).toBe('accepted')
    const wrong = [
      await write(alice, { ...next, lamport: 2 }), await write(alice, { ...next, lamport: 1 }), await write(alice, { ...next, seq: 3 }),
      await write(alice, { ...next, roomTag: cellar }), await write(alice, { ...next, roomTag: cellar, devTag: first.header.devTag }),
      await write(mallory, next), await write(alice, { ...next, prev: '55'.repeat(32) as EnvelopeId })
    ]
    for (const entry of wrong) expect(await reasonOf(verifyRun([first, entry], alice.device))).toBe('broken-chain')
  })
})
