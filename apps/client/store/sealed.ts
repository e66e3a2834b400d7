import { decode, encode } from 'cborg'
import type { RegistrationKind } from '#shared/http/index.ts'
import type { DeviceKey, DevTag, EpochId, RoomTag, UserKey } from '#shared/ids.ts'
import { concat } from '#shared/wire/envelope.ts'
import type { AuthorityAction, Role, RoomPolicy } from '../api.ts'
import { guarded } from './errors.ts'
import type { ParleyDatabase } from './schema.ts'

/** How the store seals: the vault, seen from here. */
export interface Sealer {
  seal(context: string, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  open(context: string, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

/** What this device knows of a room beyond its log. Secret: it holds the secrets of invitations. */
export interface RoomRecord {
  tag: RoomTag
  /** As last resolved, so that the list of rooms needs no log. */
  name: string
  createdAt: number
  draft: string
  /** Invitations this device made: their secrets, so that their links can be shown again. */
  inviteSecrets: Record<string, Uint8Array<ArrayBuffer>>
  /** The passes that some of their links carry. */
  invitePasses?: Record<string, Uint8Array<ArrayBuffer>>
  /** The epoch the room began with, where its first operation may not be known yet: for a room that another device of this person was in. */
  firstEpochId?: EpochId | null
  /** The name of this person that this device has told the room last. */
  toldName?: string
  /** Whether others are told what was read here; they are where it does not say. */
  sendsReadMarks?: boolean
  /** Who has offered this direct room, where it was not made here. */
  offeredBy?: UserKey
  /** What is still to be done at the node's shelf of this room. */
  shelfJobs?: ShelfJob[]
  /** Bodies that the mailbox is still to let go of. */
  eraseJobs?: EraseJob[]
  /** Announced continuations of this room that were put away here. */
  hiddenContinuations?: RoomTag[]
  /** Whose request to join was declined here, by which invitation; the newest. */
  declined?: { inviteId: string, device: string }[]
  /** Devices that made something else of the same operations, as evidence. */
  disagreements?: DisagreementRecord[]
  /** Devices of which this person has read that they do: no notice is shown for them any more. */
  dismissedDisagreements?: DeviceKey[]
  /** Actions on others that wait until this device has caught up, the oldest first. */
  pendingActions?: PendingActionRecord[]
}

/** `context`: what was known when it was asked for. */
export interface PendingActionRecord {
  id: string
  action: AuthorityAction
  context: ActionContext
}

/** What an action is judged by, of the one person, link or room that it is on. */
export interface ActionContext {
  /** Null for who is not in. */
  role: Role | null
  /** Unix ms. */
  mutedUntil: number | null
  isBanned: boolean
  /** Who came in by their links, and by the links of those. */
  guests: readonly UserKey[]
  policy: RoomPolicy
  /** Of the link. */
  uses: number
}

/** Two results of one set of operations under one law. Hashes in hex. */
export interface DisagreementRecord {
  device: DeviceKey
  user: UserKey
  /** When it was found, Unix ms. */
  at: number
  law: number
  /** How many operations there were, and their hash. */
  operations: number
  set: string
  mine: string
  theirs: string
}

/** A conversation that somebody has offered. Secret: it holds the keys of the room. */
export interface OfferRecord {
  user: UserKey
  /** As they call themselves in the room it came through. */
  name: string
  through: RoomTag
  roomTag: RoomTag
  firstEpochId: EpochId
  keys: Uint8Array<ArrayBuffer>
  /** Unix ms. */
  receivedAt: number
  /** This person will decide later. */
  isLater: boolean
}

/** `sealed` null: the welcome is to be taken away. */
export interface ShelfJob { inviteId: string, expiresAt: number, sealed: Uint8Array<ArrayBuffer> | null }

/** Positions of one log. */
export interface EraseJob { devTag: string, seqs: number[] }

/** A way into a room that was begun and has not ended. Secret: it holds the link's. */
export interface JoinRecord {
  roomTag: RoomTag
  /** The link's, 16 bytes. */
  secret: Uint8Array<ArrayBuffer>
  /** What the link commits to, 16 bytes; missing for an open party room. */
  access?: Uint8Array<ArrayBuffer>
  /** The room that announces an open party room. */
  parent?: RoomTag
  roomName: string
  inviterName: string
  /** 32 bytes: what the members' answer is sealed under. */
  answerKey: Uint8Array<ArrayBuffer>
  /** What the request is called at the node; null until it lies there. */
  requestId: string | null
  /** Unix ms; null until the node or a member has told. */
  expiresAt: number | null
}

/** What a device has let be known that it has read: of each log, everything up to a position. */
export interface ReadMark { device: DeviceKey, read: [DevTag, number][] }

/** Who this device is. Secret: passport and the entropy of the root key. */
export interface ProfileRecord {
  nodeOrigin: string
  accountId: string
  name: string | null
  passport: string
  passportExpiresAt: number
  /** 16 bytes: the entropy of the twelve words; null on a device that another one of the person has linked. */
  rootEntropy: Uint8Array<ArrayBuffer> | null
  /** What such a device was given; elsewhere it follows from the root key. */
  linked?: LinkedRecord | null
  /** The node's public keys as last fetched (JSON), so that passports can be checked while it is down. */
  jwks: string
  issuer: string
  relayAddrs: string[]
  /** Who may have a new account there; open where it does not say. */
  registration?: RegistrationKind
}

export interface LinkedRecord {
  userKey: UserKey
  /** The root key's word for this device, 64 bytes. */
  certificate: Uint8Array<ArrayBuffer>
  /** When that was given, Unix ms; absent in what protocol 2 wrote, and in its certificates. */
  issuedAt?: number | null
  /** 32 bytes: opens and seals the person's backup. */
  backupKey: Uint8Array<ArrayBuffer>
}

/** What this device knows of its person beyond any room. */
export interface SelfRecord {
  /** Unix ms; null until the person said that the words are written down. */
  recoveryConfirmedAt: number | null
  /** Whose safety number was compared, under which name, and said to fit or no longer; the last word of each. */
  verified: { user: UserKey, name: string, isVerified: boolean, changedAt: number }[]
  /** Rooms that this device has been told of: one that was left or forgotten is not taken from the backup again. */
  knownRooms: RoomTag[]
  /** Devices of this person that were linked, whether or not they share a room. */
  knownDevices: DeviceKey[]
  /** From whom addresses are hidden; absent in what older versions wrote, as are `blocked` people. */
  hidesFrom?: 'nobody' | 'strangers' | 'everybody'
  blocked?: UserKey[]
  /** The newest certificates of this person's devices that the root key is known to have given. */
  certificates?: CertificateRecord[]
  /** Devices that one without the root key has revoked: whoever holds it signs the list. */
  wishes?: RevocationWish[]
}

export interface CertificateRecord { device: DeviceKey, encryptionKey: Uint8Array<ArrayBuffer>, issuedAt: number, certificate: Uint8Array<ArrayBuffer> }

/** Signed by the device that wishes it. */
export interface RevocationWish { device: DeviceKey, by: DeviceKey, signature: Uint8Array<ArrayBuffer> }

/** What is known of the devices of one person. `newest`: the list to show to others, encoded. */
export interface DeviceListRecord { user: UserKey, newest: Uint8Array<ArrayBuffer>, revoked: DeviceKey[] }

/** How loud somebody is played here. */
export interface VoiceRecord { user: UserKey, volume: number, isSilenced: boolean }

/** Secrets of one epoch as stored. */
export interface EpochRecord {
  epochId: EpochId
  logSecret: Uint8Array<ArrayBuffer>
  messageSecret: Uint8Array<ArrayBuffer> | null
  messageCommitment: Uint8Array<ArrayBuffer>
}

/** All methods reject with a `ParleyError`; `storage-denied` also for a record that does not open. */
export interface SealedRecords {
  loadProfile(): Promise<ProfileRecord | null>
  saveProfile(profile: ProfileRecord): Promise<void>
  loadSelf(): Promise<SelfRecord | null>
  saveSelf(record: SelfRecord): Promise<void>
  loadVoices(): Promise<VoiceRecord[]>
  saveVoices(voices: readonly VoiceRecord[]): Promise<void>
  /** By device: the name in the last passport that was checked. */
  loadConfirmedNames(): Promise<[DeviceKey, string][]>
  saveConfirmedNames(names: readonly [DeviceKey, string][]): Promise<void>
  /** By when they were heard of, the longest ago first. */
  loadDeviceLists(): Promise<DeviceListRecord[]>
  saveDeviceLists(lists: readonly DeviceListRecord[]): Promise<void>
  loadOffers(): Promise<OfferRecord[]>
  saveOffers(offers: readonly OfferRecord[]): Promise<void>
  loadJoins(): Promise<JoinRecord[]>
  saveJoins(joins: readonly JoinRecord[]): Promise<void>
  rooms(): Promise<RoomRecord[]>
  saveRoom(room: RoomRecord): Promise<void>
  epochs(roomTag: RoomTag): Promise<EpochRecord[]>
  saveEpochs(roomTag: RoomTag, epochs: readonly EpochRecord[]): Promise<void>
  marks(roomTag: RoomTag): Promise<ReadMark[]>
  saveMarks(roomTag: RoomTag, marks: readonly ReadMark[]): Promise<void>
}

export function createSealedRecords (db: ParleyDatabase, sealer: Sealer): SealedRecords {
  const seal = async (context: string, record: object): Promise<Uint8Array<ArrayBuffer>> =>
    await sealer.seal(context, new Uint8Array(encode(record)))
  const open = async <T>(context: string, sealed: Uint8Array<ArrayBuffer>): Promise<T> =>
    ownBytes(decode(await sealer.open(context, sealed))) as T

  return {
    loadProfile: guarded(async () => {
      const row = await db.keys.get('profile')
      return row === undefined ? null : await open<ProfileRecord>('profile', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveProfile: guarded(async (profile) => {
      const value = await seal('profile', profile)
      await db.keys.put({ name: 'profile', value })
    }),
    loadSelf: guarded(async () => {
      const row = await db.keys.get('self')
      return row === undefined ? null : await open<SelfRecord>('self', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveSelf: guarded(async (record) => {
      const value = await seal('self', record)
      await db.keys.put({ name: 'self', value })
    }),
    loadVoices: guarded(async () => {
      const row = await db.keys.get('voices')
      return row === undefined ? [] : await open<VoiceRecord[]>('voices', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveVoices: guarded(async (voices) => {
      const value = await seal('voices', voices)
      await db.keys.put({ name: 'voices', value })
    }),
    loadConfirmedNames: guarded(async () => {
      const row = await db.keys.get('confirmed-names')
      return row === undefined ? [] : await open<[DeviceKey, string][]>('confirmed-names', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveConfirmedNames: guarded(async (names) => {
      const value = await seal('confirmed-names', names)
      await db.keys.put({ name: 'confirmed-names', value })
    }),
    loadDeviceLists: guarded(async () => {
      const row = await db.keys.get('device-lists')
      return row === undefined ? [] : await open<DeviceListRecord[]>('device-lists', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveDeviceLists: guarded(async (lists) => {
      const value = await seal('device-lists', lists)
      await db.keys.put({ name: 'device-lists', value })
    }),
    loadOffers: guarded(async () => {
      const row = await db.keys.get('offers')
      return row === undefined ? [] : await open<OfferRecord[]>('offers', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveOffers: guarded(async (offers) => {
      const value = await seal('offers', offers)
      await db.keys.put({ name: 'offers', value })
    }),
    loadJoins: guarded(async () => {
      const row = await db.keys.get('joins')
      return row === undefined ? [] : await open<JoinRecord[]>('joins', row.value as Uint8Array<ArrayBuffer>)
    }),
    saveJoins: guarded(async (joins) => {
      const value = await seal('joins', joins)
      await db.keys.put({ name: 'joins', value })
    }),
    rooms: guarded(async () => {
      const rows = await db.rooms.toArray()
      return await Promise.all(rows.map(async (row) => await open<RoomRecord>(`rooms/${row.tag}`, row.sealed)))
    }),
    saveRoom: guarded(async (room) => {
      const sealed = await seal(`rooms/${room.tag}`, room)
      await db.rooms.put({ tag: room.tag, sealed })
    }),
    epochs: guarded(async (roomTag) => {
      const rows = await db.epochs.where('[roomTag+epochId]').between([roomTag, ''], [roomTag, '\uffff']).toArray()
      return await Promise.all(rows.map(async (row) => await open<EpochRecord>(`epochs/${roomTag}/${row.epochId}`, row.sealed)))
    }),
    saveEpochs: guarded(async (roomTag, epochs) => {
      const rows = await Promise.all(epochs.map(async (epoch) =>
        ({ roomTag, epochId: epoch.epochId, sealed: await seal(`epochs/${roomTag}/${epoch.epochId}`, epoch) })))
      await db.epochs.bulkPut(rows)
    }),
    marks: guarded(async (roomTag) => {
      const rows = await db.marks.where('[roomTag+device]').between([roomTag, ''], [roomTag, '\uffff']).toArray()
      return await Promise.all(rows.map(async (row) => await open<ReadMark>(`marks/${roomTag}/${row.device}`, row.sealed)))
    }),
    saveMarks: guarded(async (roomTag, marks) => {
      const rows = await Promise.all(marks.map(async (mark) =>
        ({ roomTag, device: mark.device, sealed: await seal(`marks/${roomTag}/${mark.device}`, mark) })))
      await db.marks.bulkPut(rows)
    })
  }
}

/** CBOR decodes bytes as views onto the whole record; WebCrypto and IndexedDB want arrays of their own. */
function ownBytes (value: unknown): unknown {
  if (value instanceof Uint8Array) return concat(value)
  if (Array.isArray(value)) return value.map(ownBytes)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, ownBytes(field)]))
  }
  return value
}
