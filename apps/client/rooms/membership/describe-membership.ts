/** What the rest of the client is told: the state by everything that counts. */
import { toHex, type DeviceKey, type DevTag, type EnvelopeId, type EpochId, type UserKey } from '#shared/ids.ts'
import type { Facts, RoleFact } from './law/facts.ts'
import { inPast, isIn, pastOfAll, union, type LawGraph, type Past, type Scope } from './law/graph.ts'
import { CREATOR, isPresent, NOBODY, rankAt, strengthOf, type Level } from './law/level.ts'
import type { Standing } from './law/standing.ts'
import type { Subjects } from './law/subjects.ts'
import {
  claimsOf, type Membership, type ResolvedDevice, type ResolvedEpoch, type ResolvedInvite, type ResolvedMember
} from './membership.ts'
import { createMessageRules } from './message-rules.ts'
import { computeRecipientsNow, DEFAULT_POLICY, ROLES, wrapOrder, type MemberRecord, type Operation, type OperationBody, type Role } from './operations.ts'
import { rightsOf } from './rights.ts'
import { refuseSeat, seatsOf } from './seats.ts'

export interface Parts {
  graph: LawGraph
  subjects: Subjects
  facts: Facts
  standing: Standing
  /** By position. */
  operations: readonly Operation[]
  devTagOf: (device: DeviceKey) => DevTag
}

type BodyOf<Type extends OperationBody['type']> = Extract<OperationBody, { type: Type }>
interface Said<Type extends OperationBody['type']> { at: number, author: UserKey, device: DeviceKey, body: BodyOf<Type> }

