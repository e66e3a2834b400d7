/**
 * The log of one room as this device holds it: what the sync protocol copies (`Replica`), what is written to, and what messages are read
 * from. Everything that enters is verified, durable before anybody is told, and shown only when its author and key are known.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DevTag, EnvelopeId, RoomTag, UserKey } from '#shared/ids.ts'
import { assembleEnvelope, computeDevTag, encodeEnvelope, encodeHeader, markVerified, signedBytes, type Envelope, type EnvelopeHeader, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { covers, highestOf } from '#shared/wire/sync/ranges.ts'
import type { Replica } from '#shared/wire/sync/replica.ts'
import { openBody, sealBody, type Epoch } from '../../crypto/index.ts'
import type { Device } from '../../identity/index.ts'
import { coalesce } from '../../state/coalesce.ts'
import { createEvents, type EventSource } from '../../state/events.ts'
import { giveWay } from '../../state/give-way.ts'
import { createMutex } from '../../state/mutex.ts'
import { relationKey, relationKind, relationTarget, type EntryRow, type LogRow, type Store } from '../../store/index.ts'
import { admitEntries, placeOf, positionOf, storedEnvelope, type Place } from './admit-entries.ts'
import { createBranches, type Branches } from './branches/branches.ts'
import { chooseHeads } from './choose-heads.ts'
import { decodeContent, type MessageContent } from '../messages/content.ts'
import { kindOf, type SentContent } from '../messages/kinds/index.ts'
import { createCorrections, erasedRow, targetOf, type Deletion } from './corrections.ts'
import { findDamage, withoutDamage } from './integrity.ts'
import { countEntries, type HeldLog } from './epochs/epoch-wear.ts'
import { createKeyring, type Keyring } from './epochs/keyring.ts'
import { createLogEpochs, type LogEpochs } from './epochs/log-epochs.ts'
import { encodeOperation } from '../membership/operation-codec.ts'
import type { Authored } from '../membership/membership.ts'
import type { KnownBody } from '../membership/operations.ts'
import { memberOf, type Law, type Membership } from '../membership/resolve.ts'
import { createOperationLog, type OperationLog } from './operation-log.ts'
import { readStretch } from './read-stretch.ts'
import { createRetention, endedRow } from './retention.ts'
import { createStubs } from './stubs.ts'

/** Contents that were opened before their entries came; what is forgotten is opened again. */
const OPENED_MAX = 20_000
/** Of a long history so many are looked at before the page may draw: less than a frame. */
const ROWS_AT_ONCE = 250
/** Ends that are remembered: two of each log of a large room. */
const ENDS_MAX = 1000
/** Contents that are not opened again while they are new: about two screens. */
const LATELY_MAX = 100
/** How far past all that is known the clock goes on when this device's newest entry, and with it its clock, cannot be read any more. */
const LOST_LAMPORTS = 1000

export interface RoomLogEvents {
  /** Entries became durable; rows of messages that are shown have an `order`. */
  appended: { rows: readonly EntryRow[], envelopes: readonly VerifiedEnvelope[] }
  /** What these messages say is another than before: edited, taken back, or gone from what is shown. */
  changed: { ids: readonly EnvelopeId[] }
}

export interface RoomLog extends Replica {
  readonly events: EventSource<RoomLogEvents>
  readonly membership: ReadonlySignal<Membership>
  readonly keyring: Keyring
  readonly operations: OperationLog
  /** The tag of this device's own log. */
  readonly devTag: DevTag
  /** Reads what is stored. Call once before anything else. */
  load(): Promise<void>
  /** Writes a message of this device; rotates first where the newest key is not for exactly the members. */
  writeMessage(content: Uint8Array<ArrayBuffer>): Promise<VerifiedEnvelope>
  /** Writes an operation. `seal` overrides the epoch it is sealed under (the first one of a room). */
  writeOperation(body: KnownBody, seal?: Epoch): Promise<VerifiedEnvelope>
  rotate(...options: Parameters<LogEpochs['rotate']>): Promise<void>
  writeRemoval: LogEpochs['writeRemoval']
  /** Devices that have signed two entries for one position: copied, or run from an old backup. */
  readonly copied: Branches['copied']
  /** When this device wrote its last message, Unix ms; null when it has written none, or something else since it was started. */
  readonly lastSentAt: ReadonlySignal<number | null>
  /** Adds keys that were handed over, and shows what they open. */
  addEpochs(epochs: readonly Epoch[]): Promise<void>
  /** What messages say that are about to be appended, as far as it was opened on their way here, under this room's keys. */
  noteContents(contents: ReadonlyMap<EnvelopeId, Uint8Array<ArrayBuffer>>): void
  /** Opens a stored message; null when it cannot be opened (yet) or is not shown. */
  contentOf(row: EntryRow): Promise<MessageContent | null>
  /** Erases what the room's policy keeps no longer; answers its rows. */
  sweep(): Promise<readonly EntryRow[]>
  /** Checks the newest entries of all logs, about `limit` in all, or every one, and lets go of what is damaged. */
  check(limit?: number): Promise<{ checked: number, damaged: number }>
  /** How an entry was taken back; null when it was not. */
  deletionOf(row: EntryRow): Promise<Deletion | null>
}

