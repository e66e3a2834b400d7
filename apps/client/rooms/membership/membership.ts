/** What the operations of a room resolve to. */
import type { DeviceKey, DevTag, EnvelopeId, EpochId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import type { DeviceList } from '../../identity/device-list.ts'
import type { MemberRecord, Renewal, Role, RoomKind, RoomPolicy, Rotation } from './operations.ts'
import type { Rights } from './rights.ts'

/** A device that acts for a member, with its newest encryption key. */
export interface ResolvedDevice extends MemberRecord {
  /** As it was certified: what the device may be let in with elsewhere. Its encryption key may have been replaced since. */
  certified: MemberRecord
  /** The newest certificate that the device has told of since, not checked. */
  renewed: Renewal | null
}

export interface ResolvedMember {
  user: UserKey
  name: string
  role: Role
  devices: Map<DeviceKey, ResolvedDevice>
  /** The operation that let them in, for the time that they are in now. */
  admittedBy: EnvelopeId
  /** Who made the link by which they came; null for the creator, and in direct rooms. */
  invitedBy: UserKey | null
}

export interface ResolvedInvite {
  id: InviteId
  /** The operation that says all this. */
  announcement: EnvelopeId
  publicKey: Uint8Array<ArrayBuffer>
  role: Role
  expiresAt: number
  maxUses: number | null
  needsApproval: boolean
  uses: number
  isRevoked: boolean
  createdBy: UserKey
}

export interface ResolvedEpoch {
  /** Both null for the epoch the room began with. */
  rotation: Rotation | null
  epochId: EpochId | null
  operation: EnvelopeId
  /** Unix ms by the clock of that operation's author, of several claims the latest. */
  startedAt: number
  depth: number
  /** The devices it must be for: all that were members where it stands, as its author knew, sorted. */
  recipients: DeviceKey[]
  /** What they were wrapped for, in the order of `recipients`: the encryption keys as its author knew them. */
  encryptionKeys: Uint8Array<ArrayBuffer>[]
  /** Whether it follows everything that ends epochs: only then it may be used for sending. */
  isOpen: boolean
  /** Rotations that claim to have made it as well. None of them knows another. Absent where there are none. */
  others?: readonly ResolvedEpoch[]
}

/** Returns the rotations that claim to have made an epoch. */
export const claimsOf = (epoch: ResolvedEpoch): readonly ResolvedEpoch[] =>
  epoch.others === undefined ? [epoch] : [epoch, ...epoch.others]

export interface ResolvedParty { tag: RoomTag, name: string, inviteSecret: Uint8Array<ArrayBuffer> | null, isVoice: boolean, createdBy: UserKey }

/** A message by whom it is of, with the heads it names. */
export interface Authored { of: UserKey, heads: readonly EnvelopeId[] }

export interface ResolvedContinuation {
  tag: RoomTag, name: string, inviteSecret: Uint8Array<ArrayBuffer>, access: Uint8Array<ArrayBuffer>
  /** Unix ms. */
  expiresAt: number
  by: UserKey
}

export interface Membership {
  /** Null until the first operation is known. */
  name: string | null
  topic: string
  kind: RoomKind
  /** Whom a direct room is with, as its creator said. */
  peer: UserKey | null
  /** The room a party room belongs to. */
  parent: RoomTag | null
  policy: RoomPolicy
  createdAt: number
  members: Map<UserKey, ResolvedMember>
  /** Everybody who ever was in the room by device: names stay attributable after a removal. */
  authors: Map<DevTag, { user: UserKey, name: string, device: DeviceKey }>
  /** Last position that counts of each device that may no longer act. */
  cuts: Map<DevTag, number>
  /** Who was a member and is not: whether they went by themselves. */
  departed: Map<UserKey, 'left' | 'removed'>
  /** Who removed them last; themselves where they left. */
  departedBy: Map<UserKey, UserKey>
  /** Who has the room, and who takes the place of whom before them when they leave: all members. */
  order: UserKey[]
  /** To whom the creator offers their place, as long as it is not refused; null for nobody. */
  handOver: { offer: EnvelopeId, by: UserKey, to: UserKey, consent: EnvelopeId | null } | null
  /** Whoever is banned, with the name they had here; null for who never was here. */
  bans: Map<UserKey, string | null>
  /** Who is muted, and until when that is to be, Unix ms: an act ends it, not that time. */
  mutes: Map<UserKey, number>
  /** By the first of its announcements that is open, or else the first. */
  invites: Map<InviteId, ResolvedInvite>
  /** Announcements that count of invitations that have several, in the order in which they are to be relied on: whoever knows the public key can announce one again. */
  announcements: Map<InviteId, readonly ResolvedInvite[]>
  /** By the tag of the child room. */
  parties: Map<RoomTag, ResolvedParty>
  /** What root keys have signed of the devices of people who are or were here, in causal order. */
  deviceLists: DeviceList[]
  /** Rooms in which this one continues: of each who is in the newest that they announced. */
  continuations: Map<UserKey, ResolvedContinuation>
  /** Rotations that count, in causal order; the first stands for the epoch the room began with. */
  epochs: ResolvedEpoch[]
  /** What decides which messages count, of former members too: removals, revocations, mutes and demotions to observer that count. */
  verdicts: EnvelopeId[]
  /** Devices that somebody has put out with the right to. */
  putOut: ReadonlySet<DeviceKey>
  /** What ends the epochs before it: removals that count, and new encryption keys. */
  removals: EnvelopeId[]
  /** Removals of people and revocations of devices that count, in causal order. */
  departures: EnvelopeId[]
  /** Newest operations that count of each branch, sorted; the next entry names them, or the newest of them, as its heads. */
  heads: EnvelopeId[]
  /** All operations that count, in the order of the law. */
  counting(): EnvelopeId[]
  /** Whether `id` is in the causal past of `later`, itself included. */
  isBefore(id: EnvelopeId, later: EnvelopeId): boolean
  /** What somebody may do now; of who is no member, nothing. */
  rightsOf(user: UserKey): Rights
  /** Whether a message counts and may be shown: by its device's tag, position and heads. False too while its heads are not known yet. */
  mayWrite(devTag: DevTag, seq: number, heads: readonly EnvelopeId[]): boolean
  /** Whether `by` may delete a message with an entry that names these heads and stands at this position of a device's log. False too while the message's heads are not known yet. */
  mayDelete(by: UserKey, message: Authored, heads: readonly EnvelopeId[], entry: { devTag: DevTag, seq: number }): boolean
  /** The member who acts with a device; null when it may not act. */
  memberOf(device: DeviceKey): ResolvedMember | null
  /** Why a device of this person would not act even if it were written in: they, or the room, have no seat left. Null where it would. */
  refuseSeat(user: UserKey, device: DeviceKey): 'room-device-limit' | 'room-full' | null
}
