/**
 * Random and mutated bytes for each layer of the node's open port, from a seed: HTTP, WebSocket frames, multistream-select, Noise, Yamux, and the
 * protocols inside. Each connection sends what is right up to its layer and what is wrong from there.
 *
 * @example
 * const random = createRandom(42)
 * await using attacker = await openFuzzer(node.origin, random)
 * for (let i = 0; i < 300; i++) await attacker.strike(layerNames[i % layerNames.length], { from: '127.0.0.40' })
 */
import { noise } from '@libp2p/noise'
import type { Connection, Libp2p, MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import { SYNC_PROTOCOL } from '#shared/wire/sync/messages.ts'
import { comeFrom, type Detour } from './from-address.ts'
import { frame, openRawSocket, openTcp, whenClosed } from './raw-socket.ts'

/** 32 random bits per call (mulberry32). */
export type Random = () => number

export function createRandom (seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = state + 0x6d2b79f5 >>> 0
    let value = Math.imul(state ^ state >>> 15, state | 1)
    value ^= value + Math.imul(value ^ value >>> 7, value | 61)
    return (value ^ value >>> 14) >>> 0
  }
}

const below = (random: Random, count: number): number => random() % count
const randomBytes = (random: Random, length: number): Buffer => Buffer.from(Array.from({ length }, () => random() & 0xff))

/** Flips, cuts, repeats or inserts a few times. */
export function mutate (random: Random, bytes: Uint8Array): Buffer {
  let out = Buffer.from(bytes)
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const at = below(random, out.length + 1)
    switch (below(random, 4)) {
      case 0: if (at < out.length) out[at] = random() & 0xff; break
      case 1: out = out.subarray(0, at); break
      case 2: out = Buffer.concat([out.subarray(0, at), randomBytes(random, 1 + below(random, 20)), out.subarray(at)]); break
      default: out = Buffer.concat([out, out.subarray(at)])
    }
  }
  return out
}

const line = (text: string): Buffer => Buffer.concat([Buffer.of(text.length + 1), Buffer.from(`${text}\n`)])
const MULTISTREAM = Buffer.concat([line('/multistream/1.0.0'), line('/noise')])
const UPGRADE = Buffer.from('GET / HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
const withLength = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes])

/** A frame of Yamux: version, type, flags, stream, length, all plausible but for what is mutated. */
function yamuxFrame (random: Random): Buffer {
  const header = Buffer.alloc(12)
  header[1] = below(random, 4)
  header.writeUInt16BE(1 << below(random, 4), 2)
  header.writeUInt32BE(below(random, 6), 4)
  header.writeUInt32BE(below(random, 3) === 0 ? random() : below(random, 64), 8)
  return Buffer.concat([header, randomBytes(random, below(random, 64))])
}

/** Sockets that the node has a right to wait on are not waited for. */
const PATIENCE_MS = 300
const patience = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS) })

const PROTOCOLS = [
  HELLO_PROTOCOL, RENDEZVOUS_PROTOCOL, '/ipfs/ping/1.0.0', '/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', '/libp2p/circuit/relay/0.2.0/hop', '/meshsub/1.2.0',
  SYNC_PROTOCOL
]

type Layer = 'http' | 'websocket' | 'multistream' | 'noise' | 'yamux' | 'protocol'
export const layerNames: readonly Layer[] = ['http', 'websocket', 'multistream', 'noise', 'yamux', 'protocol']

export interface Fuzzer extends AsyncDisposable {
  /** Makes one connection that goes wrong at a layer. Resolves when it has ended, by the node or after a moment. */
  strike(layer: Layer, options?: { from?: string }): Promise<void>
}