export function describeMembership (parts: Parts): Membership {
  const { graph, subjects, facts, standing, operations, devTagOf } = parts
  const counted = facts.counted.toSorted((a, b) => a - b)
  const everything = pastOfAll(graph, counted)
  const scope = inPast(everything)
  const said = saidBy(parts, counted)
  const devices = createDevices(parts, said, scope)
  const creation = said('create')[0]
  const heir = standing.heirIn(everything)
  const levelOf = (user: UserKey): Level => heir?.user === user ? heir.level : standing.levelOf(user, scope)
  const names = namesOf(said)
  const rename = newest(said('rename'))
  const members = new Map<UserKey, ResolvedMember>()
  const seated = new Set(devices.all(scope))
  for (const user of subjects.users) {
    const role = roleAt(levelOf(user))
    if (role === null) continue
    const admittedAt = Math.min(...standing.entriesOf(user, scope).map(({ at }) => at))
    const acting = devices.of(user, scope)
    const withSeat = new Map([...acting].filter(([device]) => seated.has(device)))
    if (acting.size > 0 && withSeat.size === 0) continue
    members.set(user, { user, name: names.get(user) ?? firstNameOf(parts, user), role, devices: withSeat, admittedBy: idAt(operations, admittedAt), invitedBy: inviterOf(parts, user) })
  }
  const byDevice = new Map([...members.values()].flatMap((member) => [...member.devices.keys()].map((device) => [device, member] as const)))
  const authors: Membership['authors'] = new Map()
  for (const device of subjects.devices) {
    const user = devices.holderOf(device)
    if (user !== null) authors.set(devTagOf(device), { user, name: names.get(user) ?? '', device })
  }
  /** Those that found somebody in the room. */
  const ends = said('remove').filter(({ at, body }) => isPresent(standing.levelOf(body.user, inPast(graph.before(at)))))
  const departures = [...ends, ...said('rmdev')].map(({ at }) => at).sort((a, b) => a - b)
  const removals = [...departures, ...said('enckey').map(({ at }) => at)].sort((a, b) => a - b)
  const policy = standing.policyIn(everything)
  const announcements = announcementsOf(parts, said)
  const banned = new Map([...subjects.users, ...said('remove').map(({ body }) => body.user)].flatMap((user) =>
    standing.bansOn(user, everything).length === 0 ? [] : [[user, names.get(user) ?? null] as const]))
  /** RULE: nobody continues a room who is out of it, nor by what they said before they were. */
  const isOfMember = ({ at, author }: Said<'continue'>): boolean =>
    members.has(author) && facts.outsOf(author).every((out) => graph.knows(at, out))
  const messages = createMessageRules({ ...parts, holderOf: (device) => devices.holderOf(device), said: { mutes: said('mute') } })
  return {
    order: orderOf(members, levelOf, (user) => standing.entriesOf(user, scope)),
    handOver: handOverOf(parts, said, (user) => members.has(user) ? levelOf(user) : NOBODY),
    name: rename?.body.name ?? creation?.body.name ?? null,
    topic: rename?.body.topic ?? creation?.body.topic ?? '',
    kind: creation?.body.kind ?? 'group',
    peer: creation?.body.peer ?? null,
    parent: creation?.body.parent ?? null,
    policy: creation === undefined ? DEFAULT_POLICY : policy,
    createdAt: creation === undefined ? 0 : operations[creation.at]?.sentAt ?? 0,
    members,
    authors,
    cuts: cutsOf(authors, byDevice, (device) => messages.endOf(device)),
    ...departedOf(ends, members),
    bans: banned,
    mutes: new Map([...members.keys()].flatMap((user) => {
      const until = messages.untilOf(user, everything)
      return until === null ? [] : [[user, until] as const]
    })),
    invites: new Map([...announcements].flatMap(([id, [first]]) => first === undefined ? [] : [[id, first] as const])),
    announcements,
    parties: new Map(said('party').map(({ author, body }) => [body.childTag, { tag: body.childTag, name: body.name, inviteSecret: body.inviteSecret, isVoice: body.isVoice, createdBy: author }])),
    deviceLists: said('devices').flatMap(({ body: { list } }) => facts.rolesOf(list.user).length > 0 ? [list] : []),
    continuations: new Map(said('continue').filter(isOfMember).map(({ author, body }) =>
      [author, { tag: body.childTag, name: body.name, inviteSecret: body.inviteSecret, access: body.access, expiresAt: body.expiresAt, by: author }])),
    epochs: epochsOf(parts, said, devices, removals),
    verdicts: [...ends, ...said('mute'), ...said('role').filter(({ body }) => body.role === 'observer'), ...said('rmdev')].map(({ at }) => idAt(operations, at)),
    putOut: new Set([...subjects.devices].filter((device) => facts.burnsOf(device).length > 0)),
    removals: removals.map((at) => idAt(operations, at)),
    departures: departures.map((at) => idAt(operations, at)),
    heads: headsOf(parts, counted),
    counting: () => counted.map((at) => idAt(operations, at)),
    isBefore (id, later) {
      const [at, laterAt] = [graph.positionOf(id), graph.positionOf(later)]
      return at !== undefined && laterAt !== undefined && graph.knows(laterAt, at)
    },
    rightsOf: (user) => rightsOf({
      user, level: levelOf(user), levelOf, policy, isDirect: creation?.body.kind === 'direct',
      bannedBy: (target) => standing.bansOn(target, everything).map((ban) => facts.authorityAt(ban))
    }),
    mayWrite: (...message) => messages.mayWrite(...message),
    mayDelete: (...deletion) => messages.mayDelete(...deletion),
    memberOf: (device) => byDevice.get(device) ?? null,
    refuseSeat: (user, device) => devices.refuseSeat(user, device, scope)
  }
}

const roleAt = (level: Level): Role | null => isPresent(level) ? ROLES[rankAt(level)] ?? null : null
const idAt = (operations: readonly Operation[], at: number): EnvelopeId => operations[at]?.id ?? '' as EnvelopeId
const newest = <T>(list: readonly T[]): T | undefined => list.at(-1)

/** What counts of each kind, in the order of positions. */
function saidBy ({ subjects, operations }: Parts, counted: readonly number[]): <Type extends OperationBody['type']>(type: Type) => readonly Said<Type>[] {
  const lists = new Map<OperationBody['type'], Said<OperationBody['type']>[]>()
  for (const at of counted) {
    const operation = operations[at], author = subjects.authorOf(at)
    if (operation === undefined || author === null) continue
    const list = lists.get(operation.body.type) ?? []
    list.push({ at, author, device: operation.device, body: operation.body })
    lists.set(operation.body.type, list)
  }
  return <Type extends OperationBody['type']>(type: Type) => (lists.get(type) ?? []) as unknown as Said<Type>[]
}

type SaidBy = ReturnType<typeof saidBy>

/** RULE: the first has the room. When they leave, the next takes their place: by level, and of equals who came first. */
function orderOf (members: ReadonlyMap<UserKey, unknown>, levelOf: (user: UserKey) => Level, entriesOf: (user: UserKey) => readonly RoleFact[]): UserKey[] {
  const places = [...members.keys()].map((user) => {
    const level = levelOf(user), since = entriesOf(user).filter(({ value }) => value === level).map(({ at }) => at)
    return { user, level, since: Math.min(...since) }
  })
  return places.sort((a, b) => b.level - a.level || a.since - b.since).map(({ user }) => user)
}

