import { streamPair } from '@libp2p/utils'
import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { createLimiter } from '../limits/index.ts'
import { createBrake, followReceiver, pace } from './pace.ts'

const DEVICE = '1'.repeat(64) as DeviceKey

describe('a stream that is read at its receiver\'s pace', () => {
  it('is not read on while too much waits to be sent, and is when that was sent', async () => {
    const [[, from], [, to]] = [await streamPair(), await streamPair()]
    followReceiver(from, to, createBrake(from), 1000)
    receive(from, 600)
    expect(from.readStatus).toBe('readable')
    receive(from, 600)
    expect(from.readStatus).toBe('paused')
    to.send(new Uint8Array(600))
    expect(from.readStatus).toBe('readable')
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

/** As if `bytes` had come over the wire. */
function receive (stream: Stream, bytes: number): void {
  stream.addEventListener('message', () => {})
  ;(stream as Stream & { onData(data: Uint8Array): void }).onData(new Uint8Array(bytes))
}
