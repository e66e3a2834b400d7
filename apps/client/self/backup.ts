/**
 * Keeps the person's backup at the node current, and takes from it what the person's other devices have put in: rooms that one of them has
 * entered are entered here too. A change is based on a revision; when another device was faster, both are merged.
 */
import { computed, effect } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { RoomTag } from '#shared/ids.ts'
import { fromBase64Url, toBase64Url } from '#shared/invite.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { epochFromSecrets, type Epoch, type SecretEpochParts } from '../crypto/index.ts'
import type { Person } from '../identity/index.ts'
import type { NodeApi } from '../node-api/index.ts'
import type { Rooms } from '../rooms/index.ts'
import { keepRoomKeys, keysOf, type RoomKeys } from '../rooms/room-keys.ts'
import { dependOn } from '../state/depend-on.ts'
import { createMutex } from '../state/mutex.ts'
import type { Scope } from '../state/scope.ts'
import type { SelfRecord, Store } from '../store/index.ts'
import { backupIdOf, decodeBackup, encodeBackup, openBackup, sealBackup, type Backup } from './backup-format.ts'
import type { OwnDeviceParts } from './own-devices.ts'
import type { SelfRecords } from './self-record.ts'

/** A room that is entered changes several times in a moment: one backup for all of it. */
const SETTLE_MS = 1500
/** What another device has put in is seen within this time. */
const LOOK_EVERY_MS = 30_000
/** Whoever has one device looks only for what somebody else has done with their words. */
const LOOK_ALONE_EVERY_MS = 10 * 60_000
const TRIES = 4

export interface BackupKeeper {
  /** Compares with the node now. @throws {ParleyError} of the node (rejects) */
  update(): Promise<void>
  /** Keeps it current by itself. */
  start(): void
}

export interface BackupOptions {
  api: Pick<NodeApi, 'backup' | 'saveBackup'>
  passport: () => string
  person: Person
  rooms: Rooms
  store: Store
  records: SelfRecords
  ownDevices: Pick<OwnDeviceParts, 'news' | 'take'>
  /** Whether the node can be asked now; a signal is read in it. */
  isOnline: () => boolean
  /** The node holds another backup now. */
  onSaved: () => void
  scope: Scope
  onError: (error: unknown) => void
}