/** What the creator offers now, and the reply to it that holds. Of replies at the same moment a consent does: the creator may hand over by it. */
function handOverOf ({ graph, operations }: Parts, said: SaidBy, levelOf: (user: UserKey) => Level): Membership['handOver'] {
  const offer = said('offer-room').findLast(({ author }) => levelOf(author) === CREATOR)
  const user = offer?.body.user ?? null
  if (offer === undefined || user === null || user === offer.author || !isPresent(levelOf(user))) return null
  const id = idAt(operations, offer.at)
  const replies = said('reply-offer').filter(({ author, body }) => author === user && body.creator === offer.author && body.offer === id)
  const isRefused = (at: number): boolean => replies.some((reply) => !reply.body.accepts && graph.knows(reply.at, at))
  const consent = replies.findLast(({ at, body }) => body.accepts && !isRefused(at))
  if (consent === undefined && replies.length > 0) return null
  return { offer: id, by: offer.author, to: user, consent: consent === undefined ? null : idAt(operations, consent.at) }
}

/** By the newest operation that says one. */
function namesOf (said: SaidBy): Map<UserKey, string> {
  const names = new Map<UserKey, { at: number, name: string }>()
  const say = (user: UserKey, at: number, name: string): void => {
    if ((names.get(user)?.at ?? -1) < at) names.set(user, { at, name })
  }
  for (const { at, body } of said('create')) say(body.creator.user, at, body.creator.name)
  for (const { at, body } of said('add')) say(body.member.user, at, body.member.name)
  for (const { at, author, body } of said('profile')) say(author, at, body.name)
  return new Map([...names].map(([user, { name }]) => [user, name]))
}

/** By the newest link that let them in. */
function inviterOf ({ subjects, facts }: Parts, user: UserKey): UserKey | null {
  const admission = subjects.admissionsOf(user).findLast((at) => facts.counts(at)) ?? subjects.admissionsOf(user)[0]
  const invite = admission === undefined ? -1 : subjects.inviteOf(admission)
  return invite < 0 ? null : subjects.authorOf(invite)
}

/** Of who is in by a role alone: what they said of themselves when they came. */
function firstNameOf ({ subjects, operations }: Parts, user: UserKey): string {
  const body = operations[subjects.admissionsOf(user)[0] ?? -1]?.body
  return body?.type === 'add' ? body.member.name : ''
}

interface Devices {
  /** The devices with which a member acts, by their newest record and encryption key. */
  of(user: UserKey, scope: Scope): Map<DeviceKey, ResolvedDevice>
  /** Whose a device is, also after they were removed. */
  holderOf(device: DeviceKey): UserKey | null
  /** Sorted, as wraps are. */
  all(scope: Scope): DeviceKey[]
  /** Why a device would have no seat; null where it has one. */
  refuseSeat(user: UserKey, device: DeviceKey, scope: Scope): ReturnType<Membership['refuseSeat']>
  /** Its newest encryption key; empty for a device that is not there. */
  keyOf(device: DeviceKey, scope: Scope): Uint8Array<ArrayBuffer>
}

