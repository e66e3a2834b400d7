/** What of the entries that come in fits what is held. */
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { readEnvelope, type Envelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { covers, highestOf, mergeRanges } from '#shared/wire/sync/ranges.ts'
import type { EntryRow, Store } from '../../store/index.ts'
import { epochAfter, type HeldLog } from './epochs/epoch-wear.ts'

export interface Place { seq: number, id: EnvelopeId, prev: EnvelopeId | null, lamport: number }

export interface Gate {
  tag: RoomTag
  store: Store
  logs: ReadonlyMap<DevTag, HeldLog>
  /** Ends of what was kept lately, by log and position: what comes next mostly joins on to one, which need not be read again. */
  ends: ReadonlyMap<string, Place>
  idAt: (of: DevTag, seq: number) => Promise<EnvelopeId | null>
  /** Whether a device has signed two entries for one position: what does not follow on what is held may be of another branch. */
  isCopied: (device: DeviceKey) => boolean
  mayComeErased: (entry: VerifiedEnvelope) => Promise<boolean>
  /** Takes what came without its body and without a reason. */
  setAside: (entry: VerifiedEnvelope) => void
  onDropped: (reason: string) => void
}

/** The entries that fit, the logs as they will be with them, and what was signed for a position where something else is. */
export async function admitEntries (
  entries: readonly VerifiedEnvelope[], gate: Gate
): Promise<{ fresh: VerifiedEnvelope[], changed: Map<DevTag, HeldLog>, forked: VerifiedEnvelope[] }> {
  const { tag, logs, idAt, onDropped } = gate
  const changed = new Map<DevTag, HeldLog>()
  const places = new Map<string, Place>()
  const fresh: VerifiedEnvelope[] = [], forked: VerifiedEnvelope[] = []
  for (const entry of entries) {
    const { header, id } = entry
    if (header.roomTag !== tag) {
      onDropped('other-room')
      continue
    }
    const log: HeldLog = changed.get(header.devTag) ?? logs.get(header.devTag) ?? { devTag: header.devTag, device: entry.device, have: [], head: id }
    const known = places.get(positionOf(header.devTag, header.seq))?.id ?? await idAt(header.devTag, header.seq)
    if (known !== null || covers(log.have, header.seq)) {
      if (known !== null && known !== id) forked.push(entry)
      continue
    }
    const [before, after] = await Promise.all([header.seq - 1, header.seq + 1].map(async (seq) =>
      places.get(positionOf(header.devTag, seq)) ?? await placeAt(gate, header.devTag, seq)))
    const isApart = (before ?? null) === null && header.seq > 1 && gate.isCopied(entry.device)
    if (isApart || !linksTo(entry, before ?? null, after ?? null)) {
      forked.push(entry)
      continue
    }
    if ('erasedHash' in entry.body && !await gate.mayComeErased(entry)) {
      gate.setAside(entry)
      continue
    }
    places.set(positionOf(header.devTag, header.seq), placeOf(entry))
    const head = header.seq > highestOf(log.have) ? id : log.head
    const have = mergeRanges([...log.have, { from: header.seq, to: header.seq }])
    changed.set(header.devTag, { ...log, have, head, newestEpoch: epochAfter(log, header) })
    fresh.push(entry)
  }
  return { fresh, changed, forked }
}

/**
 * RULE: an entry follows the one before it by id and by lamport clock, and is followed likewise, wherever the neighbour is held. How far the
 * clock goes ahead is no reason to refuse it (`shown-clock.ts`).
 */
const linksTo = ({ id, header: { prev, lamport } }: VerifiedEnvelope, before: Place | null, after: Place | null): boolean =>
  (before === null || (before.id === prev && before.lamport < lamport)) && (after === null || (after.prev === id && lamport < after.lamport))

export const positionOf = (of: DevTag, seq: number): string => `${of}/${seq}`
export const placeOf = ({ id, header: { seq, prev, lamport } }: Envelope): Place => ({ seq, id, prev, lamport })

/** What is held at a position, as far as its neighbours have to fit it. */
async function placeAt ({ tag, store, logs, ends }: Gate, of: DevTag, seq: number): Promise<Place | null> {
  const end = ends.get(positionOf(of, seq))
  if (end !== undefined) return end
  const log = logs.get(of)
  if (log === undefined || !covers(log.have, seq)) return null
  const row = await store.entries.at(tag, of, seq)
  const envelope = row === null ? null : storedEnvelope(row)
  return envelope === null ? null : placeOf(envelope)
}

/**
 * The id was hashed before the row was stored: reading a hundred thousand rows for a peer hashes nothing. Null for a row that cannot be read:
 * whether it can, and is what it was, is found by `integrity.ts`.
 */
export function storedEnvelope ({ bytes, id }: EntryRow): Envelope | null {
  try {
    return { ...readEnvelope(bytes), id }
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}
