/** The two ends of a session: handshake, then both halves over one stream. The flow is told in index.ts. */
import type { DevTag, RoomTag } from '../../ids.ts'
import { WireError } from '../cbor.ts'
import { computeDevTag } from '../envelope.ts'
import type { FrameStream } from '../frame-stream.ts'
import { createChannel, SyncRefused, type Channel } from './channel.ts'
import { differingBuckets, digestVector, inBuckets, type VectorDigest } from './digest.ts'
import { LOG_RANGES_MAX, VEC_PAGE_LOGS, type ClaimedLog, type Hello, type SyncMessage, type Vec } from './messages.ts'
import { StoreFailed } from './pull.ts'
import { mergeRanges } from './ranges.ts'
import type { DeviceLog, LogRange, Replica } from './replica.ts'
import { transfer, type Transferred } from './transfer.ts'
import type { SyncOptions, SyncRoom } from './room.ts'

/** Logs of one room: members' devices of ten years. A longer vector is abuse. */
export const VECTOR_LOGS_MAX = 4096
/** A VEC frame stays below its limit by this estimate of bytes. */
const VEC_PAGE_BYTES = 40_000

export interface SyncResult {
  sentEntries: number
  receivedEntries: number
  /** With length prefixes. */
  bytesSent: number
  bytesReceived: number
  /** What the other side holds now: its vector and what it acknowledged. Our own vector when nothing differed. */
  remote: ReadonlyMap<DevTag, readonly LogRange[]>
  /** It claims to hold something that it did not send. */
  withheld: boolean
}

export interface AcceptSyncOptions extends SyncOptions {
  /** The room that the other side names; null when it is not here, `busy` when it shall ask again later. */
  roomOf: (roomTag: RoomTag) => SyncRoom | 'busy' | null | Promise<SyncRoom | 'busy' | null>
  /** Registers an unknown room under its access key (32 bytes): the mailbox. Null refuses. */
  register?: (roomTag: RoomTag, publicKey: Uint8Array<ArrayBuffer>) => Promise<SyncRoom | null>
  /** The other side has proven access to the room. */
  onAccess?: (roomTag: RoomTag) => void
}

/**
 * Runs a session as the side that opened the stream. The stream is closed or aborted in the end.
 * @throws {WireError} the other side is at fault: count it
 * @throws {SyncRefused} it, or our own access check, said no
 * @throws {SyncTimeout} silence during the handshake; later silence ends the session with `withheld`
 * @throws {Error} the stream broke, `signal` aborted, or the replica could not store (all reject)
 */
export async function runSync (stream: FrameStream, room: SyncRoom, options: SyncOptions & {
  /** Registers the room by `access.publicKey` when the other side, a carrier, does not know it. */
  register?: boolean
}): Promise<SyncResult> {
  const channel = createChannel(stream, options)
  return await guarded(channel, async () => {
    const { replica, access } = room
    await channel.send(await helloOf(room, options.remoteKey))
    let { message } = await channel.receive()
    if (message.type === 'error' && message.code === 'unknown-room' && options.register === true && access.publicKey !== undefined) {
      await channel.send({ type: 'register', publicKey: access.publicKey })
      message = (await channel.receive()).message
    }
    if (message.type === 'error') throw new SyncRefused(message.code, 'remote')
    if (message.type !== 'same' && (message.type !== 'vec' || message.access === null)) throw new WireError('unexpected-message')
    const proof = message.type === 'same' ? message : message.access
    if (proof === null || !await access.check(proof.epochId, proof.proof, options.remoteKey)) return await refuse(channel, 'no-access')
    if (message.type === 'same') return resultOf(channel, replica, 0, null)
    const claimed = await receiveVector(channel, replica.roomTag, message)
    const { mask } = message
    await sendVector(channel, replica, mask, null)
    return resultOf(channel, replica, mask, await transfer({ channel, room, claimed, onProgress: options.onProgress }))
  })
}

/** Runs a session as the side that was called; the room is the one that the caller names. Errors as `runSync`. */
export async function acceptSync (stream: FrameStream, options: AcceptSyncOptions): Promise<{ roomTag: RoomTag, result: SyncResult }> {
  const channel = createChannel(stream, options)
  return await guarded(channel, async () => {
    const hello = await receiveHello(channel)
    const { roomTag } = hello
    const found = await options.roomOf(roomTag)
    if (found === 'busy') return await refuse(channel, 'busy')
    const room = found ?? await registered(channel, roomTag, options)
    const { replica, access } = room
    if (!await access.check(hello.epochId, hello.proof, options.remoteKey)) return await refuse(channel, 'no-access')
    options.onAccess?.(roomTag)
    const mask = differingBuckets(await digestVector(replica.vector()), hello)
    const proof = { epochId: access.epochId, proof: await access.prove(options.remoteKey) }
    if (mask === 0) {
      await channel.send({ type: 'same', ...proof })
      return { roomTag, result: resultOf(channel, replica, 0, null) }
    }
    await sendVector(channel, replica, mask, proof)
    const { message } = await channel.receive()
    if (message.type === 'error') throw new SyncRefused(message.code, 'remote')
    if (message.type !== 'vec' || message.mask !== mask) throw new WireError('unexpected-message')
    const claimed = await receiveVector(channel, roomTag, message)
    return { roomTag, result: resultOf(channel, replica, mask, await transfer({ channel, room, claimed, onProgress: options.onProgress })) }
  })
}

