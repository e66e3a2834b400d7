/**
 * The resolver: operations in, membership out. Pure and total: any prefix of any set of operations, in any order of arrival, resolves
 * without throwing, and the same set resolves to the same membership everywhere. Signatures were checked before; what is checked here
 * is who had the right.
 *
 * RULE 1: an operation counts if its author had the right in its own causal past (`mayAuthor`).
 * RULE 2: a removal voids every operation of its target that did not know of something after it: those concurrent with it (`voidedBy`).
 * RULE 3: a concurrent removal beats an admission; re-admission must follow the removal causally (`voidedBy`).
 * RULE 4: the owner cannot be removed by others (`mayAuthor`).
 * RULE 5: what a removed device wrote above the cut is not shown (`Membership.mayWrite`).
 */
import type { DeviceKey, DevTag, EnvelopeId, EpochId, InviteId, UserKey } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { wrapOrder, type MemberRecord, type Operation, type Role, type Rotation } from './operations.ts'

export interface ResolvedMember { user: UserKey, name: string, role: Role, devices: Map<DeviceKey, MemberRecord>, admittedBy: EnvelopeId }

export interface ResolvedInvite {
  id: InviteId
  publicKey: Uint8Array<ArrayBuffer>
  role: Role
  expiresAt: number
  maxUses: number | null
  uses: number
  isRevoked: boolean
  createdBy: UserKey
}

export interface ResolvedEpoch {
  /** Both null for the epoch the room began with. */
  rotation: Rotation | null
  epochId: EpochId | null
  operation: EnvelopeId
  depth: number
  /** The devices it must be for: all that were members where it stands, as its author knew, sorted. */
  recipients: DeviceKey[]
}

export interface Membership {
  /** Null until the first operation is known. */
  name: string | null
  createdAt: number
  members: Map<UserKey, ResolvedMember>
  /** Everybody who ever was in the room by device: names stay attributable after a removal. */
  authors: Map<DevTag, { user: UserKey, name: string, device: DeviceKey }>
  /** Last position that counts of each removed device. */
  cuts: Map<DevTag, number>
  invites: Map<InviteId, ResolvedInvite>
  /** Rotations that count, in causal order; the first stands for the epoch the room began with. */
  epochs: ResolvedEpoch[]
  /** Removals that count: an epoch may be used for sending only if it follows all of them. */
  removals: EnvelopeId[]
  /** Newest operations that count of each branch, sorted; what the next entry names as its heads. */
  heads: EnvelopeId[]
  /** Operations that are in the causal past of `id`, itself included. */
  isBefore(id: EnvelopeId, later: EnvelopeId): boolean
}

type DevTagOf = (device: DeviceKey) => DevTag

/** @param devTagOf the tag of a device in this room (a hash; computed beforehand, since this function is pure and not async) */
export function resolveMembership (operations: readonly Operation[], devTagOf: DevTagOf): Membership {
  const graph = createGraph(operations)
  const first = fold(graph, new Set(), devTagOf)
  const voided = voidedBy(graph, first)
  return voided.size === 0 ? first : fold(graph, voided, devTagOf)
}

interface Graph {
  /** Complete operations (all of their past is known), each after its past. */
  ordered: Operation[]
  byId: Map<EnvelopeId, Operation>
  ancestors(id: EnvelopeId): Set<EnvelopeId>
}

function createGraph (operations: readonly Operation[]): Graph {
  const byId = new Map<EnvelopeId, Operation>()
  const sorted = [...operations].sort((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1))
  // A lamport clock grows along the past, so one pass in its order sees every past first; what lacks some of its past waits.
  const ordered = sorted.filter((operation) => {
    const isComplete = operation.heads.every((head) => (byId.get(head)?.lamport ?? Infinity) < operation.lamport)
    const isNew = isComplete && !byId.has(operation.id)
    if (isNew) byId.set(operation.id, operation)
    return isNew
  })
  const known = new Map<EnvelopeId, Set<EnvelopeId>>()
  const ancestors = (id: EnvelopeId): Set<EnvelopeId> => {
    const cached = known.get(id)
    if (cached !== undefined) return cached
    const past = new Set<EnvelopeId>([id])
    const waiting = [...byId.get(id)?.heads ?? []]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (past.has(next)) continue
      past.add(next)
      waiting.push(...byId.get(next)?.heads ?? [])
    }
    known.set(id, past)
    return past
  }
  return { ordered, byId, ancestors }
}

