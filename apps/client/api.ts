/**
 * The public types of the client: what the UI, the headless friend and the widget see of it.
 * State is a signal (`value` now, `subscribe` for later); what happens once is an event; an action that may be impossible right now
 * is a signal of a function or null, so that a button and the truth cannot disagree.
 */
import type { ReadonlySignal } from '@preact/signals-core'
import type { ParleyError } from '#shared/errors.ts'
import type { AccountId, DeviceKey, EnvelopeId, RoomTag, UserKey } from '#shared/ids.ts'
import type { Calls } from './api-calls.ts'
import type { NameMark } from './api-names.ts'
import type { Privacy } from './api-privacy.ts'
import type { Role } from './api-roles.ts'
import type { Self, StorageUse } from './api-self.ts'
import type { EventSource } from './state/events.ts'
import type { Platform } from './platform.ts'
import type { InvitePreview, JoinAttempt, RoomEntry } from './rooms/entry/facet.ts'
import type { RoomLive } from './rooms/live/facet.ts'
import type { RoomMessages } from './rooms/messages/facet.ts'
import type { RoomParties } from './rooms/parties/facet.ts'
import type { RoomPeople } from './rooms/people/facet.ts'
import type { RoomSettings } from './rooms/settings/facet.ts'

export type * from './api-calls.ts'
export type * from './api-names.ts'
export type * from './api-privacy.ts'
export type * from './api-roles.ts'
export type * from './api-self.ts'
export type * from './rooms/entry/facet.ts'
export type * from './rooms/live/facet.ts'
export type * from './rooms/messages/facet.ts'
export type * from './rooms/parties/facet.ts'
export type * from './rooms/people/actions/facet.ts'
export type * from './rooms/people/facet.ts'
export type * from './rooms/settings/facet.ts'

export interface ClientOptions {
  platform: Platform
  /** Origin of the node, e.g. `https://parley.example`. */
  nodeOrigin: string
  /** Name of the local database; a second name is a second profile. Default `parley`. */
  databaseName?: string
  /** STUN and TURN servers for direct links; none by default, so that nobody else learns who talks. */
  iceServers?: RTCIceServer[]
}

export interface Client {
  readonly account: ReadonlySignal<AccountState>
  readonly connection: ReadonlySignal<ConnectionState>
  /** Null until the local history was opened. Newest activity first. */
  readonly rooms: ReadonlySignal<readonly RoomSummary[] | null>
  /** Null where the host has no media, and until it was loaded. */
  readonly calls: ReadonlySignal<Calls | null>
  readonly events: EventSource<ClientEvents>
  readonly signIn: SignIn

  /** Opens the local history and connects. Resolves when the history is open, also while the node cannot be reached. */
  start(): Promise<void>
  stop(): Promise<void>

  /** @throws {ParleyError} `room-name-malformed`, `storage-full`. Works offline. */
  createRoom(options: { name: string }): Promise<RoomTag>
  /** Reads a link without using it. @throws {ParleyError} `invite-malformed`, `invite-version`, `invite-outdated`, `invite-other-node`. */
  readInvite(link: string): InvitePreview
  /** Starts joining, or goes on with it; the state says how far it is. Safe to call again with the same link. */
  join(link: string): JoinAttempt
  /** A room this device is in, else null. The same object for the same tag. */
  room(tag: RoomTag): Room | null
  /** Erases everything on this device and revokes it at the node if that can be reached. */
  signOut(): Promise<void>

  /** From whom addresses are hidden, and who is blocked. Null while signed out. */
  readonly privacy: ReadonlySignal<Privacy | null>
  /**
   * Opens the direct conversation with somebody this person shares a room with, or begins it; works while neither node nor the other
   * person can be reached. Null while that cannot be done (signed out). Rejects with `not-found` for somebody unknown.
   */
  readonly openDirect: ReadonlySignal<((user: UserKey) => Promise<RoomTag>) | null>
  /** Who waits for an answer, the newest first, those for later last. */
  readonly requests: ReadonlySignal<readonly DirectRequest[]>
  /** Devices of this person, recovery, export: what belongs to a person rather than to a room. Null while signed out. */
  readonly self: ReadonlySignal<Self | null>
  /** What this device keeps and how much room is left; measured when asked. */
  storageUse(): Promise<StorageUse>
}

/** Somebody of a shared room wants a conversation of two. Nothing else of it reaches this person before they accept. */
export interface DirectRequest {
  /** Stable: a person has one request at most. */
  user: UserKey
  name: string
  nameMark: NameMark | null
  /** The room that both are in; empty where its name shows nothing. */
  roomName: string
  /** Unix ms. */
  receivedAt: number
  isLater: boolean
  /** Opens the conversation. */
  accept(): Promise<RoomTag>
  /** Blocks the person and forgets the request; what they offer later never appears. */
  block(): Promise<void>
  /** Keeps the request for later. */
  postpone(): Promise<void>
}

