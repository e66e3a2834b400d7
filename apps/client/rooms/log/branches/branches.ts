/**
 * Operations that have no place in a log, since their device has signed another entry there: it was copied, or runs from an old backup. All of
 * them count, as if the person had more devices, so they are kept by id beside the logs; members hand them to each other (`branch-exchange.ts`).
 *
 * RULE: forking gives nothing and takes nothing. Who has built on one branch loses nothing by another, and nobody is left out by what they
 * happened to receive first.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { computeDevTag, encodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { EntryRow, LogRow, Store } from '../../../store/index.ts'

export interface Branches {
  /** Devices that have signed two entries for one position, with the first such position that is known. */
  readonly copied: ReadonlySignal<ReadonlyMap<DeviceKey, number>>
  readonly isCopied: (device: DeviceKey) => boolean
  note(device: DeviceKey, seq: number): void
  /** Takes from the rows of a room's logs those that are branches, and leaves the rest. */
  load(rows: readonly LogRow[]): LogRow[]
  /** Whose a stored branch is; null for what is none. */
  deviceOf(devTag: DevTag): DeviceKey | null
  /**
   * Notes that these devices are copied, and keeps operations of theirs that are not kept yet. Each is checked by its own signature: in a run
   * only the last one was, and alone it has to convince others. Resolves with what is new, when it is durable.
   * @throws {ParleyError} as `Entries.append` (rejects)
   */
  take(forked: readonly VerifiedEnvelope[]): Promise<{ rows: EntryRow[], envelopes: VerifiedEnvelope[] }>
}

/** Rows of branches are filed under the id of their entry: no device's tag has its length. */
const branchTagOf = (id: EnvelopeId): DevTag => id as string as DevTag

export function createBranches ({ tag, store, isHeld, onDropped }: {
  tag: RoomTag
  store: Pick<Store, 'entries'>
  /** Whether an operation is known already, in a log or as a branch. */
  isHeld: (id: EnvelopeId) => boolean
  onDropped: (reason: string) => void
}): Branches {
  const copied = signal<ReadonlyMap<DeviceKey, number>>(new Map())
  const devices = new Map<DevTag, DeviceKey>()
  const note = (device: DeviceKey, seq: number): void => {
    if (seq < (copied.peek().get(device) ?? Infinity)) copied.value = new Map(copied.peek()).set(device, seq)
  }
  const isSigned = async (envelope: VerifiedEnvelope): Promise<boolean> => {
    try {
      await verifyEnvelope(envelope, envelope.device)
      return true
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      onDropped(error.reason)
      return false
    }
  }
  return {
    copied,
    isCopied: (device) => copied.peek().has(device),
    note,
    load (rows) {
      const branches = rows.filter(({ devTag, device }) => devTag !== computeDevTag(tag, device))
      for (const { devTag, device, have } of branches) {
        devices.set(devTag, device)
        note(device, have[0]?.from ?? 1)
      }
      return rows.filter((row) => !branches.includes(row))
    },
    deviceOf: (devTag) => devices.get(devTag) ?? null,
    async take (forked) {
      if (forked.length > 0) onDropped('equivocation')
      for (const { device, header } of forked) note(device, header.seq)
      const fresh = forked.filter(({ id, header, body }) => header.kind === 'operation' && !('erasedHash' in body) && !isHeld(id))
      const signed = await Promise.all(fresh.map(isSigned))
      const envelopes = fresh.filter((_, nth) => signed[nth])
      const rows = envelopes.map((envelope): EntryRow =>
        ({ roomTag: tag, devTag: branchTagOf(envelope.id), seq: envelope.header.seq, id: envelope.id, bytes: encodeEnvelope(envelope), operationOf: tag }))
      const logs = envelopes.map(({ id, device, header: { seq } }): LogRow =>
        ({ roomTag: tag, devTag: branchTagOf(id), device, have: [{ from: seq, to: seq }], head: id }))
      if (rows.length > 0) await store.entries.append(rows, logs)
      for (const { devTag, device } of logs) devices.set(devTag, device)
      return { rows, envelopes }
    }
  }
}
