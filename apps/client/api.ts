/**
 * The public types of the client: what the UI, the headless friend and the widget see of it.
 * State is a signal (`value` now, `subscribe` for later); what happens once is an event; an action that may be impossible right now
 * is a signal of a function or null, so that a button and the truth cannot disagree.
 */
import type { ReadonlySignal } from '@preact/signals-core'
import type { ParleyError } from '#shared/errors.ts'
import type { AccountId, DeviceKey, EnvelopeId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import type { Disagreement } from './api-agreement.ts'
import type { Calls } from './api-calls.ts'
import type { CreatedInvite, InviteOptions, InvitePreview, JoinAttempt, OpenInvite } from './api-invites.ts'
import type { AcknowledgementPolicy, MessageReceipt, Timeline } from './api-messages.ts'
import type { DisplayedName, NameMark } from './api-names.ts'
import type { Privacy } from './api-privacy.ts'
import type { Role } from './api-roles.ts'
import type { Self, StorageUse } from './api-self.ts'
import type { EventSource } from './state/events.ts'
import type { Platform } from './platform.ts'

export type * from './api-agreement.ts'
export type * from './api-calls.ts'
export type * from './api-invites.ts'
export type * from './api-messages.ts'
export type * from './api-names.ts'
export type * from './api-privacy.ts'
export type * from './api-roles.ts'
export type * from './api-self.ts'

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

export interface RoomPolicy {
  /** At least this long between two messages of one member; 0 is off. Moderators and up are free of it. */
  slowModeMs: number
  /** What a newcomer can read. */
  history: 'everything' | 'since-joining'
  /** Messages are erased everywhere when they are older, or when there are more; null keeps them. */
  retentionMs: number | null
  retentionCount: number | null
  /** Who may make invite links. */
  invites: 'members' | 'moderators'
}

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

export interface Room {
  readonly tag: RoomTag
  readonly summary: ReadonlySignal<RoomSummary>
  readonly members: ReadonlySignal<readonly Member[]>
  /** Progress of fetching history, null when nothing is being fetched. Counts are envelopes. */
  readonly syncing: ReadonlySignal<{ received: number, total: number } | null>
  /** Up to when (seq-wise) the node's mailbox holds what this device wrote: `kept` is false while something waits for it. */
  readonly keptAtNode: ReadonlySignal<boolean>
  /** How far authors and readers learn of each other here, which the number of members decides. */
  readonly acknowledgements: ReadonlySignal<AcknowledgementPolicy>
  /** Members who are typing right now, at most `TYPING_NAMES_MAX` and one more, which says that there are several. Expires. */
  readonly typing: ReadonlySignal<readonly DisplayedName[]>
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

  readonly policy: ReadonlySignal<RoomPolicy>
  /** Changes name or topic. Rejects with `room-name-malformed`. */
  readonly rename: ReadonlySignal<((change: { name?: string, topic?: string }) => Promise<void>) | null>
  /** A moderator may change `slowModeMs` only: other fields reject with `not-allowed`. */
  readonly changePolicy: ReadonlySignal<((change: Partial<RoomPolicy>) => Promise<void>) | null>
  /** What this person may do with each member right now; whoever is not in the map, nothing. */
  readonly memberActions: ReadonlySignal<ReadonlyMap<UserKey, MemberActions>>
  /** Null for all but the two whom an offer concerns. */
  readonly handOver: ReadonlySignal<HandOver | null>
  /** `canUnban`: a ban is lifted by nobody of lower authority than who banned. */
  readonly bans: ReadonlySignal<readonly { user: UserKey, name: string, nameMark: NameMark | null, canUnban: boolean }[]>
  readonly unban: ReadonlySignal<((user: UserKey) => Promise<void>) | null>
  /** Goes for good; an owner's ownership passes on. The history stays here until it is forgotten. */
  readonly leave: ReadonlySignal<(() => Promise<void>) | null>
  /** Removes the room and its history from this device. Null while a member. */
  readonly forget: ReadonlySignal<(() => Promise<void>) | null>
  /** Those who wait to be let in by a link that asks for approval, or by one used while nobody was there. */
  readonly requests: ReadonlySignal<readonly JoinRequest[]>

  /**
   * Makes a room with the same name, topic and policy, with this person as its creator, and announces it here with a link for all. `withBans`: who is
   * banned here is banned there. Null where that cannot be done: in direct rooms and party rooms, and for who is no member.
   */
  readonly continueInNewRoom: ReadonlySignal<((options: { withBans: boolean }) => Promise<RoomTag>) | null>
  readonly continuations: ReadonlySignal<readonly Continuation[]>
  readonly partyRooms: ReadonlySignal<readonly PartyRoom[]>
  readonly createPartyRoom: ReadonlySignal<((options: { name: string, isOpen: boolean, isVoice?: boolean }) => Promise<RoomTag>) | null>
  /** Enters an open party room of this room. */
  joinPartyRoom(tag: RoomTag): JoinAttempt

  /** The author's own message. Rejects with `message-empty`, `message-too-long`, `not-allowed`. */
  readonly editMessage: ReadonlySignal<((id: EnvelopeId, text: string) => Promise<void>) | null>
  /** One's own, or anybody's of lower rank for moderators. Rejects with `not-allowed`. */
  readonly deleteMessage: ReadonlySignal<((id: EnvelopeId) => Promise<void>) | null>
  /**
   * Who holds and who has read a message of this person; the newest knowledge, others first to have read. Where members do not tell unasked,
   * it asks them: what they respond is in the next result, and `deliveredTo` of the message changes.
   */
  receiptsOf(id: EnvelopeId): Promise<readonly MessageReceipt[]>
  /** Whether others are told what this person has read here. */
  readonly sendsReadMarks: ReadonlySignal<boolean>
  setSendsReadMarks(sends: boolean): Promise<void>
  /** Slow mode: when the next message may be sent, Unix ms; null at once. */
  readonly nextSendAt: ReadonlySignal<number | null>
  /** Until when this person is to be muted here, Unix ms; null when they are not. Lasts until a moderator's device has lifted it, shortly after that time. */
  readonly mutedUntil: ReadonlySignal<number | null>
  /** Devices in whose eyes this room is another one, the notices that were put away too. Theirs are told of this one. */
  readonly disagreements: ReadonlySignal<readonly Disagreement[]>
  /** Puts the notices away that there are now. */
  dismissDisagreements(): Promise<void>
  /** Checks what is stored and fetches again what is damaged or missing. Runs by itself at start. */
  repair(): Promise<{ checked: number, damaged: number }>
}

export interface MemberActions {
  /** `also`: others that are removed with them; those whom this person may not remove are left out. */
  kick: ((also?: readonly UserKey[]) => Promise<void>) | null
  ban: ((also?: readonly UserKey[]) => Promise<void>) | null
  /** Who came in by their links, and by the links of those, as far as this person may remove them. Nobody is lost by removing who invited them. */
  broughtIn: readonly UserKey[]
  /** Null lifts it. */
  mute: ((untilMs: number | null) => Promise<void>) | null
  /** Roles this person may give the member. */
  roles: readonly Role[]
  setRole: ((role: Role) => Promise<void>) | null
  /** Offers them the creator's place; an earlier offer ends by that. */
  offerRoom: (() => Promise<void>) | null
}

/** Somebody continues a room in another one. */
export interface Continuation {
  tag: RoomTag
  /** As the announcement says, cleaned; as the room itself says once this person is in. */
  name: string
  by: DisplayedName
  isMine: boolean
  isJoined: boolean
  /** For everybody who is in the old room. */
  link: string
  /** Puts the announcement away on this device. */
  hide: () => Promise<void>
}

/** The creator offers their place in a room to somebody. */
export interface HandOver {
  /** The other of the two: to whom this person offers the room, or who offers it to them. */
  name: DisplayedName
  isMine: boolean
  /** A device of the creator hands over once it knows that. */
  isAccepted: boolean
  /** Rejects with `offer-over`. */
  accept: (() => Promise<void>) | null
  /** Takes the offer back, or declines it; also after it was accepted, as long as it isn't done. Rejects with `offer-over`. */
  decline: () => Promise<void>
}

export interface JoinRequest {
  /** Stable while it waits. */
  id: string
  user: UserKey
  name: string
  nameMark: NameMark | null
  role: Role
  requestedAt: number
  needsApproval: boolean
  approve: (() => Promise<void>) | null
  decline: (() => Promise<void>) | null
}

export interface PartyRoom { tag: RoomTag, name: string, isOpen: boolean, isJoined: boolean, isVoice: boolean }

export interface Member {
  user: UserKey
  name: string
  nameMark: NameMark | null
  role: Role
  /** 0 has the room. When they leave, the next takes their place. */
  place: number
  isMe: boolean
  presence: 'online' | 'offline'
  /** How this device reaches the member right now, by the best of their devices. `none` for oneself. */
  link: 'direct' | 'relayed' | 'none'
  /** Round trip in ms, null when unknown. */
  latencyMs: number | null
  /** Whether they use a version that this one does not understand, or that does not understand this one. */
  version: 'meets' | 'peer-too-old' | 'peer-too-new'
  /** By which rules a device of theirs judges who may do what, where not by the same: those of an older or a newer Parley. */
  rules: 'same' | 'older' | 'newer'
  /** Whether a device of theirs makes something else of the same operations; see `Room.disagreements`. */
  isDisagreeing: boolean
  /** How many devices the member has in this room. */
  devices: number
  /** Whether one of them was copied, or runs from an old backup: others need not have all that it sends. */
  isCopied: boolean
  /** Until when the member is to be muted, Unix ms; null when they are not. Lasts until a moderator's device has lifted it. */
  mutedUntil: number | null
  /** How many envelopes that this device held at their last exchange, or has written since, the member lacks as far as it knows; null when unknown. */
  lacks: number | null
  lastSeenAt: number | null
}
