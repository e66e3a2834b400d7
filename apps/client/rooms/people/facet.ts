/** `Room.people`: who is here, what one may do with each, and who has the room. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { DisplayedName, NameMark } from '../../api-names.ts'
import type { Role } from '../../api-roles.ts'
import type { PendingAction } from './actions/facet.ts'

export interface RoomPeople {
  /** By rank, then by name. */
  readonly members: ReadonlySignal<readonly Member[]>
  /** What this person may do with each other member right now; nothing with those who are not in the map. */
  readonly actions: ReadonlySignal<ReadonlyMap<UserKey, MemberActions>>
  /** Actions on others that wait until this device has caught up, or for a second yes, the oldest first. */
  readonly pending: ReadonlySignal<readonly PendingAction[]>
  readonly bans: ReadonlySignal<readonly Ban[]>
  readonly unban: ReadonlySignal<((user: UserKey) => Promise<void>) | null>
  /** Until when this person is to be muted here, Unix ms; null when they are not. Lasts until a moderator's device has lifted it, shortly after that time. */
  readonly mutedUntil: ReadonlySignal<number | null>
  /** Null for all but the two whom an offer concerns. */
  readonly handOver: ReadonlySignal<HandOver | null>
  /** Devices in whose eyes this room is another one, the notices that were put away too. Theirs are told of this one. */
  readonly disagreements: ReadonlySignal<readonly Disagreement[]>
  /** Puts the notices away that there are now. */
  dismissDisagreements(): Promise<void>
}

/** `canUnban`: a ban is lifted by nobody of lower authority than who banned. */
export interface Ban { user: UserKey, name: string, nameMark: NameMark | null, canUnban: boolean }

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
  /** Whether a device of theirs makes something else of the same operations; see `RoomPeople.disagreements`. */
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

/** Each is written at once where this device has caught up, else it is kept as a `PendingAction`. */
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

/**
 * A device has the same operations as this one, judges by the same rules, and says that something else comes of it. That is a fault in one of
 * the two, or the other says what is not so: it is a claim. The hashes (hex) tell the two results apart in a report.
 */
export interface Disagreement {
  device: DeviceKey
  user: UserKey
  name: string
  nameMark: NameMark | null
  /** It is another device of this person. */
  isMe: boolean
  /** When it was found, Unix ms. */
  at: number
  /** Version of the rules. */
  law: number
  /** How many operations both have, and their hash. */
  operations: number
  set: string
  mine: string
  theirs: string
  /** The notice about this device was put away. */
  isDismissed: boolean
}
