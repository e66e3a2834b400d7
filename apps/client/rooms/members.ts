/** The members of a room as people see them: who is there, and by which path. */
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import { countOf, subtractRanges } from '#shared/wire/sync/ranges.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { Member } from '../api.ts'
import type { PeerLink } from '../mesh/types.ts'
import { rankOf } from './membership/operations.ts'
import type { Membership, ResolvedMember } from './membership/resolve.ts'
import type { Naming } from './naming.ts'

export type KnownVector = ReadonlyMap<DevTag, readonly LogRange[]>

export interface MembersInput {
  membership: Membership
  naming: Naming
  links: ReadonlyMap<DeviceKey, PeerLink>
  present: ReadonlySet<DeviceKey>
  lastSeen: ReadonlyMap<DeviceKey, number>
  vectors: ReadonlyMap<DeviceKey, KnownVector>
  mine: KnownVector
  myDevice: DeviceKey
}

/** By rank, then by name. */
export function describeMembers (input: MembersInput): Member[] {
  return [...input.membership.members.values()]
    .map((member) => describe(member, input))
    .sort((a, b) => rankOf(b.role) - rankOf(a.role) || a.name.localeCompare(b.name))
}

function describe (member: ResolvedMember, { membership, naming, links, present, lastSeen, vectors, mine, myDevice }: MembersInput): Member {
  const devices = [...member.devices.keys()]
  const { text: name, mark: nameMark } = naming.of(member.user)
  const isMe = devices.includes(myDevice)
  const linked = devices.flatMap((device) => links.get(device) ?? [])
  const best = linked.find((link) => link.path === 'direct') ?? linked[0]
  const isPresent = devices.some((device) => present.has(device))
  const holder = devices.find((device) => vectors.has(device))
  // Nobody acknowledges what they wrote themselves: a device has its own log, also where its vector is older.
  const fromOthers = [...mine].filter(([devTag]) => membership.authors.get(devTag)?.device !== holder)
  return {
    user: member.user,
    name,
    nameMark,
    role: member.role,
    isMe,
    devices: devices.length,
    mutedUntil: membership.mutes.get(member.user) ?? null,
    presence: isMe || best !== undefined || isPresent ? 'online' : 'offline',
    // Somebody who is at the node is reached by it: a relayed connection is made when there is something to say.
    link: best?.path ?? (isPresent && !isMe ? 'relayed' : 'none'),
    latencyMs: best?.latencyMs ?? null,
    version: linked.find(({ protocol }) => protocol !== 'meets')?.protocol ?? 'meets',
    lacks: holder === undefined ? null : missing(fromOthers, vectors.get(holder) ?? new Map()),
    lastSeenAt: devices.reduce<number | null>((latest, device) => Math.max(latest ?? 0, lastSeen.get(device) ?? 0) || null, null)
  }
}

const missing = (held: readonly (readonly [DevTag, readonly LogRange[]])[], theirs: KnownVector): number =>
  held.reduce((total, [devTag, ranges]) => total + countOf(subtractRanges(ranges, theirs.get(devTag) ?? [])), 0)