/** Applies operations in causal order. Rights are judged by what the author could know, so removals elsewhere do not matter here. */
function fold (graph: Graph, voided: ReadonlySet<EnvelopeId>, devTagOf: DevTagOf): Membership {
  const state = emptyMembership(graph)
  const counted: Operation[] = []
  const newest = new Set<EnvelopeId>()
  for (const operation of graph.ordered) {
    if (voided.has(operation.id)) continue
    // Who names all that is newest knows everything that counts: nearly every operation, so the costly look into the past is rare.
    const knowsAll = newest.size <= operation.heads.length && [...newest].every((id) => operation.heads.includes(id))
    const past = knowsAll ? state : pastState(graph, operation, counted, state, devTagOf)
    if (!mayAuthor(operation, past) || (operation.body.type === 'create' && state.name !== null)) continue
    apply(state, operation, devTagOf, past)
    counted.push(operation)
    for (const head of operation.heads) newest.delete(head)
    newest.add(operation.id)
  }
  // What does not count is nobody's past: a removed device could otherwise crowd out the heads that matter.
  state.heads = [...newest].sort()
  return state
}

/** What the author of `operation` knew: all that counts, unless something that counts is concurrent with it. */
function pastState (graph: Graph, operation: Operation, counted: readonly Operation[], state: Membership, devTagOf: DevTagOf): Membership {
  const known = new Set(operation.heads.flatMap((head) => [...graph.ancestors(head)]))
  if (counted.every((other) => known.has(other.id))) return state
  const past = emptyMembership(graph)
  for (const other of counted) if (known.has(other.id)) apply(past, other, devTagOf, past)
  return past
}

/** RULE 1 and RULE 4. */
function mayAuthor (operation: Operation, past: Membership): boolean {
  const { body } = operation
  // A room begins with the first entry of its creator's log: the owner cannot start it over later, with another name or another owner.
  if (body.type === 'create') return operation.seq === 1 && operation.heads.length === 0 && body.creator.device === operation.device
  if (past.name === null) return false
  const author = memberOf(past, operation.device)
  if (author === null) return false
  switch (body.type) {
    case 'add': {
      if (past.members.size >= ROOM_MAX_MEMBERS && !past.members.has(body.member.user)) return false
      return mayAdmit(past.invites.get(body.proof.inviteId), body.role, operation.sentAt)
    }
    case 'invite': return body.role !== 'owner' && !past.invites.has(body.inviteId)
    case 'revoke-invite': {
      const invite = past.invites.get(body.inviteId)
      return invite !== undefined && (author.role === 'owner' || invite.createdBy === author.user)
    }
    case 'remove': return author.role === 'owner' && past.members.get(body.user)?.role === 'member'
    case 'rotate':
    case 'profile':
    case 'unknown': return true
  }
}

/** An invitation admits while it is open: not revoked, not expired by the admitting member's clock, not used up. */
export function mayAdmit (invite: ResolvedInvite | undefined, role: Role, at: number): boolean {
  return invite !== undefined && !invite.isRevoked && invite.role === role && at <= invite.expiresAt &&
    (invite.maxUses === null || invite.uses < invite.maxUses)
}

/** RULE 2 and RULE 3. */
function voidedBy (graph: Graph, state: Membership): Set<EnvelopeId> {
  const voided = new Set<EnvelopeId>()
  for (const removal of state.removals) {
    const operation = graph.byId.get(removal)
    if (operation?.body.type !== 'remove') continue
    const target = operation.body.user
    for (const other of graph.ordered) {
      const isConcurrent = other.id !== removal && !graph.ancestors(other.id).has(removal) && !graph.ancestors(removal).has(other.id)
      if (!isConcurrent) continue
      const isByTarget = [...state.authors.values()].some((author) => author.user === target && author.device === other.device)
      const admitsTarget = other.body.type === 'add' && other.body.member.user === target
      if (isByTarget || admitsTarget) voided.add(other.id)
    }
  }
  return voided
}

