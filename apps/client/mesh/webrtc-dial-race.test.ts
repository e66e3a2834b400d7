/**
 * The carried patch of @libp2p/webrtc (docs/adr/0003): the other end closes the 'init' data channel as soon as it is connected, so our side
 * must not wait for an 'open' or a 'close' that has come and gone. Both versions of the very file are run here, the unpatched one being
 * what the patch makes of it backwards; the peer connection is a stand-in, since the race is in the order of its events.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pbStream, streamPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unapplyPatch } from '../testing/unapply-patch.ts'

const root = join(import.meta.dirname, '../../..')
const target = join(root, 'node_modules/@libp2p/webrtc/dist/src/private-to-private/initiate-connection.js')
const patch = join(root, 'patches/@libp2p+webrtc+6.0.33.patch')

type Initiate = (options: object) => Promise<{ remoteAddress: unknown }>
interface Versions { patched: Initiate, unpatched: Initiate }
let folder = ''
let versions: Versions
let current: FakePeerConnection

class FakeChannel extends EventTarget {
  readyState = 'connecting'
  /** `later`: the event of closing comes after a turn, as in a browser. */
  private readonly closes: 'at once' | 'later'
  constructor (closes: 'at once' | 'later') {
    super()
    this.closes = closes
  }

  become (state: string): this {
    this.readyState = state
    if (state === 'open') this.dispatchEvent(new Event('open'))
    if (state === 'closed') this.dispatchEvent(new Event('close'))
    return this
  }

  close (): void {
    if (this.readyState === 'closed' || this.readyState === 'closing') return
    if (this.closes === 'at once') this.become('closed')
    else setTimeout(() => this.become('closing').become('closed'))
  }
}

class FakePeerConnection extends EventTarget {
  connectionState = 'connected'
  private readonly channel: FakeChannel
  constructor (channel: FakeChannel) {
    super()
    this.channel = channel
  }

  createDataChannel (): FakeChannel { return this.channel }
  createOffer (): Promise<object> { return Promise.resolve({ type: 'offer', sdp: 'offer' }) }
  setLocalDescription (): Promise<void> { return Promise.resolve() }
  setRemoteDescription (): Promise<void> { return Promise.resolve() }
  close (): void { this.connectionState = 'closed' }
}

beforeAll(async () => {
  // Below node_modules, so that the names of packages resolve.
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
  folder = await mkdtemp(join(root, 'node_modules/.cache/patch-test-'))
  Object.assign(globalThis, {
    parleyFakeWebRtc: { RTCPeerConnection: function () { return current }, RTCSessionDescription: Object }
  })
  const source = await readFile(target, 'utf8')
  const before = unapplyPatch(source, await readFile(patch, 'utf8'), 'initiate-connection.js')
  versions = { patched: await load(source, 'patched.mjs'), unpatched: await load(before, 'unpatched.mjs') }
})

afterAll(async () => await rm(folder, { recursive: true }))

/** Runs a version of the file where its imports still resolve, with the stand-in for WebRTC. */
async function load (source: string, name: string): Promise<Initiate> {
  const standIn = 'const { RTCPeerConnection, RTCSessionDescription } = globalThis.parleyFakeWebRtc'
  const code = source
    .replace(/import \{ RTCPeerConnection, RTCSessionDescription \} from .*;/, standIn)
    .replaceAll(/from "(\..+?)"/g, (_all, path: string) => `from ${JSON.stringify(pathToFileURL(join(dirname(target), path)).href)}`)
  const path = join(folder, name)
  await writeFile(path, code)
  return (await import(pathToFileURL(path).href) as { initiateConnection: Initiate }).initiateConnection
}

/** Dials by one version; the other end answers the offer at once. */
async function dial (version: keyof Versions, channel: FakeChannel, signal = AbortSignal.timeout(5000)): Promise<unknown> {
  current = new FakePeerConnection(channel)
  const [ours, theirs] = await streamPair()
  const { Message } = await import(pathToFileURL(join(dirname(target), 'pb/message.js')).href) as { Message: never }
  const signalling = pbStream(theirs).pb<{ type: string, data: string }>(Message)
  const answered = signalling.read().then(async () => await signalling.write({ type: 'SDP_ANSWER', data: 'answer' }))
  const log = Object.assign(() => {}, { trace () {}, error () {}, newScope: () => log })
  const dialled = versions[version]({
    multiaddr: multiaddr('/ip4/127.0.0.1/tcp/1/ws/p2p-circuit/webrtc/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5'),
    connectionManager: { getConnections: () => [{ newStream: () => Promise.resolve(ours) }] },
    signal, log
  })
  await answered
  return await dialled
}

const SITUATIONS: [what: string, make: () => FakeChannel][] = [
  ['opens, then closes when asked to', () => {
    const channel = new FakeChannel('later')
    setTimeout(() => channel.become('open'), 20)
    return channel
  }],
  ['is closing already', () => {
    const channel = new FakeChannel('later').become('closing')
    setTimeout(() => channel.become('closed'), 20)
    return channel
  }],
  ['is closed already', () => new FakeChannel('later').become('closed')],
  ['closes without ever having opened', () => {
    const channel = new FakeChannel('later')
    setTimeout(() => channel.become('closed'), 20)
    return channel
  }],
  ['closes at once when asked to', () => new FakeChannel('at once').become('open')]
]

describe('a dial over WebRTC, patched', () => {
  it.each(SITUATIONS)('succeeds when the init channel %s', async (_what, make) => {
    expect(await dial('patched', make())).toHaveProperty('remoteAddress')
  })
})

describe('a dial over WebRTC, unpatched', () => {
  it('succeeds in the one order it expects', async () => {
    expect(await dial('unpatched', SITUATIONS[0]![1]())).toHaveProperty('remoteAddress')
  })

  it.each(SITUATIONS.slice(1))('hangs when the init channel %s: while it does, the patch is needed', async (_what, make) => {
    await expect(dial('unpatched', make(), AbortSignal.timeout(200))).rejects.toThrow()
  })
})
