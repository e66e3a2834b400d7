/**
 * Who acts on whom, by what was signed alone: whose a device is, who was ever let in with a good proof, what is well formed. Nothing here
 * depends on what counts, so that every rule can rely on it.
 */
import type { DeviceKey, InviteId, UserKey } from '#shared/ids.ts'
import type { Role } from '../../../api.ts'
import { inPast, isIn, union, type LawGraph, type Past, type Scope } from './graph.ts'
import type { LawOperation } from './operation.ts'

export interface DeviceRecord { at: number, user: UserKey, device: DeviceKey }

/** RULE: nobody comes back more often than that: each time costs everybody. */
const RETURNS_MAX = 32

export interface Subjects {
  /** Null where no certificate for the device is known to the operation. */
  authorOf(at: number): UserKey | null
  /** RULE: what names something that is not in its past, or of another kind, is malformed and counts for nothing. */
  isWellFormed(at: number): boolean
  /** Positions of admissions by a good proof, whether they count or not; the room's first operation admits its creator. */
  admissionsOf(user: UserKey): readonly number[]
  /** Whether an admission knows that somebody has banned its person, with the right or not. */
  isSaidBanned(admission: number): boolean
  /** Positions of leaving, whether it counts or not. */
  leavesOf(user: UserKey): readonly number[]
  /** Those that an admission of the same person knows. */
  returnedFrom(user: UserKey): readonly number[]
  admissionsBy(invite: number): readonly number[]
  /** Whether an admission uses its invitation up: that of somebody who was let in before does not. */
  isFirst(admission: number): boolean
  /** Whether somebody has put out a device of their own, by what was signed alone. */
  isPutOut(device: DeviceKey, user: UserKey, scope: Scope): boolean
  /** Positions of that. */
  ownBurnsOf(device: DeviceKey, user: UserKey | null): readonly number[]
  /** Whose a device is, of what is known in a scope. */
  holderOf(device: DeviceKey, scope: Scope): UserKey | null
  revocationsOf(invite: number): readonly number[]
  recordsOf(device: DeviceKey): readonly DeviceRecord[]
  devicesOf(user: UserKey): Iterable<DeviceKey>
  /** Positions of what somebody did, of the devices that entered for them, and of the admissions by their invitations. */
  concerning(user: UserKey): readonly number[]
  /** Whether an operation knows that its author has left, stepped down or handed over, by what was signed alone. */
  knowsOwnStrike(at: number): boolean
  /** Positions of leaving, stepping down and handing over, whether it counts or not. */
  ownStrikesOf(user: UserKey): readonly number[]
  /** Whose device an operation puts out, of what it knows. */
  holderPutOut(at: number): UserKey | null
  /** Position of the invitation that an admission or a revocation names; -1 for none. */
  inviteOf(at: number): number
  /** What a strike leaves of its target, as a past; null where it is all that the striker knew. */
  keptBy(at: number): Past | null
  readonly users: ReadonlySet<UserKey>
  readonly devices: Iterable<DeviceKey>
}