function apply (state: Membership, operation: Operation, devTagOf: DevTagOf, past: Membership): void {
  const { body } = operation
  switch (body.type) {
    case 'create':
      state.name = body.name
      state.createdAt = operation.sentAt
      admit(state, body.creator, 'owner', operation.id, devTagOf)
      state.epochs.push({ rotation: null, epochId: null, operation: operation.id, depth: 0, recipients: [operation.device] })
      return
    case 'add': {
      const invite = state.invites.get(body.proof.inviteId)
      const isNew = !state.members.has(body.member.user)
      if (isNew && invite !== undefined) invite.uses++
      admit(state, body.member, body.role, operation.id, devTagOf)
      return
    }
    case 'remove':
      pushEpoch(state, body.rotation, operation, past, body.user)
      state.members.delete(body.user)
      for (const cut of body.cuts) state.cuts.set(cut.devTag, Math.max(cut.seq, state.cuts.get(cut.devTag) ?? 0))
      state.removals.push(operation.id)
      return
    case 'invite': {
      const author = memberOf(past, operation.device)
      // The first one stays: whoever announces an invitation again cannot undo its revocation or its uses.
      if (author === null || state.invites.has(body.inviteId)) return
      const { inviteId: id, publicKey, role, expiresAt, maxUses } = body
      state.invites.set(id, { id, publicKey, role, expiresAt, maxUses, uses: 0, isRevoked: false, createdBy: author.user })
      return
    }
    case 'revoke-invite': {
      const invite = state.invites.get(body.inviteId)
      if (invite !== undefined) invite.isRevoked = true
      return
    }
    case 'rotate':
      pushEpoch(state, body.rotation, operation, past)
      return
    case 'profile': {
      const user = memberOf(past, operation.device)?.user
      for (const author of state.authors.values()) if (author.user === user) author.name = body.name
      const member = user === undefined ? undefined : state.members.get(user)
      if (member !== undefined) member.name = body.name
      return
    }
    case 'unknown':
  }
}

function pushEpoch (state: Membership, rotation: Rotation, operation: Operation, past: Membership, without?: UserKey): void {
  const depth = (state.epochs.find((epoch) => epoch.epochId === rotation.previous)?.depth ?? 0) + 1
  const members = [...past.members.values()].filter((member) => member.user !== without)
  const recipients = wrapOrder(members.flatMap((member) => [...member.devices.keys()]))
  state.epochs.push({ rotation, epochId: rotation.epochId, operation: operation.id, depth, recipients })
}

function admit (state: Membership, record: MemberRecord, role: Role, by: EnvelopeId, devTagOf: DevTagOf): void {
  // A device is one person's: nobody can claim another's device as theirs, and with it what it wrote.
  if ((state.authors.get(devTagOf(record.device))?.user ?? record.user) !== record.user) return
  const known = state.members.get(record.user)
  const member = known ?? { user: record.user, name: record.name, role, devices: new Map<DeviceKey, MemberRecord>(), admittedBy: by }
  member.devices.set(record.device, record)
  member.name = record.name
  state.members.set(record.user, member)
  const devTag = devTagOf(record.device)
  state.authors.set(devTag, { user: record.user, name: record.name, device: record.device })
  state.cuts.delete(devTag)
}

export function memberOf (membership: Membership, device: DeviceKey): ResolvedMember | null {
  for (const member of membership.members.values()) if (member.devices.has(device)) return member
  return null
}

function emptyMembership (graph: Graph): Membership {
  return {
    name: null,
    createdAt: 0,
    members: new Map(),
    authors: new Map(),
    cuts: new Map(),
    invites: new Map(),
    epochs: [],
    removals: [],
    heads: [],
    isBefore: (id, later) => graph.ancestors(later).has(id)
  }
}
