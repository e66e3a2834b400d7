import { streamPair } from '@libp2p/utils'
import { afterEach, expect, it, vi } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerCallStream, CallRefused, openCallStream, type CallHello, type CallMessage, type CallStream } from './index.ts'

const { signal } = new AbortController()
const media = { microphone: true, camera: false, screen: false, hand: false, recording: false }
const hello: CallHello = { roomTag: '11'.repeat(16) as RoomTag, media, session: null }
const offer: CallMessage = { type: 'offer', round: 1, session: 'ab'.repeat(8), sdp: 'v=0' }

it('an offer can follow the hello before the other side has answered it, and is heard after it', async () => {
  const { a, b } = createFramePair()
  const opening = openCallStream(a, hello, { signal, onSaid: (send) => send(offer) })
  // Frames that are there already; nothing was answered yet.
  const answering = await answerCallStream(b, () => hello, { signal })
  expect(answering.hello).toEqual(hello)
  expect((await answering.messages().next()).value).toEqual(offer)
  expect((await opening).hello).toEqual(hello)
})

it('whoever is refused hears why, whatever they said early', async () => {
  const { a, b } = createFramePair()
  const opening = openCallStream(a, hello, { signal, onSaid: (send) => send(offer) })
  await expect(answerCallStream(b, () => 'not-in-call', { signal })).rejects.toThrow(CallRefused)
  await expect(opening).rejects.toThrow(expect.objectContaining({ reason: 'not-in-call' }))
})

afterEach(() => { vi.useRealTimers() })

it('a call in which nothing changes keeps its stream for as long as it lasts', async () => {
  const { alice, bob } = await realStreams()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const heard = bob.messages().next()
  await vi.advanceTimersByTimeAsync(3_600_000)
  alice.send(offer)
  await vi.advanceTimersByTimeAsync(1)
  expect((await heard).value).toEqual(offer)
})

it('a stream that one side ends is closed on both', async () => {
  const { alice, bob, raw } = await realStreams()
  const both = Promise.all([listen(alice), listen(bob)])
  alice.end('left')
  await both
  await vi.waitFor(() => expect(raw.map(({ status }) => status)).toEqual(['closed', 'closed']))
})

it('a stream that the other side does not close is closed for it', async () => {
  const { alice, raw } = await realStreams()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  alice.end('left')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(raw[0].status).toBe('aborted')
})

it('whoever hears that they are refused holds no stream open', async () => {
  const [outbound, inbound] = await streamPair()
  const answering = answerCallStream(createFrameStream(inbound), () => 'not-in-call', { signal })
  await expect(openCallStream(createFrameStream(outbound), hello, { signal })).rejects.toThrow(CallRefused)
  await expect(answering).rejects.toThrow(CallRefused)
  await vi.waitFor(() => expect([outbound.status, inbound.status]).toEqual(['aborted', 'reset']))
})

async function realStreams (): Promise<{ alice: CallStream, bob: CallStream, raw: Awaited<ReturnType<typeof streamPair>> }> {
  const raw = await streamPair()
  const answering = answerCallStream(createFrameStream(raw[1]), () => hello, { signal })
  return { alice: await openCallStream(createFrameStream(raw[0]), hello, { signal }), bob: await answering, raw }
}

async function listen (stream: CallStream): Promise<void> {
  for await (const message of stream.messages()) if (message.type === 'bye') return
}
