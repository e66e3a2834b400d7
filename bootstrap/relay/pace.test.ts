import { pipe, streamPair } from '@libp2p/utils'
import type { Stream } from '@libp2p/interface'
import { describe, expect, it, vi } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { createLimiter } from '../limits/index.ts'
import { createBrake, followReceiver, pace, whenAffordable } from './pace.ts'

const DEVICE = '1'.repeat(64) as DeviceKey

const options = (changes: Partial<Parameters<typeof followReceiver>[3]> = {}): Parameters<typeof followReceiver>[3] => ({
  maxBytes: 2000, share: { count: () => {}, isPressed: () => false, close: () => {} }, standstillMs: 60_000, onStandstill: () => {}, ...changes
})

describe('a stream that is read at its receiver\'s pace', () => {
  it('is not read on while too much waits to be sent, and is when that was sent', async () => {
    const [[, from], [, to]] = [await streamPair(), await streamPair()]
    followReceiver(from, to, createBrake(from), options({ maxBytes: 2000 }))
    receive(from, 600)
    expect(from.readStatus).toBe('readable')
    receive(from, 600)
    expect(from.readStatus).toBe('paused')
    to.send(new Uint8Array(600))
    expect(from.readStatus).toBe('readable')
  })

  it('is not read on while what was handed over cannot be sent, and is when it was', async () => {
    const [[, from], [, to]] = [await streamPair(), await streamPair()]
    followReceiver(from, to, createBrake(from), options({ maxBytes: 2000 }))
    const full = vi.spyOn(to as Stream & { sendData(): unknown }, 'sendData').mockReturnValue({ sentBytes: 0, canSendMore: false })
    receive(from, 2400)
    to.send(new Uint8Array(2400))
    expect([from.readStatus, to.writeBufferLength]).toEqual(['paused', 2400])
    full.mockRestore()
    to.dispatchEvent(new Event('drain'))
    await expect.poll(() => [from.readStatus, to.writeBufferLength]).toEqual(['readable', 0])
  })

  it('goes on only when nothing holds it any more', async () => {
    const [, from] = await streamPair()
    const brake = createBrake(from)
    brake.hold('backlog')
    brake.hold('budget')
    brake.release('backlog')
    expect(from.readStatus).toBe('paused')
    brake.release('budget')
    expect(from.readStatus).toBe('readable')
  })

  it('is paused when its device has used up its budget, and goes on when it has some again', async () => {
    const [, from] = await streamPair()
    const limiter = createLimiter({ changes: { 'gossip-bytes': { burst: 100_000, perSecond: 1_000_000 } } })
    pace(from, createBrake(from), { limiter, limit: 'gossip-bytes', device: DEVICE })
    receive(from, 90_000)
    expect(from.readStatus).toBe('readable')
    receive(from, 60_000)
    expect(from.readStatus).toBe('paused')
    await expect.poll(() => from.readStatus).toBe('readable')
    expect(limiter.refusals.get('gossip-bytes')).toBeGreaterThan(0)
  })
})

describe('what was read of a stream', () => {
  /** Gives pieces as they are added. */
  function createSource (): { add(...pieces: number[]): void, pieces: AsyncIterable<number> } {
    const waiting: number[] = []
    let more = Promise.withResolvers<undefined>()
    return {
      add (...pieces) {
        waiting.push(...pieces)
        more.resolve(undefined)
      },
      pieces: (async function * () {
        for (;;) {
          while (waiting.length > 0) yield waiting.shift()!
          more = Promise.withResolvers()
          await more.promise
        }
      })()
    }
  }

  it('is handed on as its device may, and holds the stream until all of it was; the rest goes with it', async () => {
    const [, from] = await streamPair()
    from.addEventListener('message', () => {})
    let nowMs = 0
    const limiter = createLimiter({ changes: { 'gossip-messages': { burst: 2, perSecond: 1000 } }, now: () => nowMs })
    const source = createSource()
    const got: number[] = []
    const reading = (async () => {
      const budget = { limiter, limit: 'gossip-messages', device: DEVICE } as const
      for await (const piece of whenAffordable(source.pieces, from, createBrake(from), budget)) {
        limiter.take('gossip-messages', DEVICE)
        got.push(piece)
      }
    })()
    source.add(0, 1, 2, 3, 4)
    await expect.poll(() => [got, from.readStatus]).toEqual([[0, 1], 'paused'])
    nowMs += 2
    await expect.poll(() => got).toEqual([0, 1, 2, 3])
    expect(from.readStatus).toBe('paused')
    nowMs += 2
    await expect.poll(() => [got, from.readStatus]).toEqual([[0, 1, 2, 3, 4], 'readable'])
    expect(limiter.refusals.get('gossip-messages')).toBe(1)

    source.add(5, 6)
    await expect.poll(() => [got.at(-1), from.readStatus]).toEqual([5, 'paused'])
    from.abort(new Error('that was all'))
    await reading
    expect(got.at(-1)).toBe(5)
  })
})

describe('libp2p with our patch of @libp2p/utils (npm run setup)', () => {
  it('asks a sender for no more when a stream is paused again by what had waited in it', async () => {
    const [, from] = await streamPair()
    const asked = vi.spyOn(from as Stream & { sendResume(): void }, 'sendResume')
    receive(from, 1)
    from.addEventListener('message', () => from.pause())
    from.pause()
    receive(from, 1)
    from.resume()
    expect([from.readStatus, asked.mock.calls.length]).toEqual(['paused', 0])
    from.resume()
    expect([from.readStatus, asked.mock.calls.length]).toEqual(['readable', 1])
  })

  it('passes on what a paused stream had received before its end', async () => {
    const [to, from] = await streamPair()
    let got = 0
    const piped = pipe(from, async (source: AsyncIterable<{ byteLength: number }>) => { for await (const { byteLength } of source) got += byteLength })
    from.pause()
    to.send(new Uint8Array(1000))
    await to.close()
    await expect.poll(() => [from.remoteWriteStatus, from.readBufferLength]).toEqual(['closed', 1000])
    from.resume()
    await piped
    expect(got).toBe(1000)
  })
})

/** As if `bytes` had come over the wire. */
function receive (stream: Stream, bytes: number): void {
  stream.addEventListener('message', () => {})
  ;(stream as Stream & { onData(data: Uint8Array): void }).onData(new Uint8Array(bytes))
}
