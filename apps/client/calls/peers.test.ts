import { streamPair } from '@libp2p/utils'
import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import type { Mesh } from '../mesh/types.ts'
import { answerCallStream, openCallStream, type CallMessage, type CallStream } from '../protocols/call/index.ts'
import { NO_MEDIA, type CallEvent, type MediaFlags } from './machine.ts'
import { openBudgets } from '../testing/open-budgets.ts'
import type { LocalMedia } from './media/local.ts'
import { createPeers, type Peers } from './peers.ts'

const LOUNGE = '11'.repeat(16) as RoomTag
const ALICE = 'aa' as DeviceKey
const { signal: untilTheEnd } = new AbortController()

/** Bob's side of the signalling, and what it makes of what it hears. */
function bobListens ({ media = () => NO_MEDIA, open }: { media?: () => MediaFlags, open?: () => Promise<FrameStream> } = {}): { peers: Peers, events: CallEvent[] } {
  const events: CallEvent[] = []
  let streams = 0
  const peers = createPeers({
    mesh: { drop () {}, budgets: openBudgets(), open, reachable: signal(new Set()) } as unknown as Mesh,
    local: { tracks: signal({ microphone: null, camera: null, screen: null, screenSound: null }) } as unknown as LocalMedia,
    roomTag: LOUNGE, media, nextStream: () => ++streams, iceServers: [],
    isHiddenFrom: () => false, onNoRelay () {}, refusalOf: () => null, dispatch: (event) => { events.push(event) }, onChange () {}
  })
  return { peers, events }
}

/** Alice calls over a stream of her own. */
async function aliceCalls (peers: Peers): Promise<CallStream> {
  const [a, b] = (await streamPair()).map((stream) => createFrameStream(stream)) as [FrameStream, FrameStream]
  peers.answer(b, ALICE).catch(() => undefined)
  return await openCallStream(a, { roomTag: LOUNGE, media: NO_MEDIA, session: null }, { signal: untilTheEnd })
}
const heard = (events: readonly CallEvent[], type: CallEvent['type']): number => events.filter((event) => event.type === type).length

it('whoever says that they leave is gone at once', async () => {
  const { peers, events } = bobListens()
  const stream = await aliceCalls(peers)
  stream.end('left')
  await expect.poll(() => heard(events, 'ended')).toBe(1)
  expect(heard(events, 'absent')).toBe(1)
  peers.stop()
})

it('what an earlier stream says late does not end a call that goes on over a later one', async () => {
  const { peers, events } = bobListens()
  const before = await aliceCalls(peers)
  await aliceCalls(peers)
  await expect.poll(() => heard(events, 'called')).toBe(2)
  peers.run({ type: 'close-stream', device: ALICE, stream: 1 })
  before.end('left')
  await expect.poll(() => heard(events, 'ended')).toBe(1)
  expect(heard(events, 'absent')).toBe(0)
  peers.stop()
})

it('whoever leaves says so before the stream is over', async () => {
  const { peers, events } = bobListens()
  const stream = await aliceCalls(peers)
  await expect.poll(() => heard(events, 'called')).toBe(1)
  peers.stop()
  const said: CallMessage[] = []
  for await (const message of stream.messages()) said.push(message)
  expect(said).toEqual([{ type: 'bye', reason: 'left' }])
})

it('what is switched on while the stream is being opened is told over it', async () => {
  let media = NO_MEDIA
  const [a, b] = (await streamPair()).map((stream) => createFrameStream(stream)) as [FrameStream, FrameStream]
  const { peers } = bobListens({ media: () => media, open: () => Promise.resolve(b) })
  peers.run({ type: 'open', device: ALICE, stream: 1 })
  const stream = await answerCallStream(a, () => {
    media = { ...NO_MEDIA, microphone: true }
    peers.run({ type: 'tell-media', media })
    return { roomTag: LOUNGE, media: NO_MEDIA, session: null }
  }, { signal: untilTheEnd })
  expect(stream.hello.media).toEqual(NO_MEDIA)
  for await (const message of stream.messages()) {
    expect(message).toMatchObject({ type: 'media', media })
    break
  }
  peers.stop()
})