export function createSubjects (graph: LawGraph): Subjects {
  const invites = new Map<InviteId, { at: number, role: Role }[]>()
  /** By position of an admission or revocation, that of the invitation. */
  const invited: number[] = []
  const records = new Map<DeviceKey, DeviceRecord[]>()
  const devices = new Map<UserKey, Set<DeviceKey>>()
  const admissions = new Map<UserKey, number[]>()
  const uses = new Map<number, number[]>()
  const revocations = new Map<number, number[]>()
  const acts = new Map<UserKey, number[]>()
  const leaves = new Map<UserKey, number[]>()
  const leavesKnown = (user: UserKey, past: Past): number[] => (leaves.get(user) ?? []).filter((leave) => isIn(past, leave))
  /** By leaving: how many leavings stand one behind the other up to it. Those at one moment are one, however often a copied device signs it. */
  const turns = new Map<number, number>()
  const turnsKnown = (user: UserKey, past: Past): number => Math.max(0, ...leavesKnown(user, past).map((leave) => turns.get(leave) ?? 0))
  const returned = new Map<UserKey, Set<number>>()
  /** Leaving, stepping down and handing over. */
  const uponThemselves = new Map<UserKey, number[]>()
  const bans = new Map<UserKey, number[]>()
  /** To offers of the creator's place, by who replied. */
  const replies = new Map<UserKey, number[]>()
  /** By position, who was named. */
  const owners = new Map<number, UserKey>()
  const firsts = new Set<number>()
  let creator: UserKey | null = null
  const burns = new Map<DeviceKey, number[]>()
  const authors: (UserKey | null)[] = []
  const wellFormed: boolean[] = []
  const kept = new Map<number, Past>()
  const users = new Set<UserKey>()

  /**
   * RULE: an invitation is what the operation says that is named as its announcement, so that nobody who announces it again, from the past or
   * on other terms, changes what others rest on. Where none is named, it is what was announced first under its key, of what is known.
   */
  const inviteOf = (at: number): number => invited[at] ?? -1
  const findInvite = ({ act }: LawOperation, at: number): number => {
    if ((act.type !== 'add' && act.type !== 'revoke-invite') || act.invite === null) return -1
    const named = act.announcement === undefined ? null : graph.positionOf(act.announcement) ?? -1
    return (invites.get(act.invite) ?? []).find(({ at: made, role }) =>
      (named === null || made === named) && (act.type !== 'add' || act.role === role) && isIn(graph.before(at), made))?.at ?? -1
  }

  const record = (at: number, user: UserKey, device: DeviceKey): void => {
    push(records, device, { at, user, device })
    devices.set(user, (devices.get(user) ?? new Set()).add(device))
    users.add(user)
  }

  /** RULE: a device is whose it was first, of what is known: nobody takes over what it wrote. */
  const holderOf = (device: DeviceKey, scope: Scope): UserKey | null => records.get(device)?.find(({ at }) => scope(at))?.user ?? null
  const holderIn = (device: DeviceKey, past: Past): UserKey | null => holderOf(device, inPast(past))

  const authorOf = ({ act, device }: LawOperation, at: number): UserKey | null => {
    const bringsItself = (act.type === 'adddev' && act.device === device) || act.type === 'create'
    return holderIn(device, graph.before(at)) ?? (bringsItself ? act.user : null)
  }

  const cutOf = (at: number): readonly number[] | null => {
    const act = graph.ordered[at]?.act
    if (act === undefined || !('cut' in act) || act.cut === null) return null
    return act.cut.map((id) => graph.positionOf(id) ?? -1)
  }

  /** RULE: nobody is made a member again, after they left, without a proof that knows of it. */
  const isLetIn = (user: UserKey | null, before: Past): boolean => user !== null && (admissions.get(user) ?? []).some((admission) => isIn(before, admission) &&
    (leaves.get(user) ?? []).every((leave) => !isIn(before, leave) || graph.knows(admission, leave)))

  /**
   * RULE: a device that its person has put out does nothing that knows of it. By what was signed alone: whatever became of the person since,
   * the device is none of theirs.
   */
  const isPutOut = (device: DeviceKey, user: UserKey | null, scope: Scope): boolean =>
    ownBurnsOf(device, user).some(scope)
  const ownBurnsOf = (device: DeviceKey, user: UserKey | null): readonly number[] => (burns.get(device) ?? []).filter((burn) => authors[burn] === user)

  const isFree = (user: UserKey, device: DeviceKey, at: number): boolean =>
    (holderIn(device, graph.before(at)) ?? user) === user && !isPutOut(device, user, inPast(graph.before(at)))

  /** RULE: the creator steps down where somebody else was named owner: a room has one as long as they care for it. */
  const hasOtherOwner = (user: UserKey, before: Past): boolean => [...owners].some(([at, owner]) => owner !== user && isIn(before, at))

  /**
   * RULE: nobody is given a room unasked. A device of the successor has consented, to the very person who hands over, where that one knows it;
   * and has not taken it back there. By what was signed alone.
   */
  const hasConsented = ({ user, consent }: Extract<LawOperation['act'], { type: 'hand-over' }>, author: UserKey | null, before: Past): boolean => {
    const isReply = (at: number, accepts: boolean): boolean => {
      const act = graph.ordered[at]?.act
      return act?.type === 'consent' && act.creator === author && act.accepts === accepts && (wellFormed[at] ?? false) && isIn(before, at)
    }
    const consented = graph.positionOf(consent) ?? -1
    const device = graph.ordered[consented]?.device
    if (device === undefined || authors[consented] !== user || isPutOut(device, user, inPast(before)) || !isReply(consented, true)) return false
    return !(replies.get(user) ?? []).some((reply) => isReply(reply, false) && graph.knows(reply, consented))
  }

  const isSound = (operation: LawOperation, at: number): boolean => {
    const { act, device, heads } = operation
    const before = graph.before(at), author = authors[at] ?? null
    if (isPutOut(device, author, inPast(before))) return false
    if (act.type === 'create') return at === 0 && heads.length === 0
    const cut = cutOf(at)
    if (cut?.some((position) => position < 0 || !isIn(before, position)) === true) return false
    switch (act.type) {
      case 'add': return turnsKnown(act.user, before) <= RETURNS_MAX && (act.invite === null || inviteOf(at) >= 0) && isFree(act.user, act.device, at) && isLetIn(authors[at] ?? null, before)
      case 'adddev': return isFree(act.user, act.device, at) && isLetIn(authors[at] ?? null, before)
      case 'nothing': return false
      case 'remove': return act.user !== authors[at]
      case 'unban': return (bans.get(act.user) ?? []).some((ban) => isIn(before, ban))
      case 'revoke-invite': return inviteOf(at) >= 0
      case 'role':
      case 'mute': return act.user === authors[at] ? act.type === 'role' && (author !== creator || hasOtherOwner(act.user, before)) : isLetIn(act.user, before)
      case 'consent': return author !== null && isLetIn(author, before)
      case 'hand-over': return act.user !== author && isLetIn(act.user, before) && hasConsented(act, author, before)
      // RULE: nobody puts a device of theirs out, or leaves, who knows that they have.
      case 'rmdev': return act.device !== device && holderIn(act.device, before) !== null && !isPutOut(act.device, author, inPast(before))
      case 'leave': return act.user === author && isLetIn(author, before)
      default: return true
    }
  }

  graph.ordered.forEach((operation, at) => {
    const { act, device } = operation
    if (act.type === 'invite') push(invites, act.invite, { at, role: act.role })
    invited.push(findInvite(operation, at))
    const author = authorOf(operation, at)
    authors.push(author)
    const maker = act.type === 'add' ? authors[inviteOf(at)] ?? null : null
    for (const user of new Set([author, maker, act.type === 'adddev' ? act.user : null])) if (user !== null) push(acts, user, at)
    const isGood = author !== null && isSound(operation, at)
    wellFormed.push(isGood)
    if (!isGood) return
    if (act.type === 'create') {
      record(at, act.user, device)
      creator = act.user
    }
    if (act.type === 'add' && !isLetIn(act.user, graph.before(at))) firsts.add(at)
    if (act.type === 'add' || act.type === 'adddev') record(at, act.user, act.device)
    if (act.type === 'hand-over' || (act.type === 'role' && act.role === 'owner')) owners.set(at, act.user)
    if (act.type === 'consent') push(replies, author, at)
    if (act.type === 'remove' && act.isBan) push(bans, act.user, at)
    if (act.type === 'create' || act.type === 'add') push(admissions, act.user, at)
    if (act.type === 'add') push(uses, inviteOf(at), at)
    if (act.type === 'revoke-invite') push(revocations, inviteOf(at), at)
    if (act.type === 'leave') {
      turns.set(at, 1 + turnsKnown(author, graph.before(at)))
      push(leaves, author, at)
    }
    if (act.type === 'add') for (const leave of leavesKnown(act.user, graph.before(at))) returned.set(act.user, (returned.get(act.user) ?? new Set()).add(leave))
    if (act.type === 'leave' || act.type === 'hand-over' || (act.type === 'role' && act.user === author)) push(uponThemselves, author, at)
    if (act.type === 'rmdev') push(burns, act.device, at)
    const cut = cutOf(at)
    if (cut !== null) kept.set(at, union(cut.map((position) => graph.pastOf(position)), null))
  })

  return {
    authorOf: (at) => authors[at] ?? null,
    isWellFormed: (at) => wellFormed[at] ?? false,
    admissionsOf: (user) => admissions.get(user) ?? [],
    admissionsBy: (invite) => uses.get(invite) ?? [],
    revocationsOf: (invite) => revocations.get(invite) ?? [],
    isFirst: (admission) => firsts.has(admission),
    isSaidBanned (admission) {
      const act = graph.ordered[admission]?.act
      return act?.type === 'add' && (bans.get(act.user) ?? []).some((ban) => isIn(graph.before(admission), ban))
    },
    knowsOwnStrike (at) {
      const author = authors[at] ?? null
      return author !== null && (uponThemselves.get(author) ?? []).some((strike) => isIn(graph.before(at), strike))
    },
    holderPutOut (at) {
      const act = graph.ordered[at]?.act
      return act?.type === 'rmdev' ? holderIn(act.device, graph.before(at)) : null
    },
    ownStrikesOf: (user) => uponThemselves.get(user) ?? [],
    leavesOf: (user) => leaves.get(user) ?? [],
    returnedFrom: (user) => [...returned.get(user) ?? []],
    isPutOut,
    ownBurnsOf,
    holderOf,
    recordsOf: (device) => records.get(device) ?? [],
    devicesOf: (user) => devices.get(user) ?? [],
    concerning: (user) => acts.get(user) ?? [],
    inviteOf,
    keptBy: (at) => kept.get(at) ?? null,
    users,
    get devices () { return records.keys() }
  }
}

export function push<K, V> (map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