export function createBackup ({ api, passport, person, rooms, store, records, ownDevices, isOnline, onSaved, scope, onError }: BackupOptions): BackupKeeper {
  const locked = createMutex()

  /** What lies at the node, and its revision (0: nothing). What cannot be opened is replaced. */
  const fetch = async (): Promise<{ revision: number, content: Uint8Array | null, backup: Backup | null }> => {
    const id = await backupIdOf(person.backupKey)
    try {
      const { revision, sealed } = await api.backup(passport(), id, { signal: scope.signal })
      try {
        const content = await openBackup(person.backupKey, fromBase64Url(sealed))
        return { revision, content, backup: decodeBackup(content) }
      } catch (error) {
        if (!(error instanceof WireError) && !(error instanceof TypeError)) throw error
        return { revision, content: null, backup: null }
      }
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'backup-missing') return { revision: 0, content: null, backup: null }
      throw error
    }
  }

  const isIn = (tag: RoomTag): boolean => {
    const standing = rooms.get(tag)?.room.summary.peek().standing
    return standing === 'member' || standing === 'waiting'
  }

  /** Writes only what is new: the record is what this keeper waits for. */
  const note = async ({ knownRooms, knownDevices, verified }: Pick<SelfRecord, 'knownRooms' | 'knownDevices' | 'verified'>): Promise<void> => {
    const record = records.record.peek()
    const next = {
      knownRooms: [...new Set([...record.knownRooms, ...knownRooms])],
      knownDevices: [...new Set([...record.knownDevices, ...knownDevices])],
      verified: mergeVerified(record.verified, verified)
    }
    if (next.knownRooms.length > record.knownRooms.length || next.knownDevices.length > record.knownDevices.length ||
      next.verified.some((entry) => !record.verified.includes(entry))) await records.change(() => next)
  }

  const isNew = ({ messageSecret }: SecretEpochParts, known: Epoch | null): boolean => known === null || (known.messageKey === null && messageSecret !== null)

  /** Takes over what other devices know and this one does not. */
  const adopt = async ({ rooms: theirs, verified, devices, news }: Backup): Promise<void> => {
    const { knownRooms } = records.record.peek()
    for (const keys of theirs) {
      const opened = rooms.get(keys.tag)
      if (opened === null && !knownRooms.includes(keys.tag)) await rooms.open(await keepRoomKeys(store, keys))
      if (opened !== null) {
        const lacking = keys.epochs.filter((parts) => isNew(parts, opened.log.keyring.get(parts.epochId)))
        if (lacking.length > 0) await opened.log.addEpochs((await Promise.all(lacking.map(epochFromSecrets))).filter((epoch) => epoch !== null))
      }
    }
    if (news !== undefined) await ownDevices.take(news)
    await note({ knownRooms: theirs.map(({ tag }) => tag), knownDevices: devices, verified })
  }

  /** What this device knows, and what it was told of and has not opened itself. */
  const describe = (theirs: readonly RoomKeys[]): Backup => {
    const { verified, knownDevices } = records.record.peek()
    const mine = [...rooms.all.peek().values()].filter(({ log }) => isIn(log.roomTag)).map(({ log, room }) =>
      keysOf(log, room.summary.peek().name) ?? theirs.find(({ tag }) => tag === log.roomTag)).filter((keys) => keys !== undefined)
    return { rooms: mine, verified, devices: knownDevices, news: ownDevices.news.peek() }
  }

  const update = async (): Promise<void> => await locked(async () => {
    for (let tries = 1; ; tries++) {
      const { revision, content, backup } = await fetch()
      if (backup !== null) await adopt(backup)
      await note({ knownRooms: [...rooms.all.peek().keys()], knownDevices: [], verified: [] })
      const described = describe(backup?.rooms ?? [])
      const next = encodeBackup(described)
      if (content !== null && isSame(content, next)) return
      // RULE: a person without anything to keep takes no place at the node: it may be one who is about to recover.
      if (revision === 0 && described.rooms.length === 0 && described.verified.length === 0) return
      try {
        const sealed = toBase64Url(await sealBackup(person.backupKey, next))
        await api.saveBackup(passport(), await backupIdOf(person.backupKey), { replaces: revision, sealed }, { signal: scope.signal })
        onSaved()
        return
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== 'backup-changed' || tries === TRIES) throw error
      }
    }
  })

  let cancel = (): void => {}
  const soon = (delayMs: number): void => {
    cancel()
    cancel = scope.later(delayMs, () => {
      if (isOnline()) update().catch(onError)
      soon(records.record.peek().knownDevices.length > 1 ? LOOK_EVERY_MS : LOOK_ALONE_EVERY_MS)
    })
  }

  return {
    update,
    start () {
      /** Changes with what the backup holds, and not with each message. */
      const changes = computed(() => [...rooms.all.value.values()].map(({ log, room }) =>
        [log.roomTag, log.membership.value.epochs.length, room.summary.value.standing, room.summary.value.name].join()).join(';'))
      scope.defer(effect(() => {
        dependOn(changes)
        dependOn(records.record)
        dependOn(ownDevices.news)
        if (isOnline()) soon(SETTLE_MS)
      }))
    }
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** The last word about each counts, on whichever device it was said. */
function mergeVerified (mine: Backup['verified'], theirs: Backup['verified']): Backup['verified'] {
  const merged = new Map(mine.map((entry) => [entry.user, entry]))
  for (const entry of theirs) if (entry.changedAt > (merged.get(entry.user)?.changedAt ?? -1)) merged.set(entry.user, entry)
  return [...merged.values()]
}
