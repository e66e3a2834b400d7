/**
 * The public types of the client: what the UI, the headless friend and the widget see of it.
 * State is a signal (`value` now, `subscribe` for later); what happens once is an event; an action that may be impossible right now
 * is a signal of a function or null, so that a button and the truth cannot disagree.
 */
import type { ReadonlySignal } from '@preact/signals-core'
import type { ParleyError } from '#shared/errors.ts'
import type { AccountId, DeviceKey, EnvelopeId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import type { EventSource } from './state/events.ts'
import type { Platform } from './platform.ts'

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
  readonly events: EventSource<ClientEvents>
  readonly signIn: SignIn

  /** Opens the local history and connects. Resolves when the history is open, also while the node cannot be reached. */
  start(): Promise<void>
  stop(): Promise<void>

  /** @throws {ParleyError} `room-name-malformed`, `storage-full`. Works offline. */
  createRoom(options: { name: string }): Promise<RoomTag>
  /** Reads a link without using it. @throws {ParleyError} `invite-malformed`, `invite-version`, `invite-other-node`. */
  readInvite(link: string): InvitePreview
  /** Starts joining, or goes on with it; the state says how far it is. Safe to call again with the same link. */
  join(link: string): JoinAttempt
  /** A room this device is in, else null. The same object for the same tag. */
  room(tag: RoomTag): Room | null
  /** Erases everything on this device and revokes it at the node if that can be reached. */
  signOut(): Promise<void>
}

export interface ClientEvents {
  /** A message of somebody else arrived while the room was not marked read. For sounds and notifications. */
  'message-received': { roomTag: RoomTag, roomName: string, authorName: string, text: string, id: EnvelopeId }
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
  | { status: 'signed-in', account: Account, passport: 'valid' | 'expired' | 'revoked' }

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
  /** Signs this device in; `account` becomes `needs-name` or `signed-in`. */
  verifyCode(email: string, code: string): Promise<void>
  /** Another free name. */
  suggestName(): Promise<string>
  /** Reserves a name, the first one or a new one; the old one becomes free. */
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
  /** Local clock minus node clock; large values are shown, since they make times wrong. Null until known. */
  clockOffsetMs: number | null
}

/* ------------------------------------------------------------------ rooms */

export interface RoomSummary {
  tag: RoomTag
  name: string
  unread: number
  /** Unix ms of the newest message, or of creation. */
  lastActivityAt: number
  lastMessage: { authorName: string, text: string } | null
  /** Members with a link right now, without this device. */
  online: number
  /** False after being removed: history stays, sending is impossible. */
  isMember: boolean
}

export interface Room {
  readonly tag: RoomTag
  readonly summary: ReadonlySignal<RoomSummary>
  readonly members: ReadonlySignal<readonly Member[]>
  /** Progress of fetching history, null when nothing is being fetched. Counts are envelopes. */
  readonly syncing: ReadonlySignal<{ received: number, total: number } | null>
  /** Up to when (seq-wise) the node's mailbox holds what this device wrote: `kept` is false while something waits for it. */
  readonly keptAtNode: ReadonlySignal<boolean>
  /** Names of members who are typing right now; expires by itself. */
  readonly typing: ReadonlySignal<readonly string[]>
  /** The unsent text, kept per room across restarts. */
  readonly draft: ReadonlySignal<string>
  setDraft(text: string): void
  /** Tells others that somebody types here, or no longer does; call on input, it is debounced. */
  setTyping(isTyping?: boolean): void

  /**
   * Stores, then sends. Resolves when the message is stored on this device. Null when this device may not write here.
   * Rejects with `message-empty`, `message-too-long`, `storage-full`.
   */
  readonly send: ReadonlySignal<((text: string) => Promise<EnvelopeId>) | null>
  /** A live window onto the messages, newest page first. Dispose it when it is no longer shown. */
  openTimeline(options?: { pageSize?: number }): Timeline
  /** Marks everything up to the newest message as read. */
  markRead(): Promise<void>

  /** Null when this device may not invite. */
  readonly invite: ReadonlySignal<((options?: InviteOptions) => Promise<CreatedInvite>) | null>
  readonly invites: ReadonlySignal<readonly OpenInvite[]>
  revokeInvite(id: InviteId): Promise<void>
  /** Removes a member and re-keys the room. Null when this device may not. */
  readonly removeMember: ReadonlySignal<((user: UserKey) => Promise<void>) | null>
}

export type Role = 'owner' | 'member'

export interface Member {
  user: UserKey
  name: string
  role: Role
  isMe: boolean
  presence: 'online' | 'offline'
  /** How this device reaches the member right now, by the best of their devices. `none` for oneself. */
  link: 'direct' | 'relayed' | 'none'
  /** Round trip in ms, null when unknown. */
  latencyMs: number | null
  /** How many envelopes of this room the member still lacks as far as this device knows; null when unknown. */
  lacks: number | null
  lastSeenAt: number | null
  /** True when the node's passport for the device was checked in this session and names the same name. */
  isVerified: boolean
}

/**
 * `sending`: only on this device. `sent`: the node's mailbox or someone else holds it. `delivered`: at least one other member's device
 * holds it; see `deliveredTo`. `read`: at least one other member has seen it. `failed`: it could not be stored or was refused.
 */
export type MessageState = 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

export interface Message {
  id: EnvelopeId
  author: UserKey
  authorName: string
  isMine: boolean
  /** Unix ms by the author's clock, clamped to what is plausible. */
  sentAt: number
  text: string
  state: MessageState
  /** Members (not devices, without the author) that hold the message, of how many. */
  deliveredTo: number
  deliveredOf: number
  keptAtNode: boolean
  /** True for the first message that was unread when the timeline was opened. */
  isFirstUnread: boolean
}

export interface Timeline {
  /** Oldest first. Replaced as a whole on each change; messages that did not change keep their object. Null until the first page is loaded. */
  readonly messages: ReadonlySignal<readonly Message[] | null>
  readonly hasOlder: ReadonlySignal<boolean>
  loadOlder(): Promise<void>
  dispose(): void
}

/* ------------------------------------------------------------ invitations */

export interface InviteOptions {
  /** From now, by the node's clock; default 7 days. */
  expiresInMs?: number
  /** How many may join by it; default unlimited (null). */
  maxUses?: number | null
}

export interface CreatedInvite { id: InviteId, link: string, expiresAt: number, maxUses: number | null }

export interface OpenInvite { id: InviteId, link: string | null, expiresAt: number, maxUses: number | null, uses: number, createdBy: UserKey }

export interface InvitePreview { roomTag: RoomTag, roomName: string, inviterName: string, isMember: boolean, nodeOrigin: string }

export interface JoinAttempt {
  readonly state: ReadonlySignal<JoinState>
  cancel(): void
}

export type JoinState =
  | { status: 'connecting' }
  /** Nobody who could let this device in is online; it goes on trying by itself. */
  | { status: 'waiting-for-members' }
  | { status: 'joining', memberName: string }
  | { status: 'joined', roomTag: RoomTag }
  | { status: 'failed', error: ParleyError }
