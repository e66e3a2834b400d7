/**
 * The mailbox: a peer without keys. It keeps sealed envelopes for members who are not there, speaks `/parley/sync/1` like any member, and
 * stands in each room's gossip. It may withhold, but not read, forge or join: it sees headers and ciphertext only.
 *
 * Flow: a member's sync session proves access by the room's key (the first one registers the public half) and brings and takes envelopes;
 * what members publish is checked, kept and passed on. Messages go after their time, operations with the room.
 *
 * @example
 * const mailbox = await createMailbox({ store: services.mailboxStore, relay, log })
 * await mailbox.stop()   // before the relay
 */
import { fromHex, toHex, type AccountId, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { MAILBOX_TTL_MS } from '#shared/limits.ts'
import type { PassportClaims } from '#shared/http/passport.ts'
import { ADDRESSED_MAX_BYTES, ADDRESSED_PROTOCOL } from '#shared/wire/addressed.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { decodeEnvelope, importDeviceKey, verifyEnvelope } from '#shared/wire/envelope.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeGossipFrame, ephemeralSignedBytes, type GossipFrame } from '#shared/wire/gossip.ts'
import { acceptSync, SYNC_PROTOCOL, SyncRefused, type SyncRoom } from '#shared/wire/sync/index.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import type { Disk } from '../disk/index.ts'
import { createLimiter, type Limiter } from '../limits/index.ts'
import type { MailboxStore } from '../store/mailbox.ts'
import { createAddressed } from './addressed.ts'
import { createAdmission } from './admission.ts'
import { expire } from './expire.ts'
import { createHolders } from './holders.ts'
import { createQuota, QuotaExceeded } from './quota.ts'
import { createShelves } from './shelves.ts'
import type { Shelf } from './shelf.ts'

const SWEEP_EVERY_MS = 3_600_000

/** What the mailbox needs of the relay. */
export interface MailboxRelay {
  /** Raw Ed25519 public key of the node, 32 bytes. */
  readonly publicKey: Uint8Array
  claimsOf(device: DeviceKey): PassportClaims | null
  /** Whether a device is registered in a room. */
  isRegistered(room: RoomTag, device: DeviceKey): boolean
  handle(protocol: string, handler: (stream: FrameStream, device: DeviceKey) => Promise<void>, options?: { maxFrameBytes?: number }): Promise<void>
  setRoomValidator(validate: (room: RoomTag, frame: Uint8Array, from: DeviceKey) => Promise<'accept' | 'ignore' | 'reject'>): void
  /** Tells the rendezvous by which keys rooms are known, and hears who has proven one. */
  setRoomKeys(source: {
    keysOf(rooms: readonly RoomTag[]): Promise<ReadonlyMap<RoomTag, string>>
    onProven(device: DeviceKey, room: RoomTag): void
  }): void
  settleRoom(room: RoomTag, key: string): void
}

export interface MailboxOptions {
  store: MailboxStore
  relay: MailboxRelay
  /** The node's own; default one of its own, for tests. */
  limiter?: Limiter
  /** Counts a frame of gossip that was not passed on. */
  onGossipDropped?: (reason: string) => void
  /** Bytes per account, as they lie on disk. */
  quotaBytes?: number
  /** Entries and logs per account. */
  quotaRows?: number
  /** Missing: nothing bounds the node as a whole. */
  disk?: Pick<Disk, 'storage' | 'grow' | 'judge'>
  ttlMs?: number
  /** How long gossip waits for the proof of its sender. */
  proofWaitMs?: number
  log?: { debug(details: object, message: string): void, error(details: object, message: string): void }
  /** The node's clock. Without `mayErase` it is always believed, without `stamp` it stamps by `now`. */
  now?: () => number
  stamp?: () => number
  mayErase?: () => boolean
  /** Ms that have really passed, whatever the clock says. */
  elapsed?: () => number
}

export interface Mailbox {
  /** Erases what has had its time, unless the clock may be wrong. Runs every hour. */
  sweep(): Promise<{ entries: number, rooms: number }>
  /** Ends all sessions. Idempotent. */
  stop(): Promise<void>
}

export async function createMailbox (options: MailboxOptions): Promise<Mailbox> {
  const { store, relay, log, now = Date.now, stamp = now, mayErase = () => true, ttlMs = MAILBOX_TTL_MS } = options
  const { limiter = createLimiter({ now }), onGossipDropped = () => {} } = options
  const quota = createQuota(store, {
    maxBytes: options.quotaBytes ?? limiter.max('mailbox-bytes'),
    maxRows: options.quotaRows ?? limiter.max('mailbox-rows'),
    ...(options.disk === undefined ? {} : { disk: options.disk })
  })
  const admission = createAdmission({ elapsed: options.elapsed ?? (() => performance.now()), limiter, waitMs: options.proofWaitMs })
  const shelves = createShelves({
    store, quota, stamp,
    localKey: relay.publicKey,
    roomsPerAccount: limiter.max('mailbox-rooms'),
    onFork: (roomTag) => log?.debug({ roomTag }, 'a device has written two entries at one position')
  })
  const accountOf = (device: DeviceKey): AccountId | null => (relay.claimsOf(device)?.sub ?? null) as AccountId | null
  const logsMax = limiter.max('room-logs')
  const holders = createHolders({
    maxPositions: limiter.max('holder-positions'), maxPerAccount: limiter.max('holder-positions-of-account'),
    refuse: (above) => limiter.refuse(above === 'party' ? 'holder-positions-of-account' : 'holder-positions')
  })
  const addressed = createAddressed({
    limiter, holders, accountOf,
    isMember: (room, device) => accountOf(device) !== null && admission.has(device, room) && relay.isRegistered(room, device),
    isThere: (room, device) => relay.isRegistered(room, device)
  })
  const stopped = new AbortController()
  const running = new Set<Promise<void>>()

  async function roomFor (shelf: Shelf, account: AccountId): Promise<SyncRoom> {
    // Whoever has no room left may still take out.
    const isFull = await quota.isFull(account)
    return {
      replica: shelf.replicaFor(account),
      access: shelf.access,
      accepts: () => !isFull && shelf.size < logsMax,
      unwanted: (devTag) => shelf.expiredTo(devTag) === 0 ? [] : [{ from: 1, to: shelf.expiredTo(devTag) }]
    }
  }

  /** The session names its room in its first frame; the room stays open until `over`. */
  function lend (roomTag: RoomTag, account: AccountId, over: Promise<unknown>): Promise<SyncRoom | null> {
    const lent = Promise.withResolvers<SyncRoom | null>()
    shelves.withShelf(roomTag, async (shelf) => {
      lent.resolve(shelf === null ? null : await roomFor(shelf, account))
      if (shelf !== null) await over
    }).catch(lent.reject)
    return lent.promise
  }

  async function serve (stream: FrameStream, device: DeviceKey): Promise<void> {
    const account = accountOf(device)
    if (account === null) throw new WireError('no-passport')
    const release = limiter.hold('sync-sessions', device)
    if (release === null) throw new WireError('too-many-sessions')
    const over = Promise.withResolvers<undefined>()
    try {
      const { roomTag: room, result } = await acceptSync(stream, {
        remoteKey: fromHex(device),
        signal: stopped.signal,
        roomOf: async (roomTag) => await lend(roomTag, account, over.promise),
        async register (roomTag, publicKey) {
          if (!await shelves.register(roomTag, publicKey, account)) return null
          relay.settleRoom(roomTag, toHex(publicKey))
          return await lend(roomTag, account, over.promise)
        },
        onAccess: (roomTag) => admission.admit(device, account, roomTag)
      })
      holders.refresh(room, { device, account }, [...result.remote].flatMap(([devTag, have]) => have.length === 0 ? [] : [{ devTag, seq: highestOf(have) }]))
    } catch (error) {
      log?.debug({ reason: reasonOf(error) }, 'sync session ended early')
    } finally {
      over.resolve(undefined)
      release()
    }
  }

  async function judge (roomTag: RoomTag, bytes: Uint8Array, from: DeviceKey): Promise<'accept' | 'ignore' | 'reject'> {
    const account = accountOf(from)
    const drop = <Kind extends 'ignore' | 'reject'>(kind: Kind, reason: string): Kind => {
      onGossipDropped(reason)
      return kind
    }
    if (account === null) return drop('ignore', 'no-passport')
    try {
      const frame = decodeGossipFrame(bytes)
      const limit = frame.type === 'ephemeral' ? 'gossip-ephemerals' : 'gossip-envelopes'
      // By its carrier, which Noise has proven; the author is only claimed so far. Nobody is at fault: what is kept comes by sync.
      if (!limiter.take(limit, from) || !limiter.take(`${limit}-of-account`, account)) return drop('ignore', 'over-limit')
      if (!await admission.isAdmitted(from, account, roomTag)) return drop('ignore', 'no-access')
      if (frame.type === 'ephemeral') return await isSigned(frame, roomTag) ? 'accept' : drop('reject', 'bad-signature')
      await keepGossip(frame, roomTag, account)
      return 'accept'
    } catch (error) {
      if (error instanceof WireError) return drop('reject', error.reason)
      // A full disk or quota must not keep people from talking.
      if (!(error instanceof QuotaExceeded)) log?.error({ err: error }, 'an envelope could not be kept')
      return 'accept'
    }
  }

  async function keepGossip (frame: Extract<GossipFrame, { type: 'envelope' }>, roomTag: RoomTag, account: AccountId): Promise<void> {
    const envelope = await decodeEnvelope(frame.envelope)
    if (envelope.header.roomTag !== roomTag) throw new WireError('wrong-room')
    const verified = await verifyEnvelope(envelope, frame.device)
    await shelves.withShelf(roomTag, async (shelf) => {
      const { devTag, seq, prev } = verified.header
      if (shelf === null || seq <= shelf.expiredTo(devTag) || (!shelf.has(devTag) && shelf.size >= logsMax)) return
      const replica = shelf.replicaFor(account)
      const before = await replica.idAt(devTag, seq - 1)
      // Not of the chain that is kept: members judge it, sync brings the proof.
      if (before !== null && before !== prev) return
      await replica.append([verified])
    })
  }

  async function sweep (): Promise<{ entries: number, rooms: number }> {
    if (!mayErase()) return { entries: 0, rooms: 0 }
    const gone = await expire(store, { now: now(), ttlMs })
    if (gone.entries + gone.rooms > 0) {
      quota.reset()
      await shelves.reload()
    }
    return gone
  }

  relay.setRoomValidator(judge)
  relay.setRoomKeys({
    keysOf: async (rooms) => await shelves.keysOf(rooms),
    onProven (device, roomTag) {
      const account = accountOf(device)
      if (account !== null) admission.admit(device, account, roomTag)
    }
  })
  await relay.handle(SYNC_PROTOCOL, async (stream, device) => {
    const session = serve(stream, device)
    running.add(session)
    await session.finally(() => running.delete(session))
  })
  await relay.handle(ADDRESSED_PROTOCOL, addressed.serve, { maxFrameBytes: ADDRESSED_MAX_BYTES })
  const trySweep = async (): Promise<void> => {
    await sweep().catch((error: unknown) => log?.error({ err: error }, 'the mailbox could not be swept'))
  }
  // Erasing needs a write: on a full disk what is there must be readable all the same.
  await trySweep()
  const timer = setInterval(() => { trySweep().catch(() => {}) }, SWEEP_EVERY_MS).unref()

  return {
    sweep,
    async stop () {
      clearInterval(timer)
      stopped.abort(new Error('the node is stopping'))
      await Promise.allSettled(running)
    }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof WireError ? error.reason : error instanceof SyncRefused ? error.code : error instanceof Error ? error.name : 'unknown'

async function isSigned ({ device, sealed, signature }: Extract<GossipFrame, { type: 'ephemeral' }>, roomTag: RoomTag): Promise<boolean> {
  const key = await importDeviceKey(device).catch((cause: unknown) => { throw new WireError('bad-device-key', { cause }) })
  return await crypto.subtle.verify('Ed25519', key, signature, ephemeralSignedBytes(roomTag, sealed))
}
