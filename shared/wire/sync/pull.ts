/**
 * The asking half of a session: asks for what is missing, judges what comes, keeps it and acknowledges it once it is durable.
 *
 * Of a run, one check authenticates all: its last entry is signed, or is the entry that a held one names as the one before it. Operations
 * come without their neighbours and are checked one by one.
 */
import type { DeviceKey, DevTag, EnvelopeId } from '../../ids.ts'
import { SYNC_CREDIT_BYTES } from '../../limits.ts'
import { WireError } from '../cbor.ts'
import { markVerified, type Envelope, type VerifiedEnvelope } from '../envelope.ts'
import type { Channel } from './channel.ts'
import { isSigned, type CheckedRun, type RunChecker } from './check-run.ts'
import { joinClaims } from './claims.ts'
import type { RunHead, Want } from './messages.ts'
import { planWant, SMALL_SYNC_ENTRIES, type PullLog, type RemoteLog } from './plan.ts'
import { RUN_MAX_BYTES } from './push.ts'
import { countOf, covers, highestOf, intersectRanges, mergeRanges, subtractRanges } from './ranges.ts'
import type { LogRange, Replica } from './replica.ts'

/**
 * Kept in memory before it is made durable: a part of the credit, so that the sender never waits for an acknowledgement in vain, and some 1000
 * messages, since each step to the disk costs about the same.
 */
const BATCH_BYTES = SYNC_CREDIT_BYTES / 4

/** The replica could not keep what came. */
export class StoreFailed extends Error {
  constructor (cause: unknown) {
    super('the replica could not store', { cause })
    this.name = 'StoreFailed'
  }
}

export interface Pull {
  readonly receivedEntries: number
  /** Something that the other side claims to hold did not come although it was asked for. */
  readonly withheld: boolean
  /** A want is outstanding. */
  readonly isWaiting: boolean
  /** Resolves when nothing more is missing that the other side has. Rejects on hostile input (`WireError`) and when storing fails. */
  run(): Promise<void>
  /** @throws {WireError} when it was not asked for or comes beyond the credit */
  handleRun(run: RunHead, frame: Uint8Array): void
  handleEnd(): void
  /** Lets go of `run` when it waits for runs: it rejects with `reason`. */
  stop(reason: Error): void
}

/** For runs of a log that is not followed any more. */
const SKIPPED: Promise<CheckedRun> = Promise.resolve({ chains: [], isSigned: false })

export interface PullOptions {
  channel: Channel
  replica: Replica
  /** What the other side claims to hold. */
  claimed: ReadonlyMap<DevTag, RemoteLog>
  /** Whose logs are taken. Asked again after each batch of operations. */
  accepts: (device: DeviceKey) => boolean
  /** Ranges that are not asked for although they are missing. */
  unwanted: (devTag: DevTag) => readonly LogRange[]
  check: RunChecker
  onProgress?: ((progress: { received: number, total: number }) => void) | undefined
  /** Two entries that the device signed for one position. */
  onFork: (held: Envelope, other: Envelope, device: DeviceKey) => Promise<void>
}

/** A run, and what it turns out to be; its check begins when it arrives. */
interface Arrived { run: RunHead, bytes: number, checked: Promise<CheckedRun> | null }

/** What has come of the want that is outstanding. */
interface Current {
  want: Want
  nth: number
  /** Runs of one range come from its newest end down: the next one ends below this. */
  below: number
  received: LogRange[][]
}

