import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, type DevTag, type DeviceKey, type EnvelopeId, type EpochId, type RoomTag } from '../../ids.ts'
import { FRAME_MAX_BYTES } from '../../limits.ts'
import { decodeCbor, encodeCbor, WireError, type Cbor } from '../cbor.ts'
import { decodeMessage, decodeMessageHead, encodeMessage, type SyncMessage } from './messages.ts'
import { elideRun, restoreRun } from './run.ts'
import { createPerson, ROOM } from './testing/people.ts'
import golden from './testing/golden.json' with { type: 'json' }

const bytes = (length: number, fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill)
const hex = (length: number, fill: number): string => toHex(bytes(length, fill))
const epochId = hex(16, 0xe1) as EpochId, device = hex(32, 0xd1) as DeviceKey, devTag = hex(16, 0xd2) as DevTag

/** One of each. Their bytes are frozen in testing/golden.json: a change there is a new version of the protocol. */
const EXAMPLES: Record<string, SyncMessage> = {
  hello: { type: 'hello', roomTag: hex(16, 0xaa) as RoomTag, epochId, proof: bytes(64, 1), root: bytes(8, 2), buckets: bytes(128, 3) },
  same: { type: 'same', epochId, proof: bytes(64, 4) },
  'same of a carrier': { type: 'same', epochId: hex(16, 0) as EpochId, proof: bytes(0, 0) },
  'vec of the called': {
    type: 'vec',
    access: { epochId, proof: bytes(64, 5) },
    mask: 0x80000001,
    more: false,
    logs: [{ device, headStart: hex(16, 6), have: [{ from: 1, to: 300 }, { from: 400, to: 70_000 }] }]
  },
  'vec of the caller': {
    type: 'vec',
    access: null,
    mask: 4,
    more: true,
    logs: [{ nth: 0, state: null }, { nth: 130, state: { headStart: hex(16, 6), have: [{ from: 1, to: 299 }] } }]
  },
  'want all': { type: 'want', mode: 'all', ranges: [{ devTag, from: 101, to: 300 }, { devTag: hex(16, 0xd3) as DevTag, from: 1, to: 1 }, { devTag, from: 1, to: 100 }] },
  'want operations': { type: 'want', mode: 'operations', ranges: [{ devTag, from: 1, to: 9 }] },
  run: {
    type: 'run',
    range: 2,
    run: {
      epochs: [epochId],
      headSets: [[], [hex(32, 7) as EnvelopeId, hex(32, 8) as EnvelopeId]],
      segments: [
        { seq: 1, prev: null, entries: [
          { flags: 1, lamportDelta: 5, sentAtDelta: 1_790_000_000_000, epoch: 0, headSet: 0, body: bytes(40, 9), signature: bytes(64, 10) },
          { flags: 2, lamportDelta: 1, sentAtDelta: -250, epoch: 0, headSet: 1, body: bytes(32, 11), signature: bytes(64, 12) }
        ] },
        { seq: 9, prev: hex(32, 13) as EnvelopeId, entries: [
          { flags: 0, lamportDelta: 700, sentAtDelta: 30_000, epoch: 0, headSet: 1, body: bytes(12, 14), signature: bytes(64, 15) }
        ] }
      ]
    }
  },
  ack: { type: 'ack', bytes: 262_144 },
  end: { type: 'end' },
  fork: { type: 'fork', device, first: bytes(3, 16), second: bytes(3, 17) },
  error: { type: 'error', code: 'busy' },
  register: { type: 'register', publicKey: bytes(32, 18) },
  done: { type: 'done' }
}

describe('the messages of version 1', () => {
  it.each(Object.entries(EXAMPLES))('%s is the same bytes for ever', (name, message) => {
    expect(toHex(encodeMessage(message))).toBe((golden as Record<string, string>)[name])
    expect(decodeMessage(fromHex((golden as Record<string, string>)[name] ?? ''))).toEqual(message)
  })

  it('has an example of each kind of refusal', () => {
    for (const code of ['no-access', 'unknown-room', 'busy', 'full', 'version'] as const) {
      expect(decodeMessage(encodeMessage({ type: 'error', code }))).toEqual({ type: 'error', code })
    }
  })
})

