/** The members of a room as people see them: who is there, and by which path. */
import type { DeviceKey, DevTag, UserKey } from '#shared/ids.ts'
import { showableTime } from '#shared/time.ts'
import { countOf, subtractRanges } from '#shared/wire/sync/ranges.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { Member } from '../../api.ts'
import type { PeerLink } from '../../mesh/types.ts'
import { tellsAuthors } from '../live/acknowledgement-policy.ts'
import { LAW_VERSION } from '../membership/law/version.ts'
import { rankOf } from '../membership/operations.ts'
import type { Membership, ResolvedMember } from '../membership/resolve.ts'
import type { Naming } from './naming.ts'

export type KnownVector = ReadonlyMap<DevTag, readonly LogRange[]>

/** What a device is known to hold, and what this one held when the two last compared. */
export interface Compared { held: KnownVector, mine: KnownVector }

export interface MembersInput {
  membership: Membership
  naming: Naming
  links: ReadonlyMap<DeviceKey, PeerLink>
  present: ReadonlySet<DeviceKey>
  lastSeen: ReadonlyMap<DeviceKey, number>
  vectors: ReadonlyMap<DeviceKey, Compared>
  mine: KnownVector
  copied: ReadonlyMap<DeviceKey, unknown>
  disagreeing: ReadonlyMap<DeviceKey, unknown>
  /** Of devices that judge by another one than this. */
  laws: ReadonlyMap<DeviceKey, number>
  myDevice: DeviceKey
}

/** Until when somebody is muted, Unix ms; null for who is not. */
export function muteEndOf ({ mutes }: Pick<Membership, 'mutes'>, user: UserKey): number | null {
  const until = mutes.get(user)
  return until === undefined ? null : showableTime(until)
}

/** By rank, then by name. */
export function describeMembers (input: MembersInput): Member[] {
  const places = new Map(input.membership.order.map((user, place) => [user, place]))
  return [...input.membership.members.values()]
    .map((member) => ({ ...describe(member, input), place: places.get(member.user) ?? places.size }))
    .sort((a, b) => rankOf(b.role) - rankOf(a.role) || a.name.localeCompare(b.name))
}

function describe (member: ResolvedMember, { membership, naming, links, present, lastSeen, vectors, mine, copied, disagreeing, laws, myDevice }: MembersInput): Omit<Member, 'place'> {
  const devices = [...member.devices.keys()]
  const { text: name, mark: nameMark } = naming.of(member.user)
  const isMe = devices.includes(myDevice)
  const linked = devices.flatMap((device) => links.get(device) ?? [])
  const best = linked.find((link) => link.path === 'direct') ?? linked[0]
  const isPresent = devices.some((device) => present.has(device))
  const holder = devices.find((device) => vectors.has(device))
  const known = holder === undefined ? undefined : vectors.get(holder)
  // RULE: a device acknowledges to this person what this person wrote; of what others wrote since the two last compared nothing is known.
  const myUser = membership.memberOf(myDevice)?.user
  const isTold = (devTag: DevTag): boolean => tellsAuthors(membership) && membership.authors.get(devTag)?.user === myUser
  const counted = [...mine].flatMap(([devTag, ranges]): (readonly [DevTag, readonly LogRange[]])[] => {
    // Nobody acknowledges what they wrote themselves: a device has its own log, also where its vector is older.
    if (membership.authors.get(devTag)?.device === holder) return []
    return [[devTag, isTold(devTag) ? ranges : known?.mine.get(devTag) ?? []]]
  })
  return {
    user: member.user,
    name,
    nameMark,
    role: member.role,
    isMe,
    devices: devices.length,
    isCopied: devices.some((device) => copied.has(device)),
    isDisagreeing: devices.some((device) => disagreeing.has(device)),
    rules: rulesOf(devices.flatMap((device) => laws.get(device) ?? [])),
    mutedUntil: muteEndOf(membership, member.user),
    presence: isMe || best !== undefined || isPresent ? 'online' : 'offline',
    // Somebody who is at the node is reached by it: a relayed connection is made when there is something to say.
    link: best?.path ?? (isPresent && !isMe ? 'relayed' : 'none'),
    latencyMs: best?.latencyMs ?? null,
    version: linked.find(({ protocol }) => protocol !== 'meets')?.protocol ?? 'meets',
    lacks: known === undefined ? null : missing(counted, known.held),
    lastSeenAt: devices.reduce<number | null>((latest, device) => Math.max(latest ?? 0, lastSeen.get(device) ?? 0) || null, null)
  }
}

const rulesOf = ([law]: readonly number[]): Member['rules'] => law === undefined ? 'same' : law < LAW_VERSION ? 'older' : 'newer'

const missing = (held: readonly (readonly [DevTag, readonly LogRange[]])[], theirs: KnownVector): number =>
  held.reduce((total, [devTag, ranges]) => total + countOf(subtractRanges(ranges, theirs.get(devTag) ?? [])), 0)