export function createRoomLog ({ tag, store, device, now = Date.now, isBlocked = () => false, onDropped, law }: {
  tag: RoomTag
  store: Store
  device: Device
  /** Unix ms; the node's time where it is known, since a clock that is off dates what others read. */
  now?: () => number
  /** Whom this person has blocked: what they say is no news. */
  isBlocked?: (user: UserKey) => boolean
  /** Told why something was not taken in. */
  onDropped: (reason: string) => void
  /** Another one in tests. */
  law?: Law | undefined
}): RoomLog {
  const devTag = computeDevTag(tag, device.key)
  const keyring = createKeyring({ device: device.key, encryptionKeys: () => device.encryption.all() })
  const operations = createOperationLog(tag, keyring, law)
  const events = createEvents<RoomLogEvents>()
  const branches = createBranches({ tag, store, isHeld: (id) => operations.has(id), onDropped })
  const locked = createMutex()
  const lastSentAt = signal<number | null>(null)
  const opened = new Map<EnvelopeId, Uint8Array<ArrayBuffer>>()
  /** What comes is read again at once, by the list of rooms and the window onto the room. */
  const lately = new Map<EnvelopeId, Uint8Array<ArrayBuffer>>()
  const keepLately = (id: EnvelopeId, plain: Uint8Array<ArrayBuffer>): void => {
    lately.set(id, plain)
    const [oldest] = lately.size > LATELY_MAX ? lately.keys() : []
    if (oldest !== undefined) lately.delete(oldest)
  }
  let logs = new Map<DevTag, HeldLog>()
  /** Ends of the stretches that are held, as far as they were kept lately, by log and position. */
  const ends = new Map<string, Place>()
  const keepEnds = (kept: readonly VerifiedEnvelope[]): void => {
    for (const entry of kept) {
      const { devTag: of, seq } = entry.header
      if (logs.get(of)?.have.some(({ from, to }) => from === seq || to === seq) === true) ends.set(positionOf(of, seq), placeOf(entry))
    }
    for (const position of ends.keys()) if (ends.size > ENDS_MAX) ends.delete(position)
  }
  /** Of the messages that count, by the clock they are shown by, and of this device's own entries. */
  let maxLamport = 0
  /** The last position of this device's own log where its entry is damaged. */
  let written: NonNullable<LogRow['written']> | null = null
  /** What others are known to hold of this device's own log. */
  let heldElsewhere = 0

  const idAt = async (of: DevTag, seq: number): Promise<EnvelopeId | null> => {
    const log = logs.get(of)
    if (log === undefined || !covers(log.have, seq)) return null
    return seq === highestOf(log.have) ? log.head : (await store.entries.at(tag, of, seq))?.id ?? null
  }

  const envelopeOf = (row: EntryRow): VerifiedEnvelope | null => {
    const by = logs.get(row.devTag)?.device ?? branches.deviceOf(row.devTag), envelope = storedEnvelope(row)
    return by === null || envelope === null ? null : markVerified(envelope, by)
  }

  /** RULE: what counts is what somebody wrote who could write there (`Membership.mayWrite`). */
  const isCounted = ({ devTag: author, seq, heads }: EnvelopeHeader): boolean => operations.membership.value.mayWrite(author, seq, heads)

  const mayDelete = ({ devTag: author, seq, heads }: EnvelopeHeader, message: Authored): boolean => {
    const by = operations.membership.value.authors.get(author)?.user
    return by !== undefined && operations.membership.value.mayDelete(by, message, heads, { devTag: author, seq })
  }
  const corrections = createCorrections({ tag, store, membership: () => operations.membership.value, isCounted, mayDelete })

  const retention = createRetention({ tag, store, policy: () => operations.membership.value.policy, now, clockOf: operations.clockOf })

  /** RULE: shown is what counts, under a key of this room. */
  const open = async (envelope: VerifiedEnvelope): Promise<MessageContent | null> => {
    const { devTag: author, epochId } = envelope.header
    if (operations.membership.value.authors.get(author)?.device !== envelope.device || !isCounted(envelope.header)) return null
    if ('erasedHash' in envelope.body) return { type: 'erased' }
    const key = keyring.get(epochId)?.messageKey
    if (key == null) return null
    const known = opened.get(envelope.id) ?? lately.get(envelope.id)
    opened.delete(envelope.id)
    try {
      const plain = known ?? await openBody(key, envelope.headerBytes, envelope.body)
      keepLately(envelope.id, plain)
      return decodeContent(plain)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      onDropped(error.reason)
      return { type: 'unknown' }
    }
  }

  /** Messages from before this device came in are not news to it, nor is what its person wrote on another device. */
  const isNews = (header: EnvelopeHeader): boolean => {
    const me = memberOf(operations.membership.value, device.key)
    const author = operations.membership.value.authors.get(header.devTag)?.user
    if (header.devTag === devTag || me === null || author === me.user) return false
    return (operations.clockOf(header) ?? 0) > operations.clockAt(me.admittedBy) && !(author !== undefined && isBlocked(author))
  }

  const toRow = async (envelope: VerifiedEnvelope): Promise<EntryRow> => {
    const { header, id } = envelope
    const row: EntryRow = { roomTag: tag, devTag: header.devTag, seq: header.seq, id, bytes: encodeEnvelope(envelope) }
    if (header.kind === 'operation') return { ...row, operationOf: tag }
    const clock = operations.clockOf(header)
    if (clock === null) return { ...row, pendingIn: tag }
    const order: EntryRow['order'] = [clock, header.sentAt, id]
    if (retention.isOver(header)) return await endedRow(row, envelope)
    const deletion = await corrections.deletionOf({ id, devTag: header.devTag, heads: header.heads })
    if (deletion !== null) return await erasedRow({ ...row, ...(deletion.isMessage && { order }) })
    const content = await open(envelope)
    if (content === null) return { ...row, pendingIn: tag }
    maxLamport = Math.max(maxLamport, clock)
    const kind = kindOf(content.type)
    if (kind?.role === 'shown') return { ...row, order, ...(isNews(header) && { unreadIn: tag }) }
    const targets = kind?.targets?.(content as SentContent) ?? []
    return targets.length === 0 ? row : { ...row, relates: targets.map((target) => relationKey(tag, content.type, target)) }
  }

  /** The messages that a row changes what is shown of. */
  const foldsInto = ({ relates = [] }: EntryRow): EnvelopeId[] => relates.filter((key) => kindOf(relationKind(key))?.fold !== undefined).map(relationTarget)

  /** Tells what has become of rows: of new ones, and of those that new ones correct. */
  const announce = (fresh: readonly EntryRow[], all: readonly EntryRow[], envelopes: readonly VerifiedEnvelope[]): void => {
    const isFresh = new Set(fresh.map(({ id }) => id))
    events.emit('appended', { rows: all.filter(({ id }) => isFresh.has(id)), envelopes })
    const ids = [...all.flatMap(({ id }) => isFresh.has(id) ? [] : [id]), ...fresh.flatMap(foldsInto)]
    if (ids.length > 0) events.emit('changed', { ids })
  }

  /** Shows what waited for a key or for its author's admission, and takes back what may be taken back only now. */
  const retryPending = async (): Promise<void> => {
    const pending = (await store.entries.pending(tag)).map(envelopeOf).filter((envelope) => envelope !== null)
    const named = pending.filter(({ header }) => keyring.isWaiting(header.epochId))
    if (named.length > 0) await takeOperations(named)
    const fresh: EntryRow[] = []
    for (const row of await Promise.all(pending.map(toRow))) if (row.pendingIn === undefined) fresh.push(row)
    const rows = await corrections.withErased(fresh)
    if (rows.length > 0) {
      await store.entries.update(rows)
      announce(fresh, rows, [])
    }
    const erased = await corrections.reconsider()
    if (erased.length === 0) return
    await store.entries.update(erased)
    events.emit('changed', { ids: erased.map(({ id }) => id) })
  }

  const stubs = createStubs({ device: device.key, membership: () => operations.membership.value, corrections, retention, onDropped })

  const takeOperations = async (envelopes: readonly VerifiedEnvelope[]): Promise<void> => {
    const learned = await operations.take(envelopes)
    if (learned.length > 0) await store.saveEpochs(tag, learned.map((epoch) => epoch.parts))
  }

  const logRow = (log: HeldLog): LogRow =>
    ({ roomTag: tag, ...log, have: [...log.have], ...(log.devTag === devTag && written !== null && { written }) })

  const appendLocked = async (entries: readonly VerifiedEnvelope[]): Promise<void> => {
    const { fresh, changed, forked } = await admitEntries(entries, { tag, store, logs, ends, idAt, isCopied: branches.isCopied, ...stubs, onDropped })
    const branched = await branches.take(forked)
    if (branched.rows.length > 0) {
      await takeOperations(branched.envelopes)
      events.emit('appended', branched)
      await retryPending()
    }
    if (fresh.length === 0) return
    const bringsKeysOrOperations = fresh.some(({ header }) => header.kind === 'operation' || keyring.isWaiting(header.epochId))
    const held = logs
    logs = new Map([...logs, ...changed])
    let rows: EntryRow[], all: EntryRow[]
    try {
      if (bringsKeysOrOperations) await takeOperations(fresh)
      rows = []
      for (let at = 0; at < fresh.length; at += ROWS_AT_ONCE) {
        if (at > 0) await giveWay()
        rows.push(...await Promise.all(fresh.slice(at, at + ROWS_AT_ONCE).map(toRow)))
      }
      all = await corrections.withErased(rows)
      const isFresh = new Set(fresh.map(({ id }) => id))
      const [entries, again] = [all.filter(({ id }) => isFresh.has(id)), all.filter(({ id }) => !isFresh.has(id))]
      await store.entries.append(entries, [...changed.values()].map(logRow), again)
    } catch (error) {
      logs = held
      throw error
    }
    for (const { header } of fresh) if (header.devTag === devTag) maxLamport = Math.max(maxLamport, header.lamport)
    keepEnds(fresh)
    announce(rows, all, fresh)
    if (bringsKeysOrOperations) await retryPending()
    const explained = await stubs.takeExplained()
    if (explained.length > 0) await appendLocked(explained)
  }

  /** What comes while the log is busy is made durable together: in a lively room a few transactions do for many messages. */
  const gathered: VerifiedEnvelope[] = []
  const appendGathered = coalesce(locked, async () => await appendLocked(gathered.splice(0)))
  const append = async (entries: readonly VerifiedEnvelope[]): Promise<void> => {
    gathered.push(...entries)
    await appendGathered()
  }

  /** Forgets damaged positions, so that they are missing and fetched again; never that this device has written one. */
  const letGo = async (log: HeldLog, damaged: readonly number[]): Promise<void> => {
    const top = highestOf(log.have)
    if (log.devTag === devTag && damaged.includes(top) && top > (written?.seq ?? 0)) written = { seq: top, id: log.head, lamport: maxLamport }
    const rows = await Promise.all(damaged.map(async (seq) => await store.entries.at(tag, log.devTag, seq)))
    ends.clear()
    const left = await withoutDamage(log, damaged, async (seq) => (await store.entries.at(tag, log.devTag, seq))?.id ?? null)
    await store.entries.remove(damaged.map((seq) => ({ roomTag: tag, devTag: log.devTag, seq })), [logRow(left ?? { ...log, have: [] })])
    logs = new Map([...logs].flatMap(([of, known]) => of !== log.devTag ? [[of, known] as const] : left === null ? [] : [[of, left] as const]))
    events.emit('changed', { ids: rows.flatMap((row) => row?.id ?? []) })
  }

  const writeLocked = async (kind: EnvelopeHeader['kind'], epoch: Epoch, content: Uint8Array<ArrayBuffer>): Promise<VerifiedEnvelope> => {
    const key = kind === 'operation' ? epoch.logKey : epoch.messageKey
    if (key === null) throw new Error('cannot write in an epoch whose message key is not known')
    if (branches.isCopied(device.key)) throw new ParleyError('device-copied')
    const mine = logs.get(devTag)
    const held = highestOf(mine?.have ?? [])
    // What was damaged or lost may be with others: a position that was ever written is not written again.
    if (heldElsewhere > Math.max(held, written?.seq ?? 0)) throw new ParleyError('device-behind')
    const last = written !== null && written.seq > held ? written : { seq: held, id: mine?.head ?? null }
    const header: EnvelopeHeader = {
      kind, roomTag: tag, devTag, seq: last.seq + 1, prev: last.id, lamport: 1 + Math.max(maxLamport, operations.newestClock), sentAt: now(),
      epochId: epoch.epochId, heads: chooseHeads(operations.membership.value, device.key, operations)
    }
    const headerBytes = encodeHeader(header)
    const body = await sealBody(key, headerBytes, content)
    const unsigned: Envelope = await assembleEnvelope({ header, headerBytes, body, signature: new Uint8Array(64) })
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', device.signing.privateKey, signedBytes(unsigned.id)))
    const envelope = markVerified({ ...unsigned, signature }, device.key)
    await appendLocked([envelope])
    if (kind === 'message') lastSentAt.value = header.sentAt
    return envelope
  }

  const writeOperation = async (epoch: Epoch, body: KnownBody): Promise<VerifiedEnvelope> => await writeLocked('operation', epoch, encodeOperation(body))
  const epochs = createLogEpochs({ tag, store, keyring, operations, now, writeOperation, countEntries: (epochId) => countEntries(logs, epochId) })

  return {
    roomTag: tag,
    events,
    membership: operations.membership,
    keyring,
    operations,
    devTag,
    async load () {
      const rows = branches.load(await store.entries.logsOf(tag))
      written = rows.find((row) => row.devTag === devTag)?.written ?? null
      heldElsewhere = Math.max(0, ...(await store.receipts(tag)).map(({ held }) => highestOf(held)))
      logs = new Map(rows.filter(({ have }) => have.length > 0).map(({ roomTag: _, written: __, ...log }) => [log.devTag, log]))
      for (const parts of await store.epochs(tag)) await keyring.add(parts)
      await takeOperations((await store.entries.operations(tag)).map(envelopeOf).filter((envelope) => envelope !== null))
      await corrections.load()
      await retryPending()
      const [newest] = await store.entries.pageBefore(tag, null, 1)
      maxLamport = Math.max(maxLamport, operations.newestClock, newest?.order?.[0] ?? 0, written?.lamport ?? 0)
      const own = logs.get(devTag)
      const last = own === undefined ? null : await store.entries.at(tag, devTag, highestOf(own.have))
      const header = last === null ? undefined : storedEnvelope(last)?.header
      if (own !== undefined && header === undefined) maxLamport += LOST_LAMPORTS
      if (header === undefined) return
      maxLamport = Math.max(maxLamport, header.lamport)
      if (header.kind === 'message') lastSentAt.value = header.sentAt
    },
    writeMessage: async (content) => await locked(async () => await writeLocked('message', await epochs.toSendIn(), content)),
    writeOperation: async (body, seal) => await locked(async () => await writeOperation(seal ?? await epochs.toSealIn(), body)),
    rotate: async (options) => await locked(async () => { await epochs.rotate(options) }),
    writeRemoval: async (isRemoved, describe) => await locked(async () => await epochs.writeRemoval(isRemoved, describe)),
    lastSentAt,
    append,
    addEpochs: async (handed) => await locked(async () => {
      for (const { parts } of handed) await keyring.add(parts)
      await store.saveEpochs(tag, handed.map((epoch) => epoch.parts))
      await takeOperations([])
      await retryPending()
    }),
    async contentOf (row) {
      const envelope = envelopeOf(row)
      return envelope === null ? null : await open(envelope)
    },
    sweep: async () => await locked(async () => {
      const ended = await retention.sweep()
      if (ended.length > 0) events.emit('changed', { ids: ended.map(({ id }) => id) })
      return ended
    }),
    check: async (limit) => await locked(async () => {
      const result = { checked: 0, damaged: 0 }
      for (const log of logs.values()) {
        const { checked, damaged } = await findDamage(store, tag, log, limit === undefined ? Infinity : Math.max(1, Math.floor(limit / logs.size)))
        result.checked += checked
        result.damaged += damaged.length
        if (damaged.length > 0) await letGo(log, damaged)
      }
      return result
    }),
    async deletionOf (row) {
      const target = targetOf(row)
      return target === null ? null : await corrections.deletionOf(target)
    },
    noteContents (contents) {
      if (opened.size + contents.size > OPENED_MAX) opened.clear()
      for (const [id, content] of contents) opened.set(id, content)
    },
    vector: () => logs,
    idAt,
    read: async (of, range, options) => await readStretch(store, tag, of, range, options),
    copied: branches.copied,
    reportFork (first, _second, by) {
      onDropped('equivocation')
      branches.note(by, first.header.seq)
    }
  }
}