/** @param everything all that counts, with its past */
function createDevices (parts: Parts, said: SaidBy, everything: Scope): Devices {
  const { subjects, facts, standing, operations } = parts
  const keys = new Map<DeviceKey, Said<'enckey'>[]>()
  for (const one of said('enckey')) keys.set(one.device, [...keys.get(one.device) ?? [], one])
  const recordAt = (at: number): MemberRecord | null => {
    const body = operations[at]?.body
    return body?.type === 'create' ? body.creator : body?.type === 'add' || body?.type === 'adddev' ? body.member : null
  }
  const recordOf = (user: UserKey, device: DeviceKey, scope: Scope): ResolvedDevice | null => {
    const at = subjects.recordsOf(device).findLast((one) => one.user === user && scope(one.at))?.at
    const record = at === undefined ? null : recordAt(at)
    const key = keys.get(device)?.findLast((one) => scope(one.at))
    if (record === null || at === undefined) return null
    // Whatever is brought again of what was certified once: the device has told of a newer key.
    const renewed = keys.get(device)?.findLast((one) => one.body.renewed !== undefined && scope(one.at))?.body.renewed ?? null
    return { ...record, ...key !== undefined && { encryptionKey: key.body.encryptionKey }, certified: record, renewed }
  }
  const isActing = (user: UserKey, device: DeviceKey, scope: Scope): boolean => isPresent(standing.levelOfDevice(user, device, scope))
  const allActing = (scope: Scope): { user: UserKey, device: DeviceKey }[] => [...subjects.devices].flatMap((device) => {
    const user = subjects.holderOf(device, scope)
    return user !== null && isActing(user, device, scope) ? [{ user, device }] : []
  })
  return {
    of: (user, scope) => new Map([...subjects.devicesOf(user)].flatMap((device) => {
      const record = isActing(user, device, scope) ? recordOf(user, device, scope) : null
      return record === null ? [] : [[device, record] as const]
    })),
    holderOf (device) {
      const user = subjects.holderOf(device, (at) => facts.counts(at))
      if (user !== null) return user
      // RULE: a device that acts belongs to a person, even if the operation that brought in its record doesn't count.
      const holder = subjects.holderOf(device, everything)
      return holder !== null && isActing(holder, device, everything) ? holder : null
    },
    keyOf (device, scope) {
      const user = subjects.holderOf(device, scope)
      return (user === null ? null : recordOf(user, device, scope))?.encryptionKey ?? new Uint8Array()
    },
    all: (scope) => wrapOrder(seatsOf(parts, allActing(scope), scope).map(({ device }) => device)),
    refuseSeat: (user, device, scope) => refuseSeat(parts, allActing(scope), { user, device }, scope)
  }
}

/** Of devices that do not act any more, the last position that counts. */
function cutsOf (authors: Membership['authors'], byDevice: ReadonlyMap<DeviceKey, ResolvedMember>, endOf: (device: DeviceKey) => number): Map<DevTag, number> {
  return new Map([...authors].flatMap(([devTag, { device }]) => byDevice.has(device) ? [] : [[devTag, endOf(device)] as const]))
}

function departedOf (
  removals: readonly Said<'remove'>[], members: ReadonlyMap<UserKey, unknown>
): Pick<Membership, 'departed' | 'departedBy'> {
  const gone = removals.filter(({ body }) => !members.has(body.user))
  const departedBy = new Map(gone.map(({ author, body }) => [body.user, author]))
  return { departedBy, departed: new Map([...departedBy].map(([user, by]) => [user, by === user ? 'left' : 'removed'])) }
}

/**
 * RULE: an invitation that is announced again takes nothing from what others announced; the highest authority's is relied
 * on. A revocation closes all announcements of the invitation that its author may revoke, and each that knew of the
 * revoked one: only a new link opens.
 */
function announcementsOf (parts: Parts, said: SaidBy): Membership['announcements'] {
  const { graph, subjects, facts } = parts
  const byId = Map.groupBy(said('invite'), ({ body }) => body.inviteId)
  return new Map([...byId].map(([id, those]) => {
    const strengthAt = (at: number): Level => strengthOf(facts.authorityAt(at))
    const revoked = those.flatMap(({ at }) => facts.revocationsOf(at).map((revocation) => ({ at, revocation })))
    const mayRevoke = (revocation: number, { author, body }: Said<'invite'>): boolean => {
      const rank = rankAt(facts.authorityAt(revocation))
      return subjects.authorOf(revocation) === author || (rank >= 2 && ROLES.indexOf(body.role) < rank)
    }
    const isClosed = (one: Said<'invite'>): boolean =>
      revoked.some(({ at, revocation }) => graph.knows(one.at, at) || mayRevoke(revocation, one))
    const inOrder = those.toSorted((a, b) => strengthAt(b.at) - strengthAt(a.at) || Number(b.body.needsApproval) - Number(a.body.needsApproval) || a.at - b.at)
      .map((one) => describeInvite(parts, one, isClosed(one)))
    const isOpen = ({ isRevoked, uses, maxUses }: ResolvedInvite): boolean => !isRevoked && (maxUses === null || uses < maxUses)
    return [id, [...inOrder.filter(isOpen), ...inOrder.filter((one) => !isOpen(one))]]
  }))
}

