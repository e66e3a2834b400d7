import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, type DeviceKey, type EpochId, type RoomTag } from '#shared/ids.ts'
import { encodeCbor, WireError } from '#shared/wire/cbor.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { askForKeys, createKeysAnswerer, type KeysBundle } from './index.ts'
import { decodeKeysMessage, encodeKeysMessage, type KeysMessage } from './messages.ts'

const signal = new AbortController().signal
const ROOM = '11'.repeat(16) as RoomTag
const EPOCH = '22'.repeat(16) as EpochId
/** The id of an epoch in a room that began with protocol 3 or later. */
const LONG_EPOCH = '22'.repeat(32) as EpochId
const [ALICE, BOB] = ['aa'.repeat(32) as DeviceKey, 'bb'.repeat(32) as DeviceKey]
const bytes = (length: number, fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill)
const BUNDLE: KeysBundle = { ephemeral: bytes(32, 1), wrap: bytes(48, 2), sealedKeys: bytes(3, 3) }

const GOLDEN: [KeysMessage, string][] = [
  [{ type: 'ask', roomTag: ROOM, epochIds: [EPOCH] }, `84000150${'11'.repeat(16)}8150${'22'.repeat(16)}`],
  [{ type: 'ask', roomTag: ROOM, epochIds: [LONG_EPOCH] }, `84000150${'11'.repeat(16)}815820${'22'.repeat(32)}`],
  [{ type: 'keys', ...BUNDLE }, `84015820${'01'.repeat(32)}5830${'02'.repeat(48)}43030303`],
  [{ type: 'none' }, '8102']
]

describe('frames', () => {
  it.each(GOLDEN)('%o have one form for good', (message, hex) => {
    expect(toHex(encodeKeysMessage(message))).toBe(hex)
    expect(decodeKeysMessage(encodeKeysMessage(message))).toEqual(message)
  })

  it.each([
    ['another version', [0, 2, bytes(16, 1), [bytes(16, 2)]]], ['no epochs', [0, 1, bytes(16, 1), []]],
    ['too many epochs', [0, 1, bytes(16, 1), Array.from({ length: 65 }, () => bytes(16, 2))]], ['an epoch of another length', [0, 1, bytes(16, 1), [bytes(24, 2)]]], ['a short wrap', [1, bytes(32, 1), bytes(47, 2), bytes(1, 3)]],
    ['an unknown type', [9]], ['no type', []]
  ])('%s are refused', (_what, fields) => {
    expect(() => decodeKeysMessage(encodeCbor(fields))).toThrow(WireError)
  })

  it('answer anything else with a WireError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      try {
        decodeKeysMessage(noise)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }))
  })
})

describe('asking', () => {
  const ask = async (answer: ReturnType<typeof createKeysAnswerer>, asker: DeviceKey): Promise<KeysBundle | null> => {
    const pair = createFramePair()
    const [bundle] = await Promise.all([askForKeys(pair.a, { roomTag: ROOM, epochIds: [EPOCH], signal }), answer(pair.b, asker)])
    return bundle
  }

  it('brings what the other device gives, and nothing where it has nothing to give', async () => {
    const answer = createKeysAnswerer({
      signal,
      answerOf: (roomTag, epochIds, asker) => Promise.resolve(roomTag === ROOM && epochIds[0] === EPOCH && asker === ALICE ? BUNDLE : null)
    })
    expect(await ask(answer, ALICE)).toEqual(BUNDLE)
    expect(await ask(answer, BOB)).toBeNull()
  })

  it('too often brings nothing any more, for this device only and for a minute', async () => {
    let now = 0
    const answer = createKeysAnswerer({ signal, now: () => now, answerOf: () => Promise.resolve(BUNDLE) })
    for (let i = 0; i < 6; i++) expect(await ask(answer, ALICE)).toEqual(BUNDLE)
    expect([await ask(answer, ALICE), await ask(answer, BOB)]).toEqual([null, BUNDLE])
    now = 60_001
    expect(await ask(answer, ALICE)).toEqual(BUNDLE)
  })
})
