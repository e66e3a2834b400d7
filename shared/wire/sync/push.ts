/** The serving half of a session: reads what the other side wants and sends it as runs, never more ahead than the credit. */
import type { DevTag } from '../../ids.ts'
import { SYNC_CREDIT_BYTES } from '../../limits.ts'
import { WireError } from '../cbor.ts'
import type { Envelope } from '../envelope.ts'
import type { Channel } from './channel.ts'
import { encodeMessage, type Want } from './messages.ts'
import { countOf, rangesOf } from './ranges.ts'
import type { LogRange, Replica } from './replica.ts'
import { elideRun } from './run.ts'

/** A frame has 64 KiB; the rest is room for transports that wrap it. */
export const RUN_MAX_BYTES = 60_000
/** Envelopes of this many bytes in whole give a run below `RUN_MAX_BYTES`. */
const READ_MAX_BYTES = 58_000
/** Beyond twice what we hold (operations come twice to a newcomer) nobody honest asks; the constant covers small rooms and retries. */
const WANT_ALLOWANCE = 10_000

export interface Push {
  readonly sentEntries: number
  /** What the other side has made durable, by log. */
  readonly acknowledged: ReadonlyMap<DevTag, readonly LogRange[]>
  /** Nothing is being served and all that was sent is acknowledged. */
  isIdle(): boolean
  /** Serves; resolves when all is sent. @throws {WireError} when the last want is still being served or too much is asked (rejects) */
  handleWant(want: Want): Promise<void>
  /** @throws {WireError} when more is acknowledged than was sent */
  handleAck(bytes: number): void
  /** Lets go of a sender that waits for credit. */
  stop(reason: Error): void
}

export function createPush (channel: Channel, replica: Replica): Push {
  const unacknowledged: { upTo: number, devTag: DevTag, ranges: LogRange[] }[] = []
  const acknowledged = new Map<DevTag, LogRange[]>()
  let serving = false, sentEntries = 0, spent = 0, sentBytes = 0, acknowledgedBytes = 0
  let credit = Promise.withResolvers<undefined>()

  async function serveRange (nth: number, { mode, ranges }: Want): Promise<void> {
    const range = ranges[nth]
    if (range === undefined) return
    let to = range.to
    while (to >= range.from) {
      const entries = await channel.work(async () => await replica.read(range.devTag, { from: range.from, to },
        { maxBytes: READ_MAX_BYTES, ...(mode === 'operations' && { only: 'operations' as const }) }))
      const first = entries[0]
      if (first === undefined) return
      for (const run of mode === 'all' ? splitAtGaps(entries) : [entries]) await sendRun(nth, range.devTag, run)
      to = first.header.seq - 1
    }
  }

  async function sendRun (nth: number, devTag: DevTag, entries: readonly Envelope[]): Promise<void> {
    const frame = encodeMessage({ type: 'run', range: nth, run: elideRun(entries) })
    if (frame.length > RUN_MAX_BYTES && entries.length > 1) {
      const middle = entries.length >> 1
      await sendRun(nth, devTag, entries.slice(middle))
      await sendRun(nth, devTag, entries.slice(0, middle))
      return
    }
    spend(entries.length)
    while (sentBytes - acknowledgedBytes + frame.length > SYNC_CREDIT_BYTES) await credit.promise
    sentBytes += frame.length
    unacknowledged.push({ upTo: sentBytes, devTag, ranges: rangesOf(entries.map(({ header }) => header.seq)) })
    sentEntries += entries.length
    await channel.sendFrame(frame)
  }

  function spend (cost: number): void {
    spent += cost
    const held = [...replica.vector().values()].reduce((total, { have }) => total + countOf(have), 0)
    if (spent > 2 * held + WANT_ALLOWANCE) throw new WireError('want-budget')
  }

  return {
    get sentEntries () { return sentEntries },
    acknowledged,
    isIdle: () => !serving && unacknowledged.length === 0,
    async handleWant (want) {
      if (serving) throw new WireError('unexpected-want')
      serving = true
      spend(want.ranges.length)
      for (let nth = 0; nth < want.ranges.length; nth++) await serveRange(nth, want)
      await channel.send({ type: 'end' })
      serving = false
    },
    handleAck (bytes) {
      if (bytes > sentBytes || bytes < acknowledgedBytes) throw new WireError('malformed-ack')
      acknowledgedBytes = bytes
      for (let first = unacknowledged[0]; first !== undefined && first.upTo <= bytes; first = unacknowledged[0]) {
        unacknowledged.shift()
        acknowledged.set(first.devTag, [...acknowledged.get(first.devTag) ?? [], ...first.ranges])
      }
      credit.resolve(undefined)
      credit = Promise.withResolvers()
    },
    stop (reason) {
      credit.promise.catch(() => undefined)
      credit.reject(reason)
    }
  }
}

/** Consecutive stretches, the newest first. */
function splitAtGaps (entries: readonly Envelope[]): Envelope[][] {
  const runs: Envelope[][] = []
  for (const entry of entries) {
    const run = runs[0]
    if (run?.at(-1)?.header.seq === entry.header.seq - 1) run.push(entry)
    else runs.unshift([entry])
  }
  return runs
}