export interface ClientEvents {
  /** A message of somebody else arrived while the room was not marked read. For sounds and notifications. */
  'message-received': { roomTag: RoomTag, roomName: string, author: UserKey | null, authorName: string, authorMark: NameMark | null, text: string, id: EnvelopeId }
  /** Something went wrong that no single action can show. */
  'trouble': { error: ParleyError }
}

/* ---------------------------------------------------------------- account */

export type AccountState =
  | { status: 'starting' }
  /** The device cannot keep anything: denied, full, newer schema, or another window owns the profile. */
  | { status: 'blocked', error: ParleyError, takeOver: (() => Promise<void>) | null }
  | { status: 'signed-out' }
  | { status: 'needs-name', suggestedName: string }
  | { status: 'signed-in', account: Account, passport: PassportStanding }

/**
 * What the node says to the passport of this device. `expired`: it could not be renewed yet. `revoked` and `refused`: it cannot be renewed, by a
 * device that was signed out and by one that the node does not know; signing in again helps, and nothing on the device is lost by it.
 */
export type PassportStanding = 'valid' | 'expired' | 'revoked' | 'refused'

export interface Account {
  accountId: AccountId
  userKey: UserKey
  deviceKey: DeviceKey
  name: string
}

/** All methods reject with a `ParleyError` whose code has words in the UI. */
export interface SignIn {
  /** Sends a code. `retryInMs`: when another may be asked for. */
  requestCode(email: string): Promise<{ expiresInMs: number, retryInMs: number, devMailUrl: string | null }>
  /** Who may have a new account at the node; null where that cannot be told now. */
  registration(): Promise<'open' | 'domains' | 'invite' | 'closed' | null>
  /**
   * Signs this device in; `account` becomes `needs-name` or `signed-in`. `link` is the invite link by which someone came: on nodes
   * where a new account takes an invitation it carries a pass.
   */
  verifyCode(email: string, code: string, link?: string | null): Promise<void>
  /** Another free name. */
  suggestName(): Promise<string>
  /** Reserves a name, the first one or a new one; the old one becomes free. Rejects with `name-malformed` (details: `fault`, `char`), `name-taken`. */
  chooseName(name: string): Promise<void>
}

/* ------------------------------------------------------------- connection */

export interface ConnectionState {
  /** `online`: relay reserved, reachable by others. `connecting`: trying. `offline`: the node does not answer; links to peers may still be up. */
  node: 'online' | 'connecting' | 'offline'
  /** Peers of any room that are linked right now, by the better of their links. */
  direct: number
  relayed: number
  /** When the next attempt to reach the node is made, Unix ms; null when none is planned. */
  retryAt: number | null
  /** Devices that sent far too much: nothing from them is taken until then (Unix ms). The name is null where they are in no room of this device. */
  ignored: readonly { name: string | null, until: number }[]
  /** Local clock minus node clock; large values are shown, since they make times wrong. Null until known. */
  clockOffsetMs: number | null
  /** Whether the node keeps new entries for those who are away. */
  storage: 'ok' | 'nearly-full' | 'full'
  /** Which of the two has to be updated before this device can use the node; null: neither. */
  mismatch: 'client-too-old' | 'node-too-old' | null
}

/* ------------------------------------------------------------------ names */

/* ------------------------------------------------------------------ rooms */

/** `direct`: a conversation of two, named after the other. `party`: a child of another room. */
export type RoomKind = 'group' | 'direct' | 'party'

export interface RoomSummary {
  tag: RoomTag
  /** One clean line; empty where the room's name shows nothing. */
  name: string
  /** Of a direct room, which is named after the other person. */
  nameMark: NameMark | null
  kind: RoomKind
  topic: string
  /** The room that a party room belongs to. */
  parent: RoomTag | null
  /** The other person of a direct room. */
  peer: UserKey | null
  /** What this person may do here; null while not admitted yet or no longer a member. */
  role: Role | null
  unread: number
  /** Unix ms of the newest message, or of creation. */
  lastActivityAt: number
  lastMessage: { author: UserKey | null, authorName: string, authorMark: NameMark | null, text: string } | null
  /** Members with a link right now, without this device. */
  online: number
  /** False after being removed: history stays, sending is impossible. */
  isMember: boolean
  /**
   * `waiting`: joined by a link while nobody was there to admit; reading works. `removed`, `banned`, `left`: no longer in.
   * `revoked`: this device is out, its person is in.
   */
  standing: 'member' | 'waiting' | 'removed' | 'banned' | 'left' | 'revoked'
}

/** What a room is, by what one does there. Each part stands beside what makes it (`rooms/`). */
export interface Room {
  readonly tag: RoomTag
  readonly summary: ReadonlySignal<RoomSummary>
  readonly messages: RoomMessages
  readonly live: RoomLive
  readonly people: RoomPeople
  readonly entry: RoomEntry
  readonly settings: RoomSettings
  readonly parties: RoomParties
}
