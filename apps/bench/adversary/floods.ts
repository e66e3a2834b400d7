/**
 * Floods against a built node, each by a single attacker and each twice as large as what once stopped a node. They run in a process of
 * their own (`attack.ts`). An attack that is refused in the middle has failed as it should, and ends.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RoomTag } from '#shared/ids.ts'
import { encodeRequest, RENDEZVOUS_PROTOCOL, type Place } from '#shared/wire/rendezvous.ts'
import type { Mailbox } from '../../e2e/harness/mailbox.ts'
import { openLightClient, signUp, type LightClient } from '../../e2e/adversary/lib/light-client.ts'
import { gossipRpc, MESHSUB_PROTOCOL } from './gossip-rpc.ts'

export interface Target { origin: string, mailbox: Mailbox }

const MB = 1_000_000
/** As many as fit into one frame. */
const PLACES_PER_FRAME = 370
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Waits for one of these events, or for so long; leaves no listener behind. */
async function untilEither (socket: Socket, events: readonly string[], ms: number): Promise<void> {
  const over = new AbortController()
  const waits = events.map(async (event) => { await once(socket, event, { signal: over.signal }) })
  await Promise.race([...waits, pause(ms)]).catch(() => {})
  over.abort()
  await Promise.allSettled(waits)
}

/** A socket that has been upgraded to a WebSocket, unless it was refused. */
async function upgrade (origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin)
  const socket = connect({ host: hostname, port: Number(port), localAddress: '127.0.0.66' })
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nHost: parley\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
  await untilEither(socket, ['data', 'close'], 10_000)
  return socket
}

async function floodGossip (client: LightClient): Promise<void> {
  const stream = await client.connection.newStream(MESHSUB_PROTOCOL, { signal: AbortSignal.timeout(10_000) })
  for (let n = 0; n < 400; n++) {
    if (stream.status !== 'open') return
    if (!stream.send(gossipRpc('parley/1/nobody', 2000, 16))) await Promise.race([stream.onDrain(), pause(5000)])
  }
  await pause(1000)
}

export const floods = {
  /** 800,000 messages of 16 bytes on a topic that nobody uses, by somebody who has shown no passport. */
  async 'guest-gossip' ({ origin }: Target) {
    await using guest = await openLightClient(origin, { gossips: false })
    await floodGossip(guest)
  },
  /** The same by a signed-in device. */
  async 'account-gossip' (target: Target) {
    await using client = await openLightClient(target.origin, { account: await signUp(target, 'gossiper'), gossips: false })
    await floodGossip(client)
  },
  /** Twelve sockets that each announce a frame of 100 MiB and send 99 MB of it. */
  async 'large-frames' ({ origin }: Target) {
    const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x06, 0x40, 0, 0, 0, 0, 0, 0])
    await Promise.all(Array.from({ length: 12 }, async () => {
      const socket = await upgrade(origin)
      socket.write(header)
      const piece = Buffer.alloc(1 * MB)
      for (let sent = 0; sent < 99 && !socket.destroyed; sent++) {
        if (!socket.write(piece)) await untilEither(socket, ['drain', 'close'], 5000)
      }
      await untilEither(socket, ['close'], 1000)
      socket.destroy()
    }))
  },
  /** 120 rendezvous streams of one device, each of which registers hundreds of random rooms with false proofs, twice a second. */
  async 'rendezvous' (target: Target) {
    await using client = await openLightClient(target.origin, { account: await signUp(target, 'registrar'), gossips: false })
    const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    const key = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
    const somePlaces = (): Place[] => Array.from({ length: PLACES_PER_FRAME }, () => ({
      room: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex') as RoomTag,
      key,
      proof: crypto.getRandomValues(new Uint8Array(64)),
      invites: []
    }))
    await Promise.allSettled(Array.from({ length: 120 }, async () => {
      const stream = await client.openStream(RENDEZVOUS_PROTOCOL)
      for (let n = 0; n < 20; n++) {
        await stream.send(encodeRequest({ type: 'register', places: somePlaces() }))
        await pause(500)
      }
    }))
    await pause(1000)
  },
  /** 4,100 upgrades from one address that never say a word. */
  async 'idle-upgrades' ({ origin }: Target) {
    const sockets: Socket[] = []
    for (let n = 0; n < 41; n++) sockets.push(...await Promise.all(Array.from({ length: 100 }, async () => await upgrade(origin))))
    await pause(5000)
    for (const socket of sockets) socket.destroy()
  },
  /** A thousand requests whose headers come one byte at a time. */
  async 'slow-headers' ({ origin }: Target) {
    const { hostname, port } = new URL(origin)
    const text = 'GET /v1/info HTTP/1.1\r\nHost: parley\r\nX-Filler: '
    const sockets = Array.from({ length: 1000 }, () => connect({ host: hostname, port: Number(port), localAddress: '127.0.0.67' }).on('error', () => {}))
    for (let at = 0; at < 100; at++) {
      for (const socket of sockets) if (!socket.destroyed) socket.write(text[at] ?? 'a')
      await pause(100)
    }
    for (const socket of sockets) socket.destroy()
  }
} satisfies Record<string, (target: Target) => Promise<void>>

export type FloodName = keyof typeof floods
