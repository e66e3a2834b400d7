/** The two ends of a session: handshake, then both halves over one stream. The flow is told in index.ts. */
import type { DevTag, RoomTag } from '../../ids.ts'
import { WireError } from '../cbor.ts'
import { computeDevTag } from '../envelope.ts'
import type { FrameStream } from '../frame-stream.ts'
import { createChannel, SyncRefused, type Channel, type Received } from './channel.ts'
import { bucketCountFor, bucketCountOf, differingBuckets, digestVector, inBuckets } from './digest.ts'
import { HEAD_START_BYTES, LOG_RANGES_MAX, VEC_PAGE_LOGS, type ClaimedLog, type Hello, type ListedLog, type LogState, type Vec } from './messages.ts'
import type { RemoteLog } from './plan.ts'
import { StoreFailed } from './pull.ts'
import { mergeRanges } from './ranges.ts'
import type { LogRange, Replica } from './replica.ts'
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
    const hello = await helloOf(room, options.remoteKey)
    await channel.send(hello)
    let { message } = await channel.receive()
    if (message.type === 'error' && message.code === 'unknown-room' && options.register === true && access.publicKey !== undefined) {
      await channel.send({ type: 'register', publicKey: access.publicKey })
      message = (await channel.receive()).message
    }
    if (message.type === 'error') throw new SyncRefused(message.code, 'remote')
    if (message.type !== 'same' && (message.type !== 'vec' || message.access === null)) throw new WireError('unexpected-message')
    const proof = message.type === 'same' ? message : message.access
    if (proof === null || !await access.check(proof.epochId, proof.proof, options.remoteKey)) return await refuse(channel, 'no-access')
    const differing: Buckets = { mask: 0, count: bucketCountOf(hello) }
    if (message.type === 'same') return resultOf(channel, replica, differing, null)
    differing.mask = message.mask
    const claimed = await receiveVector(channel, replica.roomTag, message, differing, [])
    await sendVector(channel, inReply(logsIn(replica, differing), [...claimed.values()]), differing.mask, null)
    return resultOf(channel, replica, differing, await transfer({ channel, room, claimed, onProgress: options.onProgress }))
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
    const count = bucketCountOf(hello)
    const differing: Buckets = { mask: differingBuckets(await digestVector(replica.vector(), count), hello), count }
    const proof = await access.prove(options.remoteKey, hello.epochId)
    if (differing.mask === 0) {
      await channel.send({ type: 'same', ...proof })
      return { roomTag, result: resultOf(channel, replica, differing, null) }
    }
    const listed = logsIn(replica, differing)
    await sendVector(channel, listed, differing.mask, proof)
    const { message } = await channel.receive()
    if (message.type === 'error') throw new SyncRefused(message.code, 'remote')
    if (message.type !== 'vec' || message.mask !== differing.mask) throw new WireError('unexpected-message')
    const claimed = await receiveVector(channel, roomTag, message, differing, listed)
    return { roomTag, result: resultOf(channel, replica, differing, await transfer({ channel, room, claimed, onProgress: options.onProgress })) }
  })
}

/** Buckets in which two vectors differ, and how many there are. */
interface Buckets { mask: number, count: number }

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
  const vector = replica.vector()
  const digest = await digestVector(vector, bucketCountFor(vector.size))
  return { type: 'hello', roomTag: replica.roomTag, ...await access.prove(remoteKey), ...digest }
}

async function receiveHello (channel: Channel): Promise<Hello> {
  let message: Received['message']
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

/** What this side holds in these buckets, as it is told to the other. */
function logsIn (replica: Replica, { mask, count }: Buckets): ClaimedLog[] {
  return [...replica.vector().values()].filter(({ devTag }) => inBuckets(mask, devTag, count))
    .map(({ device, head, have }) => ({ device, headStart: head.slice(0, 2 * HEAD_START_BYTES), have: have.slice(-LOG_RANGES_MAX) }))
}

/** The same, told with reference to what the other side has listed. */
function inReply (logs: readonly ClaimedLog[], listed: readonly ClaimedLog[]): (ClaimedLog | ListedLog)[] {
  const places = new Map(listed.map(({ device }, nth) => [device, nth]))
  return logs.map((log) => {
    const nth = places.get(log.device), theirs = nth === undefined ? undefined : listed[nth]
    if (nth === undefined || theirs === undefined) return log
    return { nth, state: isSameState(log, theirs) ? null : { headStart: log.headStart, have: log.have } }
  })
}

const isSameState = (a: LogState, b: LogState): boolean => a.headStart === b.headStart && a.have.length === b.have.length &&
  a.have.every(({ from, to }, i) => b.have[i]?.from === from && b.have[i].to === to)

async function sendVector (channel: Channel, logs: readonly (ClaimedLog | ListedLog)[], mask: number, access: Vec['access']): Promise<void> {
  const pages: (ClaimedLog | ListedLog)[][] = [[]]
  let bytes = 0
  for (const log of logs) {
    const have = 'nth' in log ? log.state?.have ?? [] : log.have
    const size = 60 + 18 * have.length
    if (pages.at(-1)?.length === VEC_PAGE_LOGS || bytes + size > VEC_PAGE_BYTES) {
      pages.push([])
      bytes = 0
    }
    bytes += size
    pages.at(-1)?.push(log)
  }
  for (const [nth, page] of pages.entries()) {
    await channel.send({ type: 'vec', access: nth === 0 ? access : null, mask, more: nth < pages.length - 1, logs: page })
  }
}

/** @param listed what this side has listed before, which the other side may refer to */
async function receiveVector (
  channel: Channel, roomTag: RoomTag, first: Vec, { mask, count }: Buckets, listed: readonly ClaimedLog[]
): Promise<Map<DevTag, RemoteLog>> {
  const claimed = new Map<DevTag, RemoteLog>()
  for (let page = first; ; ) {
    for (const entry of page.logs) {
      const log = 'nth' in entry ? resolveListed(entry, listed) : entry
      const devTag = computeDevTag(roomTag, log.device)
      if (!inBuckets(mask, devTag, count) || claimed.has(devTag)) throw new WireError('malformed-vector')
      claimed.set(devTag, { devTag, ...log })
    }
    if (claimed.size > VECTOR_LOGS_MAX) throw new WireError('too-many-logs')
    if (!page.more) return claimed
    if (page.logs.length === 0) throw new WireError('malformed-vector')
    const { message } = await channel.receive()
    if (message.type !== 'vec' || message.access !== null || message.mask !== mask) throw new WireError('unexpected-message')
    page = message
  }
}

function resolveListed ({ nth, state }: ListedLog, listed: readonly ClaimedLog[]): ClaimedLog {
  const log = listed[nth]
  if (log === undefined) throw new WireError('malformed-vector')
  return { ...log, ...state }
}

/** What the other side holds: in the buckets that agreed the same as we, in the others what it claims and has acknowledged. */
function resultOf (channel: Channel, replica: Replica, { mask, count }: Buckets, transferred: Transferred | null): SyncResult {
  const remote = new Map<DevTag, readonly LogRange[]>()
  for (const { devTag, have } of replica.vector().values()) if (!inBuckets(mask, devTag, count)) remote.set(devTag, have)
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