export function createPull ({ channel, replica, claimed, accepts, unwanted, check, onProgress, onFork }: PullOptions): Pull {
  const logs = new Map<DevTag, PullLog>()
  /** By log and position: the id that the entry above, received in this session, names as the one before it. */
  const named = new Map<string, EnvelopeId>()
  const inbox: (Arrived | 'end')[] = []
  const claims = joinClaims(replica)
  let arrived = Promise.withResolvers<undefined>()
  /** The batch that is being made durable while the next one is judged. */
  let storing: Promise<void> = Promise.resolve()
  let batch: VerifiedEnvelope[] = []
  let current: Current | null = null
  let inboxBytes = 0, unstoredBytes = 0, batchBytes = 0, doneBytes = 0, receivedEntries = 0, total = 0, withheld = false

  /** Takes up the logs of devices that are accepted by now. */
  async function admit (): Promise<void> {
    for (const log of claimed.values()) {
      if (logs.has(log.devTag) || !accepts(log.device)) continue
      const pull: PullLog = { ...log, have: subtractRanges(log.have, unwanted(log.devTag)), operationsAsked: false, asked: [], suspects: new Set(), diverged: false }
      logs.set(log.devTag, pull)
      const newest = highestOf(log.have)
      const held = await replica.idAt(log.devTag, newest)
      if (held !== null && !held.startsWith(log.headStart)) pull.suspects.add(newest)
      total += missingOf(pull)
    }
  }

  const missingOf = ({ devTag, have }: PullLog): number => countOf(subtractRanges(have, replica.vector().get(devTag)?.have ?? []))

  async function run (): Promise<void> {
    try {
      for (;;) {
        await admit()
        const want = planWant([...logs.values()], replica.vector(), (devTag) => claims.ofOthers(devTag))
        if (want === null) {
          await storing
          return
        }
        claims.hold(want.mode === 'all' ? want.ranges : [])
        current = { want, nth: 0, below: Infinity, received: want.ranges.map(() => []) }
        await channel.send(want)
        await receiveAll(current)
        current = null
      }
    } finally {
      claims.release()
    }
  }

  async function receiveAll (asked: Current): Promise<void> {
    const isLong = countOf(asked.want.ranges) > SMALL_SYNC_ENTRIES
    const isInCausalOrder = !isLong || asked.want.mode === 'operations'
    for (;;) {
      while (inbox.length === 0) await arrived.promise
      const item = inbox.shift()
      if (item === undefined) continue
      if (item === 'end') break
      await channel.work(async () => await take(asked, item))
      batchBytes += item.bytes
      doneBytes += item.bytes
      inboxBytes -= item.bytes
      if (batchBytes >= BATCH_BYTES || (inbox.length === 0 && isLong && unstoredBytes === 0)) await flush(isInCausalOrder)
    }
    await flush(isInCausalOrder)
    // Whose logs are taken is known once the operations are kept; messages are made durable while the next ones are fetched.
    if (isInCausalOrder) await storing
    noteWithheld(asked)
  }

  /** Begins to make the batch durable once the one before is: the next is judged meanwhile. */
  async function flush (isInCausalOrder: boolean): Promise<void> {
    if (batchBytes === 0) return
    const entries = batch, upTo = doneBytes, bytes = batchBytes
    batch = []
    batchBytes = 0
    unstoredBytes += bytes
    // By Lamport clock nothing comes before what its author had seen. Of many messages the newest come first; their operations are here.
    if (isInCausalOrder) entries.sort((a, b) => a.header.lamport - b.header.lamport)
    await storing
    storing = keep(entries, upTo).finally(() => { unstoredBytes -= bytes })
    // Awaited by the next flush, at the end of the want at the latest.
    storing.catch(() => undefined)
  }

  async function keep (entries: readonly VerifiedEnvelope[], upTo: number): Promise<void> {
    if (entries.length > 0) {
      await channel.work(async () => await replica.append(entries)).catch((cause: unknown) => { throw new StoreFailed(cause) })
      receivedEntries += entries.length
      const missing = [...logs.values()].reduce((sum, log) => sum + missingOf(log), 0)
      onProgress?.({ received: Math.max(0, total - missing), total })
    }
    await channel.send({ type: 'ack', bytes: upTo })
  }

  function noteWithheld ({ want, received }: Current): void {
    if (want.mode !== 'all') return
    want.ranges.forEach(({ devTag, from, to }, nth) => {
      const log = logs.get(devTag)
      if (log === undefined || log.diverged) return
      const due = intersectRanges(log.have, [{ from, to }])
      if (subtractRanges(due, mergeRanges(received[nth] ?? [])).length > 0) withheld = true
    })
  }

  async function take (asked: Current, { run: { range: nth }, checked }: Arrived): Promise<void> {
    const range = asked.want.ranges[nth]
    if (range === undefined || nth < asked.nth) throw new WireError('unasked-run')
    if (nth > asked.nth) asked.below = Infinity
    asked.nth = nth
    const log = logs.get(range.devTag)
    if (log === undefined || checked === null) throw new WireError('unasked-run')
    if (log.diverged) return
    const { chains, isSigned: isRunSigned } = await checked
    const from = chains[0]?.[0]?.header.seq ?? 0, to = chains.at(-1)?.at(-1)?.header.seq ?? 0
    if (from < range.from || to > range.to || to >= asked.below) throw new WireError('unasked-run')
    asked.below = from
    asked.received[nth]?.push({ from, to })
    if (asked.want.mode === 'operations') {
      if (!isRunSigned) throw new WireError('bad-signature')
      await takeOperations(log, chains.flat())
      return
    }
    if (chains.length !== 1 || chains[0] === undefined) throw new WireError('broken-chain')
    await takeChain(log, chains[0], isRunSigned)
  }

  async function takeOperations (log: PullLog, operations: readonly Envelope[]): Promise<void> {
    if (operations.some(({ header }) => header.kind !== 'operation')) throw new WireError('not-an-operation')
    if (!await agreesWithHeld(log, operations)) return
    collect(log, operations)
  }

  async function takeChain (log: PullLog, chain: readonly Envelope[], isLastSigned: boolean): Promise<void> {
    const first = chain[0], last = chain.at(-1)
    if (first === undefined || last === undefined) throw new WireError('empty-run')
    const above = await nameOf(log.devTag, last.header.seq)
    if (above !== last.id && !isLastSigned) throw new WireError('bad-signature')
    if (!await agreesWithHeld(log, chain)) return
    // Signed, but a held entry names another one here: proof needs two entries at one position, and only one is known.
    if (above !== null && above !== last.id) return void (log.diverged = true)
    const before = first.header.seq - 1
    const held = before === 0 ? null : await replica.idAt(log.devTag, before)
    if (held !== null && held !== first.header.prev) {
      // The next want asks for the other side's entry at that position: with its signature it is the proof.
      return void log.suspects.add(before)
    }
    if (first.header.prev !== null) named.set(`${log.devTag}/${before}`, first.header.prev)
    collect(log, chain)
  }

  /** False when the device signed something else for a held position; reports it. */
  async function agreesWithHeld (log: PullLog, entries: readonly Envelope[]): Promise<boolean> {
    const have = replica.vector().get(log.devTag)?.have ?? []
    for (const entry of entries) {
      const { seq } = entry.header
      if (!covers(have, seq)) continue
      const held = await replica.idAt(log.devTag, seq)
      if (held === null || held === entry.id) continue
      log.diverged = true
      const [ours] = await replica.read(log.devTag, { from: seq, to: seq }, { maxBytes: 1 })
      if (ours !== undefined && await isSigned(entry, log.device)) await onFork(ours, entry, log.device)
      return false
    }
    return true
  }

  /** The id that the entry above `seq` names as the one before it, when that entry is known. */
  async function nameOf (devTag: DevTag, seq: number): Promise<EnvelopeId | null> {
    const key = `${devTag}/${seq}`
    const inSession = named.get(key)
    if (inSession !== undefined) {
      named.delete(key)
      return inSession
    }
    if (!covers(replica.vector().get(devTag)?.have ?? [], seq + 1)) return null
    const [above] = await replica.read(devTag, { from: seq + 1, to: seq + 1 }, { maxBytes: 1 })
    return above?.header.prev ?? null
  }

  function collect (log: PullLog, entries: readonly Envelope[]): void {
    const have = replica.vector().get(log.devTag)?.have ?? []
    for (const entry of entries) if (!covers(have, entry.header.seq)) batch.push(markVerified(entry, log.device))
  }

  /** Null for what was not asked for. */
  function beginCheck ({ range, epochs }: RunHead, frame: Uint8Array): Promise<CheckedRun> | null {
    const devTag = current?.want.ranges[range]?.devTag
    const log = devTag === undefined ? undefined : logs.get(devTag)
    if (current === null || log === undefined) return null
    if (log.diverged) return SKIPPED
    const checked = check({ frame, roomTag: replica.roomTag, devTag: log.devTag, device: log.device, mode: current.want.mode, epochs })
    // Whoever takes the run hears of it; a session that ends before does not.
    checked.catch(() => undefined)
    return checked
  }

  function arrive (item: typeof inbox[number]): void {
    if (current === null || inbox.includes('end')) throw new WireError('unasked-run')
    inbox.push(item)
    arrived.resolve(undefined)
    arrived = Promise.withResolvers()
  }

  return {
    get receivedEntries () { return receivedEntries },
    get withheld () { return withheld },
    get isWaiting () { return current !== null },
    run,
    handleRun (run, frame) {
      const bytes = frame.length
      inboxBytes += bytes
      if (bytes > RUN_MAX_BYTES || inboxBytes + batchBytes + unstoredBytes > SYNC_CREDIT_BYTES) throw new WireError('credit-exceeded')
      arrive({ run, bytes, checked: beginCheck(run, frame) })
    },
    handleEnd: () => arrive('end'),
    stop (reason) {
      arrived.promise.catch(() => undefined)
      arrived.reject(reason)
    }
  }
}
