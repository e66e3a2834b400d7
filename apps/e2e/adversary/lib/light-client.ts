/**
 * A device without an app: the product's transport, Noise, Yamux and gossip towards a built node, and nothing that keeps it polite. For
 * attacks that need a real handshake, and for load.
 *
 * @example
 * await using guest = await openLightClient(node.origin)            // has shown no passport
 * await using mallory = await openLightClient(node.origin, { account: await signUp(node, 'mallory') })
 * const stream = await mallory.openStream(RENDEZVOUS_PROTOCOL)
 */
import { gossipsub, StrictNoSign, type GossipSub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { DeviceKey } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { gossipMessageId } from '#shared/wire/gossip.ts'
import { decodeHello, encodeHello, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import { toDeviceKey } from '#shared/wire/peer-id.ts'
import { createWebCryptoKey } from '../../../client/mesh/webcrypto-key.ts'
import { createNodeApi, type NodeApi } from '../../../client/node-api/index.ts'
import type { Mailbox } from '../../harness/mailbox.ts'

export interface Account { email: string, deviceKey: CryptoKeyPair, api: NodeApi, passport: string }

/**
 * Signs a new account up at a node, by a real mail, with a device key of its own.
 * @param from the address that a proxy on this machine would name: many accounts at once come from many addresses
 */
export async function signUp (node: { origin: string, mailbox: Pick<Mailbox, 'nextCode'> }, name: string, from?: string): Promise<Account> {
  const email = `${name.toLowerCase()}@example.org`
  const deviceKey = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const api = createNodeApi({ origin: node.origin, deviceKey, ...(from === undefined ? {} : { fetch: fetchFrom(from) }) })
  await api.requestCode(email)
  const { passport } = await api.verifyCode({ email, code: await node.mailbox.nextCode(email), deviceLabel: `${name}'s device` })
  return { email, deviceKey, api, passport }
}

const fetchFrom = (address: string): typeof fetch => async (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set('x-forwarded-for', address)
  return await fetch(input, { ...init, headers })
}

export interface LightClient extends AsyncDisposable {
  readonly libp2p: Libp2p<{ pubsub: GossipSub }>
  readonly device: DeviceKey
  /** Raw public key of the node, 32 bytes. */
  readonly nodeKey: Uint8Array
  /** The connection to the node. */
  readonly connection: Connection
  /** Says hello, with the account's passport unless another is given. Resolves when the node has responded. */
  hello(passport?: string | null): Promise<void>
  /** A stream of whole frames over the connection to the node. */
  openStream(protocol: string): Promise<FrameStream>
}

export interface LightClientOptions {
  /** Shows its passport at once; without an account no hello is said. */
  account?: Account
  /** Takes part in gossip; default true. Without it gossipsub opens no stream, and an attack can open its own. */
  gossips?: boolean
  /** Where to dial, when it is not the address the node announces (a detour). */
  via?: string
  /** For connecting and for opening a stream; default 15,000. */
  timeoutMs?: number
}

const OPEN_TIME_LIMIT_MS = 15_000

export async function openLightClient (origin: string, { account, gossips = true, via = origin, timeoutMs = OPEN_TIME_LIMIT_MS }: LightClientOptions = {}): Promise<LightClient> {
  const deviceKey = account?.deviceKey ?? await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const { relayAddrs } = await createNodeApi({ origin: via, deviceKey }).info()
  const peer = relayAddrs[0]?.split('/p2p/')[1] ?? ''
  const { hostname, port } = new URL(via)
  const libp2p = await createLibp2p({
    privateKey: await createWebCryptoKey(deviceKey),
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { maxConnections: 2000, reconnectRetries: 0 },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(),
      ...(gossips
        ? { pubsub: gossipsub({
            emitSelf: false, allowPublishToZeroTopicPeers: true, fallbackToFloodsub: false, globalSignaturePolicy: StrictNoSign,
            msgIdFn: ({ topic, data }) => gossipMessageId(topic, data)
          }) }
        : {})
    }
  }) as unknown as Libp2p<{ pubsub: GossipSub }>
  const connection = await libp2p.dial(multiaddr(`/ip4/${hostname}/tcp/${port}/ws/p2p/${peer}`), { signal: AbortSignal.timeout(timeoutMs) })
  const openStream = async (protocol: string): Promise<FrameStream> =>
    createFrameStream(await connection.newStream(protocol, { signal: AbortSignal.timeout(timeoutMs), maxOutboundStreams: 100_000 }))
  const hello = async (passport: string | null = account?.passport ?? null): Promise<void> => {
    const stream = await openStream(HELLO_PROTOCOL)
    await stream.send(encodeHello(passport))
    const frame = await stream.receive()
    if (frame === null) throw new Error('the node said no hello')
    decodeHello(frame)
    await stream.close()
  }
  if (account !== undefined) await hello(account.passport)
  return {
    libp2p, connection, hello, openStream,
    device: toDeviceKey(libp2p.peerId)!,
    nodeKey: connection.remotePeer.publicKey!.raw,
    async [Symbol.asyncDispose] () { await libp2p.stop() }
  }
}