describe('reading what somebody else wrote', () => {
  const read = <T>(decode: (frame: Uint8Array) => T, frame: Uint8Array): T | string => {
    try {
      return decode(frame)
    } catch (error) {
      if (error instanceof WireError) return error.reason
      throw error
    }
  }
  /** The head of a run is read of a whole one as it is; of anything else, what the whole says. */
  const reasonOf = (frame: Uint8Array): string => {
    const head = read(decodeMessageHead, frame), message = read(decodeMessage, frame)
    if (typeof message === 'string') {
      // What is wrong with a run may stand behind its head.
      if (frame[0] !== 0x85 || frame[1] !== 4) expect(head).toBe(message)
      return message
    }
    expect(head).toEqual(message.type === 'run' ? { type: 'run', range: message.range, epochs: message.run.epochs } : message)
    return 'accepted'
  }
  const fieldsOf = (name: string): Cbor[] => decodeCbor(fromHex((golden as Record<string, string>)[name] ?? '')) as Cbor[]
  const changed = (name: string, at: number, value: Cbor): Uint8Array => encodeCbor(fieldsOf(name).with(at, value))

  it.each<[string, Uint8Array, string]>([
    ['another version', changed('hello', 1, 2), 'sync-version'],
    ['a proof that is too short', changed('hello', 4, bytes(63, 1)), 'malformed-proof'],
    ['digests of 31 buckets', changed('hello', 6, bytes(124, 1)), 'malformed-buckets'],
    ['digests of 64 buckets', changed('hello', 6, bytes(256, 1)), 'malformed-buckets'],
    ['digests of no bucket', changed('hello', 6, bytes(0, 1)), 'malformed-buckets'],
    ['a log that is the minus first of those listed', changed('vec of the caller', 4, [-1]), 'malformed-log'],
    ['a field too many', encodeCbor([...fieldsOf('same'), 1]), 'malformed-same'],
    ['ranges that overlap', changed('vec of the called', 4, [[bytes(32, 1), bytes(16, 1), [1, 5, 5, 9]]]), 'malformed-have'],
    ['ranges that touch', changed('vec of the called', 4, [[bytes(32, 1), bytes(16, 1), [1, 5, 6, 9]]]), 'malformed-have'],
    ['position 0', changed('vec of the called', 4, [[bytes(32, 1), bytes(16, 1), [0, 5]]]), 'malformed-have'],
    ['a log without ranges', changed('vec of the called', 4, [[bytes(32, 1), bytes(16, 1), []]]), 'malformed-have'],
    ['129 logs', changed('vec of the called', 4, Array.from({ length: 129 }, () => [bytes(32, 1), bytes(16, 1), [1, 5]])), 'too-many-logs'],
    ['a mask of 33 bits', changed('vec of the called', 2, 2 ** 32), 'malformed-mask'],
    ['a want of nothing', changed('want all', 3, []), 'malformed-ranges'],
    ['a want backwards', changed('want all', 3, [0, 9, 3]), 'malformed-ranges'],
    ['a want of a log that is not named', changed('want all', 3, [2, 1, 3]), 'malformed-ranges'],
    ['1025 ranges', changed('want all', 3, Array.from({ length: 1025 * 3 }, () => 1)), 'too-many-ranges'],
    ['an empty run', changed('run', 4, []), 'empty-run'],
    ['an unknown flag', changed('run', 4, [[2, bytes(32, 1), [[4, 1, 1, 0, 0, bytes(12, 1), bytes(64, 1)]]]]), 'malformed-flags'],
    ['a body without nonce', changed('run', 4, [[2, bytes(32, 1), [[0, 1, 1, 0, 0, bytes(11, 1), bytes(64, 1)]]]]), 'malformed-body'],
    ['a clock that stands still', changed('run', 4, [[2, bytes(32, 1), [[0, 0, 1, 0, 0, bytes(12, 1), bytes(64, 1)]]]]), 'malformed-delta'],
    ['a start with something before it', changed('run', 4, [[1, bytes(32, 1), [[0, 1, 1, 0, 0, bytes(12, 1), bytes(64, 1)]]]]), 'malformed-prev'],
    ['a fork of whole bodies', changed('fork', 2, bytes(1025, 1)), 'malformed-fork'],
    ['an unknown code', changed('error', 1, 99), 'unknown-error-code'],
    ['an unknown message', encodeCbor([11]), 'unknown-message'],
    ['something that is no list', encodeCbor('hello'), 'malformed-message'],
    ['a frame that is too long', new Uint8Array(FRAME_MAX_BYTES + 1), 'frame-too-long']
  ])('%s is a WireError', (_, frame, reason) => expect(reasonOf(frame)).toBe(reason))

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (frame) => { reasonOf(frame) }), { numRuns: 2000 })
  })

  it('never throws anything else, whatever the fields', () => {
    const field: fc.Arbitrary<Cbor> = fc.letrec<{ field: Cbor }>((tie) => ({
      field: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.maxSafeNat(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 5 }),
        fc.uint8Array({ maxLength: 70 }).map((array) => new Uint8Array(array)), fc.array(tie('field'), { maxLength: 8 }))
    })).field
    fc.assert(fc.property(fc.nat(11), fc.array(field, { maxLength: 7 }), (type, fields) => { reasonOf(encodeCbor([type, ...fields])) }), { numRuns: 2000 })
  })

  it('never throws anything else when a good message was damaged', () => {
    const frames = Object.values(golden).map(fromHex)
    fc.assert(fc.property(fc.nat(frames.length - 1), fc.nat(), fc.nat(255), fc.boolean(), (nth, at, byte, cut) => {
      const frame = frames[nth] ?? new Uint8Array()
      reasonOf(cut ? frame.slice(0, at % frame.length) : frame.with(at % frame.length, byte))
    }), { numRuns: 3000 })
  })

  it('never restores a run with anything else, whatever its numbers', () => {
    const run = EXAMPLES['run']
    if (run?.type !== 'run') throw new Error('the example is a run')
    const [entry] = run.run.segments[0]?.entries ?? []
    if (entry === undefined) throw new Error('the example has an entry')
    fc.assert(fc.property(fc.maxSafeInteger(), fc.maxSafeNat(), fc.nat(3), fc.nat(3), (sentAtDelta, lamportDelta, epoch, headSet) => {
      try {
        restoreRun({ ...run.run, segments: [{ seq: 1, prev: null, entries: [entry, { ...entry, sentAtDelta, lamportDelta, epoch, headSet }] }] }, ROOM, devTag)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }))
  })
})

describe('a run', () => {
  it('restores to the very envelopes it was made of', async () => {
    const alice = await createPerson()
    for (let i = 0; i < 12; i++) await alice.write({ kind: i % 3 === 0 ? 'operation' : 'message', lamport: i * 7 + 1, sentAt: 1_790_000_000_000 - i * 5 })
    for (const entries of [alice.log, alice.log.slice(4), alice.log.filter((_, i) => i % 3 === 0)]) {
      const frame = encodeMessage({ type: 'run', range: 0, run: elideRun(entries) })
      const message = decodeMessage(frame)
      if (message.type !== 'run') throw new Error('a run is a run')
      expect(restoreRun(message.run, ROOM, alice.devTag).flat().map(({ id }) => id)).toEqual(entries.map(({ id }) => id))
    }
  })
})