export async function openFuzzer (origin: string, random: Random): Promise<Fuzzer> {
  // A multiplexer that writes what it likes after a real Noise handshake.
  const hostileMuxer = (): StreamMuxerFactory => ({
    protocol: '/yamux/1.0.0',
    createStreamMuxer (stream: MessageStream): StreamMuxer {
      const muxer = (yamux({ enableKeepAlive: false })() as StreamMuxerFactory).createStreamMuxer(stream)
      for (let count = 1 + below(random, 5); count > 0; count--) stream.send(mutate(random, yamuxFrame(random)))
      return muxer
    }
  })
  const open = async (streamMuxer: () => StreamMuxerFactory): Promise<Libp2p> => await createLibp2p({
    transports: [webSockets()], connectionEncrypters: [noise()], streamMuxers: [streamMuxer],
    connectionMonitor: { enabled: false }, connectionGater: { denyDialMultiaddr: () => false }, connectionManager: { reconnectRetries: 0 }
  })
  const [byMuxer, byProtocol] = [await open(hostileMuxer), await open(yamux())]
  /** By the address that connections through them come from. */
  const detours = new Map<string, Promise<Detour>>()
  const originFrom = async (from: string): Promise<string> => {
    const detour = detours.get(from) ?? comeFrom(from, origin)
    detours.set(from, detour)
    return (await detour).origin
  }
  const dial = async (client: Libp2p, from: string | undefined): Promise<Connection> => {
    const { hostname, port } = new URL(from === undefined ? origin : await originFrom(from))
    return await client.dial(multiaddr(`/ip4/${hostname}/tcp/${port}/ws`), { force: true, signal: AbortSignal.timeout(10_000) })
  }

  const overSocket = async (from: string | undefined, bytes: Buffer[]): Promise<void> => {
    const raw = await openRawSocket(origin, from === undefined ? {} : { from })
    for (const chunk of bytes) raw.socket.write(chunk)
    await Promise.race([raw.closed, patience()])
    raw.socket.destroy()
  }
  const frames = (bytes: Buffer): Buffer[] => [frame(bytes.subarray(0, 0xffff))]

  const strikes: Record<Layer, (from?: string) => Promise<void>> = {
    async http (from) {
      const socket = await openTcp(origin, from === undefined ? {} : { from })
      const closed = whenClosed(socket)
      socket.write(below(random, 3) === 0 ? randomBytes(random, 1 + below(random, 400)) : mutate(random, UPGRADE))
      await Promise.race([closed, patience()])
      socket.destroy()
    },
    websocket: (from) => overSocket(from, [below(random, 3) === 0 ? randomBytes(random, 1 + below(random, 300)) : mutate(random, frame(MULTISTREAM))]),
    multistream: (from) => overSocket(from, frames(below(random, 3) === 0 ? randomBytes(random, 1 + below(random, 300)) : mutate(random, MULTISTREAM))),
    // Any 32 bytes are a key of X25519: the node responds, and the next message is garbage.
    noise: (from) => overSocket(from, [
      ...frames(MULTISTREAM), ...frames(withLength(randomBytes(random, below(random, 2) === 0 ? 32 : below(random, 200)))),
      ...frames(mutate(random, withLength(randomBytes(random, below(random, 300)))))
    ]),
    async yamux (from) {
      const connection = await dial(byMuxer, from)
      await Promise.race([new Promise((resolve) => { connection.addEventListener('close', resolve) }), patience()])
      connection.abort(new Error('that was all'))
    },
    async protocol (from) {
      const connection = await dial(byProtocol, from)
      const stream = await connection.newStream(PROTOCOLS[below(random, PROTOCOLS.length)]!, { signal: AbortSignal.timeout(5000) })
      const ended = new Promise((resolve) => { stream.addEventListener('close', resolve) })
      stream.send(mutate(random, randomBytes(random, 1 + below(random, 300))))
      await Promise.race([ended, patience()])
      connection.abort(new Error('that was all'))
    }
  }

  return {
    // What the node refuses may fail here in any way: it is looked at from outside.
    strike: (layer, { from } = {}) => strikes[layer](from).catch(() => undefined),
    async [Symbol.asyncDispose] () {
      await Promise.all([byMuxer.stop(), byProtocol.stop()])
      for (const detour of detours.values()) await (await detour)[Symbol.asyncDispose]()
    }
  }
}
