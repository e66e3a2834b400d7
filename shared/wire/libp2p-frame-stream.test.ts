import { streamPair } from '@libp2p/utils'
import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import type { FrameStream } from './frame-stream.ts'
import { createFrameStream } from './libp2p-frame-stream.ts'

async function createPair (options: { maxFrameBytes?: number } = {}): Promise<[FrameStream, FrameStream]> {
  const [outbound, inbound] = await streamPair()
  return [createFrameStream(outbound, options), createFrameStream(inbound, options)]
}

const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill)

describe('frames over a libp2p stream', () => {
  it('brings Bob what Alice sent, whole and in order, whatever the lengths', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 8 }), async (lengths) => {
      const [alice, bob] = await createPair()
      for (const [index, length] of lengths.entries()) await alice.send(bytes(length, index))
      await alice.close()
      for (const [index, length] of lengths.entries()) expect(await bob.receive({ timeoutMs: 5000 })).toEqual(bytes(length, index))
      expect(await bob.receive({ timeoutMs: 5000 })).toBeNull()
      bob.abort(new Error('done'))
    }), { numRuns: 20 })
  })

  it('puts a frame together that arrives byte by byte', async () => {
    const [raw, other] = await streamPair()
    const bob = createFrameStream(other)
    const received = bob.receive({ timeoutMs: 5000 })
    for (const byte of [0x80, 0x01, ...bytes(128)]) raw.send(Uint8Array.of(byte))
    expect(await received).toEqual(bytes(128))
  })

  it('refuses a frame above the limit by its length alone, before the bytes come', async () => {
    const [raw, other] = await streamPair()
    const bob = createFrameStream(other, { maxFrameBytes: 1000 })
    const received = bob.receive({ timeoutMs: 5000 })
    raw.send(Uint8Array.of(0xe9, 0x07))
    await expect(received).rejects.toMatchObject({ reason: 'frame-too-long' })
    expect(other.status).toBe('aborted')
    await expect(bob.receive()).rejects.toMatchObject({ reason: 'frame-too-long' })
  })

  it('refuses a length that never ends', async () => {
    const [raw, other] = await streamPair()
    const bob = createFrameStream(other)
    const received = bob.receive({ timeoutMs: 5000 })
    raw.send(bytes(5, 0xff))
    await expect(received).rejects.toMatchObject({ reason: 'frame-too-long' })
  })

  it('tells when the other side closes in the middle of a frame', async () => {
    const [raw, other] = await streamPair()
    const bob = createFrameStream(other)
    const received = bob.receive({ timeoutMs: 5000 })
    raw.send(Uint8Array.of(10, 1, 2))
    await raw.close()
    await expect(received).rejects.toMatchObject({ reason: 'frame-cut-off' })
  })

  it('does not send what is above the limit', async () => {
    const [alice] = await createPair({ maxFrameBytes: 10 })
    await expect(alice.send(bytes(11))).rejects.toMatchObject({ reason: 'frame-too-long' })
  })

  it('sends frames that are given together in one write, and none of them when one is above the limit', async () => {
    const [raw, other] = await streamPair()
    const alice = createFrameStream(raw, { maxFrameBytes: 200 }), bob = createFrameStream(other)
    const pieces: number[] = []
    other.addEventListener('message', ({ data }) => pieces.push(data.byteLength))
    await expect(alice.send(bytes(3), bytes(201))).rejects.toMatchObject({ reason: 'frame-too-long' })
    await alice.send(bytes(1, 1), bytes(0), bytes(200, 2))
    for (const sent of [bytes(1, 1), bytes(0), bytes(200, 2)]) expect(await bob.receive({ timeoutMs: 5000 })).toEqual(sent)
    expect(pieces).toEqual([205])
  })

  it('gives up waiting after the time that was given, and drops the stream', async () => {
    const [alice, bob] = await createPair()
    await expect(bob.receive({ timeoutMs: 20 })).rejects.toMatchObject({ reason: 'timeout' })
    await expect(alice.receive({ timeoutMs: 5000 })).rejects.toThrow()
  })

  it('stops at once when its signal is aborted', async () => {
    const [, bob] = await createPair()
    const controller = new AbortController()
    const received = bob.receive({ signal: controller.signal })
    controller.abort(new Error('Bob left'))
    await expect(received).rejects.toThrow('Bob left')
  })

  it('stops reading while nobody receives, and loses nothing by it', async () => {
    const [raw, other] = await streamPair()
    const bob = createFrameStream(other, { maxFrameBytes: 1000 })
    for (let n = 0; n < 50; n++) raw.send(new Uint8ArrayList(Uint8Array.of(100), bytes(100, n)))
    await expect.poll(() => other.readStatus).toBe('paused')
    await raw.close()
    for (let n = 0; n < 50; n++) expect(await bob.receive({ timeoutMs: 5000 })).toEqual(bytes(100, n))
    expect(await bob.receive({ timeoutMs: 5000 })).toBeNull()
  })

  it('does not take a stream for closed that was reset before anybody looked', async () => {
    const [raw, other] = await streamPair()
    raw.abort(new Error('not for you'))
    await expect.poll(() => other.status).toBe('reset')
    await expect(createFrameStream(other).receive()).rejects.toThrow('reset')
  })

  it('closes and aborts twice without harm', async () => {
    const [alice, bob] = await createPair()
    await alice.close()
    await alice.close()
    await expect(alice.send(bytes(1))).rejects.toThrow('closed')
    bob.abort(new Error('enough'))
    bob.abort(new Error('enough'))
  })
})
