/** What the rest of the client is told: the state in the past of everything that counts. */
import type { DeviceKey, DevTag, EnvelopeId, EpochId, UserKey } from '#shared/ids.ts'
import { isIn, type Graph, type Past } from './graph.ts'
import { lastIn, type Fact, type Ledger } from './ledger.ts'
import { rightsIn } from './rights.ts'
import { createStanding } from './standing.ts'
import type { Membership, ResolvedEpoch, ResolvedMember } from './membership.ts'
import { createView, type View } from './view.ts'

interface Parts {
  graph: Graph
  ledger: Ledger
  /** The past of everything that counts. */
  everything: Past
  heads: EnvelopeId[]
  devTagOf: (device: DeviceKey) => DevTag
}

export function describeMembership ({ graph, ledger, everything, heads, devTagOf }: Parts): Membership {
  const view = createView(ledger, everything)
  const idAt = (at: number): EnvelopeId => graph.ordered[at]?.id ?? '' as EnvelopeId
  const creation = view.creation()
  const name = lastIn(ledger.names, everything)
  const members = membersOf(view, ledger, idAt)
  const byDevice = new Map([...members.values()].flatMap((member) => [...member.devices.keys()].map((device) => [device, member] as const)))
  const standing = createStanding(graph, ledger, devTagOf)
  const authors: Membership['authors'] = new Map()
  for (const device of ledger.devices.keys()) {
    const user = view.holderOf(device)
    if (user !== null) authors.set(devTagOf(device), { user, name: nameOf(ledger, user, everything), device })
  }
  return {
    name: name?.name ?? null,
    topic: name?.topic ?? '',
    kind: creation?.kind ?? 'group',
    peer: creation?.peer ?? null,
    parent: creation?.parent ?? null,
    policy: view.policy(),
    createdAt: creation === null ? 0 : graph.ordered[creation.at]?.sentAt ?? 0,
    members,
    authors,
    cuts: cutsOf(view, ledger, devTagOf),
    departed: new Map([...ledger.users.values()].flatMap(({ user, removals }) => {
      const last = view.roleOf(user) === null ? lastIn(removals, everything) : null
      return last === null ? [] : [[user, last.isByItself ? 'left' : 'removed'] as const]
    })),
    bans: bansOf(view, ledger),
    mutes: new Map([...members.keys()].flatMap((user) => {
      const until = view.muteOf(user)?.until ?? null
      return until === null ? [] : [[user, until]]
    })),
    invites: invitesOf(view, ledger),
    parties: new Map(ledger.parties.map(({ tag, name: title, inviteSecret, isVoice, createdBy }) => [tag, { tag, name: title, inviteSecret, isVoice, createdBy }])),
    epochs: epochsOf(ledger, graph),
    verdicts: verdictsOf(ledger).map(({ at }) => idAt(at)),
    removals: ledger.removals.map(({ at }) => idAt(at)),
    heads,
    isBefore (id, later) {
      const [at, laterAt] = [graph.positionOf(id), graph.positionOf(later)]
      return at !== undefined && laterAt !== undefined && isIn(graph.pastOf(laterAt), at)
    },
    rightsOf: (user) => rightsIn(view, user),
    mayWrite (devTag, seq, sentAt, named) {
      const author = authors.get(devTag)
      return author !== undefined && standing.mayWrite(author.device, { seq, sentAt, heads: named })
    },
    mayDelete: (by, of, named) => standing.mayDelete(by, of, named),
    memberOf: (device) => byDevice.get(device) ?? null
  }
}

const verdictsOf = ({ users, devices }: Ledger): Fact[] => [
  ...[...users.values()].flatMap(({ removals, mutes, roles }) => [...removals, ...mutes, ...roles.filter(({ role }) => role === 'observer')]),
  ...[...devices.values()].flatMap(({ burns }) => burns)
]

const nameOf = (ledger: Ledger, user: UserKey, past: Past): string => lastIn(ledger.users.get(user)?.names, past)?.name ?? ''

function membersOf (view: View, ledger: Ledger, idAt: (at: number) => EnvelopeId): Map<UserKey, ResolvedMember> {
  return new Map(view.members().map((user) => [user, {
    user,
    name: nameOf(ledger, user, view.past),
    role: view.roleOf(user) ?? 'observer',
    devices: view.devicesOf(user),
    admittedBy: idAt(view.admittedAt(user))
  }]))
}

function cutsOf (view: View, ledger: Ledger, devTagOf: Parts['devTagOf']): Map<DevTag, number> {
  const cuts = new Map<DevTag, number>()
  for (const [device, { burns }] of ledger.devices) {
    const user = view.holderOf(device)
    if (user === null || view.memberOf(device) !== null) continue
    const devTag = devTagOf(device)
    const removals = ledger.users.get(user)?.removals ?? []
    const period = removals.at(-1)?.period
    const ends = [
      ...burns.map(({ cut }) => cut),
      ...removals.filter((removal) => removal.period === period).flatMap((removal) => removal.cuts.filter((cut) => cut.devTag === devTag).map(({ seq }) => seq))
    ]
    cuts.set(devTag, Math.max(0, ...ends))
  }
  return cuts
}

function bansOf (view: View, ledger: Ledger): Membership['bans'] {
  const banned = [...ledger.users.values()].filter(({ user }) => view.isBanned(user))
  return new Map(banned.map(({ user }) => [user, nameOf(ledger, user, view.past) || null]))
}

function invitesOf (view: View, ledger: Ledger): Membership['invites'] {
  const invites: Membership['invites'] = new Map()
  for (const id of ledger.invites.keys()) {
    const invite = view.inviteOf(id)
    if (invite === null) continue
    const { at: _, ...facts } = invite.facts
    invites.set(id, { id, ...facts, uses: invite.uses, isRevoked: invite.isRevoked })
  }
  return invites
}

function epochsOf (ledger: Ledger, graph: Graph): ResolvedEpoch[] {
  const depths = new Map<EpochId, number>()
  return ledger.epochs.flatMap(({ at, rotation, recipients }) => {
    const operation = graph.ordered[at]
    if (operation === undefined) return []
    const { id, sentAt: startedAt, lamport } = operation
    const depth = rotation === null ? 0 : (depths.get(rotation.previous) ?? 0) + 1
    if (rotation !== null && !depths.has(rotation.epochId)) depths.set(rotation.epochId, depth)
    const isOpen = ledger.removals.every((removal) => isIn(graph.pastOf(at), removal.at))
    return [{ isOpen, rotation, epochId: rotation?.epochId ?? null, operation: id, startedAt, lamport, depth, recipients }]
  })
}
