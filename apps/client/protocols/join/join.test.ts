/** A welcome with more keys than one frame carries. */
import { expect, it } from 'vitest'
import { toHex, type DeviceKey, type InviteId, type RoomTag } from '#shared/ids.ts'
import { MORE_KEYS_MAX_BYTES, MORE_KEYS_MAX_PARTS, OPERATION_MAX_BYTES, SEALED_KEYS_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor } from '#shared/wire/cbor.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerJoiner, askToJoin, JOIN_FRAME_MAX_BYTES, type Welcome } from './index.ts'
import { decodeJoinMessage, encodeJoinMessage } from './messages.ts'

const bytes = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value)
const device = 'ab'.repeat(32) as DeviceKey
const roomTag = '11'.repeat(16) as RoomTag, inviteId = '22'.repeat(16) as InviteId
const entry = { envelope: bytes(5, 1), device }

/** What a joiner comes to by a welcome. */
async function join (welcome: Welcome): Promise<Welcome> {
  const { a, b } = createFramePair({ maxFrameBytes: JOIN_FRAME_MAX_BYTES })
  const { signal } = new AbortController()
  const proof = { accessKey: bytes(32, 1), signature: bytes(64, 2) }
  const answering = answerJoiner(b, device, {
    signal,
    admissionOf: () => ({ prove: () => Promise.resolve(proof), check: () => null, admit: () => Promise.resolve(welcome) })
  })
  const asking = askToJoin(a, {
    roomTag, inviteId, signal, isProven: () => Promise.resolve(true),
    prove: () => Promise.resolve({ member: bytes(10, 3), signature: bytes(64, 4) })
  })
  const [reply] = await Promise.all([asking, answering])
  if (reply === 'pending' || 'refused' in reply) throw new Error('let in')
  return reply
}

const welcome: Welcome = {
  ephemeral: bytes(32, 1), wrap: bytes(48, 2), sealedKeys: bytes(60, 3), moreKeys: [], entries: [entry, entry, entry]
}

it('brings all keys to the joiner, the further ones beside the entries', async () => {
  const moreKeys = [bytes(MORE_KEYS_MAX_BYTES, 4), bytes(7, 5)]
  const longest = { envelope: bytes(OPERATION_MAX_BYTES, 6), device }
  const large = { ...welcome, sealedKeys: bytes(SEALED_KEYS_MAX_BYTES, 3), moreKeys, entries: [longest, entry, entry] }
  expect(await join(large)).toEqual(large)
})

it('is as it was where one frame is enough, byte by byte', async () => {
  expect(toHex(encodeJoinMessage({ type: 'entry', ...entry }))).toBe(`830545${'01'.repeat(5)}5820${device}`)
  expect(await join(welcome)).toEqual(welcome)
})

it('is read by a version that knows of no further keys, and one that knows ignores what comes later', () => {
  const encoded = encodeJoinMessage({ type: 'entry', ...entry, moreKeys: bytes(9, 9) })
  const [type, envelope, author] = decodeCbor(encoded) as [number, Uint8Array, Uint8Array]
  expect([type, new Uint8Array(envelope), toHex(author)]).toEqual([5, entry.envelope, device])
  expect(decodeJoinMessage(encodeCbor([5, entry.envelope, bytes(32, 1), bytes(9, 9), 'later'])))
    .toMatchObject({ moreKeys: bytes(9, 9) })
})

it('is refused by the joiner where it has more parts than the largest room', async () => {
  const parts = Array.from({ length: MORE_KEYS_MAX_PARTS + 1 }, () => bytes(1, 1))
  const tooLarge = { ...welcome, moreKeys: parts, entries: parts.map(() => entry) }
  await expect(join(tooLarge)).rejects.toMatchObject({ reason: 'too-many-keys' })
})