async function guarded<T> (channel: Channel, session: () => Promise<T>): Promise<T> {
  try {
    const result = await session()
    await channel.end()
    return result
  } catch (error) {
    if (error instanceof StoreFailed) {
      await channel.refuse('full')
      throw error.cause
    }
    await channel.end(error instanceof Error ? error : new Error('sync failed', { cause: error }))
    throw error
  }
}

async function refuse (channel: Channel, code: SyncRefused['code']): Promise<never> {
  await channel.refuse(code)
  throw new SyncRefused(code, 'local')
}

async function helloOf ({ replica, access }: SyncRoom, remoteKey: Uint8Array): Promise<Hello> {
  const digest: VectorDigest = await digestVector(replica.vector())
  return { type: 'hello', roomTag: replica.roomTag, epochId: access.epochId, proof: await access.prove(remoteKey), ...digest }
}

async function receiveHello (channel: Channel): Promise<Hello> {
  let message: SyncMessage
  try {
    message = (await channel.receive()).message
  } catch (error) {
    if (error instanceof WireError && error.reason === 'sync-version') await channel.refuse('version')
    throw error
  }
  if (message.type !== 'hello') throw new WireError('unexpected-message')
  return message
}

async function registered (channel: Channel, roomTag: RoomTag, { register }: AcceptSyncOptions): Promise<SyncRoom> {
  if (register === undefined) return await refuse(channel, 'unknown-room')
  await channel.send({ type: 'error', code: 'unknown-room' })
  const { message } = await channel.receive().catch((error: unknown) => {
    // Whoever does not want to register closes: no fault.
    throw error instanceof WireError && error.reason === 'stream-ended' ? new SyncRefused('unknown-room', 'local') : error
  })
  if (message.type !== 'register') throw new WireError('unexpected-message')
  return await register(roomTag, message.publicKey) ?? await refuse(channel, 'no-access')
}

async function sendVector (channel: Channel, replica: Replica, mask: number, access: Vec['access']): Promise<void> {
  const pages: ClaimedLog[][] = [[]]
  let bytes = 0
  for (const { devTag, device, head, have } of replica.vector().values()) {
    if (!inBuckets(mask, devTag)) continue
    const ranges = have.slice(-LOG_RANGES_MAX)
    const size = 75 + 18 * ranges.length
    if (pages.at(-1)?.length === VEC_PAGE_LOGS || bytes + size > VEC_PAGE_BYTES) {
      pages.push([])
      bytes = 0
    }
    bytes += size
    pages.at(-1)?.push({ device, head, have: ranges })
  }
  for (const [nth, logs] of pages.entries()) {
    await channel.send({ type: 'vec', access: nth === 0 ? access : null, mask, more: nth < pages.length - 1, logs })
  }
}

async function receiveVector (channel: Channel, roomTag: RoomTag, first: Vec): Promise<Map<DevTag, DeviceLog>> {
  const claimed = new Map<DevTag, DeviceLog>()
  for (let page = first; ; ) {
    const tags = await Promise.all(page.logs.map(async ({ device }) => await computeDevTag(roomTag, device)))
    page.logs.forEach((log, i) => {
      const devTag = tags[i]
      if (devTag === undefined || !inBuckets(first.mask, devTag) || claimed.has(devTag)) throw new WireError('malformed-vector')
      claimed.set(devTag, { devTag, ...log })
    })
    if (claimed.size > VECTOR_LOGS_MAX) throw new WireError('too-many-logs')
    if (!page.more) return claimed
    if (page.logs.length === 0) throw new WireError('malformed-vector')
    const { message } = await channel.receive()
    if (message.type !== 'vec' || message.access !== null || message.mask !== first.mask) throw new WireError('unexpected-message')
    page = message
  }
}

/** What the other side holds: in the buckets that agreed the same as we, in the others what it claims and has acknowledged. */
function resultOf (channel: Channel, replica: Replica, mask: number, transferred: Transferred | null): SyncResult {
  const remote = new Map<DevTag, readonly LogRange[]>()
  for (const { devTag, have } of replica.vector().values()) if (!inBuckets(mask, devTag)) remote.set(devTag, have)
  for (const { devTag, have } of transferred?.claimed.values() ?? []) remote.set(devTag, have)
  for (const [devTag, sent] of transferred?.acknowledged ?? []) remote.set(devTag, mergeRanges([...remote.get(devTag) ?? [], ...sent]))
  return {
    sentEntries: transferred?.sentEntries ?? 0,
    receivedEntries: transferred?.receivedEntries ?? 0,
    bytesSent: channel.bytesSent,
    bytesReceived: channel.bytesReceived,
    remote,
    withheld: transferred?.withheld ?? false
  }
}