function describeInvite ({ graph, subjects, facts, operations }: Parts, { at, author, body }: Said<'invite'>, isRevoked: boolean): ResolvedInvite {
  const { inviteId: id, publicKey, role, expiresAt, maxUses, needsApproval } = body
  const users = subjects.admissionsBy(at).filter((admission) => subjects.isFirst(admission) && facts.counts(admission)).flatMap((admission) => {
    const act = graph.ordered[admission]?.act
    return act?.type === 'add' ? [act.user] : []
  })
  return { id, announcement: idAt(operations, at), publicKey, role, expiresAt, maxUses, needsApproval, createdBy: author, uses: new Set(users).size, isRevoked }
}

/**
 * The epoch is for exactly the devices that were members where it stands, as its author knew, but those it removes.
 * RULE: an epoch is made once. Of several that claim to have made it only those count that are for whom they say and know no other
 * that is: who names an old epoch again makes none. Of claims that do not know each other the last that may be sent in stands for
 * the epoch: who claims the newest from the past, or dates the claim back, makes nobody write another. What somebody may read
 * follows from all claims (`mayReadEpoch`).
 */
function epochsOf ({ graph, operations }: Parts, said: SaidBy, devices: Devices, removals: readonly number[]): ResolvedEpoch[] {
  const made = [...said('create'), ...said('rotate'), ...said('remove'), ...said('rmdev')].sort((a, b) => a.at - b.at)
  const claims = new Map<EpochId | null, Claim[]>()
  for (const { at, body } of made) {
    const operation = operations[at]
    const rotation = body.type === 'create' ? null : body.rotation
    if (operation === undefined || (rotation === null && body.type !== 'create')) continue
    const before = inPast(body.type === 'create' ? graph.pastOf(at) : graph.before(at))
    const isRemoved = (device: DeviceKey): boolean => body.type === 'remove' ? devices.holderOf(device) === body.user : body.type === 'rmdev' && body.device === device
    let recipients: DeviceKey[] | null = null
    const epoch: ResolvedEpoch = {
      // Most epochs are followed by a removal that they do not know.
      isOpen: removals.findLast((removal) => !graph.knows(at, removal)) === undefined,
      rotation, epochId: rotation?.epochId ?? null, operation: operation.id, startedAt: operation.sentAt, depth: 0,
      /** Found when somebody asks: that is done of the newest few. */
      get recipients () { return recipients ??= devices.all(before).filter((device) => !isRemoved(device)) },
      get encryptionKeys () { return this.recipients.map((device) => devices.keyOf(device, before)) }
    }
    claims.set(epoch.epochId, [...claims.get(epoch.epochId) ?? [], { at, epoch }])
  }
  const depths = new Map<EpochId, number>()
  const chosen = [...claims.values()].flatMap((those) => {
    const makers = makersOf(those, graph), maker = makers.findLast(({ epoch }) => epoch.isOpen) ?? makers[0]
    const others = makers.flatMap((one) => one === maker ? [] : [one.epoch])
    if (maker !== undefined && others.length > 0) maker.epoch.others = others
    return maker ?? []
  })
  return chosen.sort((a, b) => a.at - b.at).map(({ epoch }) => {
    const those = claimsOf(epoch)
    const depth = Math.max(...those.map(({ rotation }) => rotation === null ? 0 : (depths.get(rotation.previous) ?? 0) + 1))
    const startedAt = Math.max(...those.map((claim) => claim.startedAt))
    for (const claim of those) Object.assign(claim, { depth, startedAt })
    if (epoch.epochId !== null) depths.set(epoch.epochId, depth)
    return epoch
  })
}

interface Claim { at: number, epoch: ResolvedEpoch }

function makersOf (claims: readonly Claim[], graph: Parts['graph']): readonly Claim[] {
  if (claims.length === 1) return claims
  const makers: Claim[] = []
  for (const claim of claims) {
    if (isForWhomItSays(claim.epoch) && !makers.some(({ at }) => graph.knows(claim.at, at))) makers.push(claim)
  }
  return makers.length === 0 ? claims.slice(0, 1) : makers
}

const isForWhomItSays = ({ rotation, recipients }: ResolvedEpoch): boolean =>
  rotation !== null && toHex(computeRecipientsNow(recipients)) === toHex(rotation.recipients)

/** What does not count is nobody's past: a removed device could otherwise crowd out the heads that matter. */
function headsOf ({ graph, operations }: Parts, counted: readonly number[]): EnvelopeId[] {
  const heads: EnvelopeId[] = []
  let known: Past = pastOfAll(graph, [])
  for (const at of counted.toReversed()) {
    if (isIn(known, at)) continue
    heads.push(idAt(operations, at))
    known = union([known, graph.pastOf(at)], null)
  }
  return heads.sort()
}
