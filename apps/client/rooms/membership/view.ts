/** The state of a room as somebody knows it whose past is given: who is in it, as what, and what is open. */
import type { DeviceKey, InviteId, UserKey } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import type { Past } from './graph.ts'
import { isIn } from './graph.ts'
import { allIn, lastIn, type Creation, type InviteFacts, type Ledger, type Mute, type UserFacts } from './ledger.ts'
import { DEFAULT_POLICY, rankOf, wrapOrder, type MemberRecord, type Role, type RoomPolicy } from './operations.ts'

/** The rank of somebody who is no member: below everybody's. */
export const NO_RANK = -1

export interface OpenInvite {
  facts: InviteFacts['made'][number]
  isRevoked: boolean
  uses: number
}

export interface View {
  readonly past: Past
  creation(): Creation | null
  policy(): RoomPolicy
  /** Null for whoever is no member. */
  roleOf(user: UserKey): Role | null
  /** `NO_RANK` for whoever is no member. */
  rankOf(user: UserKey): number
  /** Whose device it is, also after they were removed; null when nobody was admitted with it. */
  holderOf(device: DeviceKey): UserKey | null
  /** The member who acts with this device; null when the device may not act. */
  memberOf(device: DeviceKey): UserKey | null
  members(): UserKey[]
  /** The devices with which a member acts, by their newest record and encryption key. */
  devicesOf(user: UserKey): Map<DeviceKey, MemberRecord>
  /** Sorted, as wraps are. */
  allDevices(): DeviceKey[]
  deviceCount(): number
  isBurnt(device: DeviceKey): boolean
  isBanned(user: UserKey): boolean
  /** Position of the operation that let a member in for this time; -1 for others. */
  admittedAt(user: UserKey): number
  /** Position of the operation that let a device in; -1 when none did. */
  grantedAt(device: DeviceKey): number
  /** Names a coming-in: the same for all who admit the same person at the same moment. */
  useOf(user: UserKey): string
  /** The mute that holds; null when there is none or it was lifted. */
  muteOf(user: UserKey): Mute | null
  inviteOf(id: InviteId): OpenInvite | null
  /** Whether somebody holds ownership by an operation, and not only because nobody else does. */
  isOwnerByName(user: UserKey): boolean
}

export function createView (ledger: Ledger, past: Past): View {
  /** Position from which on admissions and roles count: after the last removal. */
  const outAt = (facts: UserFacts | undefined): number => lastIn(facts?.removals, past)?.at ?? -1

  const isMember = (facts: UserFacts | undefined): boolean => (lastIn(facts?.admissions, past)?.at ?? -1) > outAt(facts)

  const namedRole = (user: UserKey): Role | null => {
    const facts = ledger.users.get(user)
    return isMember(facts) ? lastIn(facts?.roles, past)?.role ?? null : null
  }

  const members = (): UserKey[] => [...ledger.users.values()].filter(isMember).map(({ user }) => user)

  const admittedAt = (user: UserKey): number => {
    const facts = ledger.users.get(user)
    const out = outAt(facts)
    return allIn(facts?.admissions, past).find(({ at }) => at > out)?.at ?? -1
  }

  /** RULE: a room is never without an owner: where none is left, it is the member of the highest rank, of those the one admitted first. */
  const heir = (): UserKey | null => {
    let best: { user: UserKey, rank: number, at: number } | null = null
    for (const user of members()) {
      const next = { user, rank: rankOf(namedRole(user) ?? 'observer'), at: admittedAt(user) }
      if (best === null || next.rank > best.rank || (next.rank === best.rank && next.at < best.at)) best = next
    }
    return best?.user ?? null
  }
  let owner: { heir: UserKey | null } | null = null
  const heirOf = (): UserKey | null => {
    if (owner !== null) return owner.heir
    const isOwned = [...ledger.owners].some((user) => namedRole(user) === 'owner')
    owner = { heir: isOwned ? null : heir() }
    return owner.heir
  }

  const roleOf = (user: UserKey): Role | null => {
    const role = namedRole(user)
    return role !== null && role !== 'owner' && heirOf() === user ? 'owner' : role
  }

  const isBurnt = (device: DeviceKey): boolean => lastIn(ledger.devices.get(device)?.burns, past) !== null

  /** RULE: a device is whose it was first: nobody takes over what it wrote. */
  const holderOf = (device: DeviceKey): UserKey | null =>
    ledger.devices.get(device)?.grants.find(({ at }) => isIn(past, at))?.user ?? null

  const memberOf = (device: DeviceKey): UserKey | null => {
    const user = holderOf(device)
    if (user === null || isBurnt(device)) return null
    const facts = ledger.users.get(user)
    const granted = lastIn(ledger.devices.get(device)?.grants, past)?.at ?? -1
    return isMember(facts) && granted > outAt(facts) ? user : null
  }

  const devicesOf = (user: UserKey): Map<DeviceKey, MemberRecord> => {
    const devices = new Map<DeviceKey, MemberRecord>()
    for (const device of ledger.devicesOf.get(user) ?? []) {
      const grant = memberOf(device) === user ? lastIn(ledger.devices.get(device)?.grants, past) : null
      if (grant === null) continue
      const key = lastIn(ledger.devices.get(device)?.keys, past)
      devices.set(device, key !== null && key.at > grant.at ? { ...grant.record, encryptionKey: key.encryptionKey } : grant.record)
    }
    return devices
  }

  return {
    past,
    creation: () => lastIn(ledger.creation, past),
    policy: () => lastIn(ledger.policies, past)?.policy ?? DEFAULT_POLICY,
    roleOf,
    rankOf (user) {
      const role = roleOf(user)
      return role === null ? NO_RANK : rankOf(role)
    },
    holderOf,
    memberOf,
    members,
    devicesOf,
    allDevices: () => wrapOrder([...ledger.devices.keys()].filter((device) => memberOf(device) !== null)),
    // Counted only where it can matter: a room seldom has seen as many devices as it may hold.
    deviceCount: () => ledger.devices.size < ROOM_MAX_MEMBERS ? ledger.devices.size : [...ledger.devices.keys()].filter((device) => memberOf(device) !== null).length,
    isBurnt,
    isBanned: (user) => lastIn(ledger.users.get(user)?.bans, past)?.isBanned ?? false,
    admittedAt,
    grantedAt: (device) => ledger.devices.get(device)?.grants.find(({ at }) => isIn(past, at))?.at ?? -1,
    useOf: (user) => `${user}/${outAt(ledger.users.get(user))}`,
    muteOf (user) {
      const facts = ledger.users.get(user)
      const mute = lastIn(facts?.mutes, past)
      return mute?.until == null || mute.at < admittedAt(user) ? null : mute
    },
    inviteOf (id) {
      const invite = ledger.invites.get(id)
      // The first one stays: whoever announces an invitation again cannot undo its revocation or its uses.
      const facts = invite?.made.find(({ at }) => isIn(past, at))
      if (invite === undefined || facts === undefined) return null
      const uses = new Set(allIn(invite.uses, past).map(({ use }) => use)).size
      return { facts, isRevoked: lastIn(invite.revoked, past) !== null, uses }
    },
    isOwnerByName: (user) => namedRole(user) === 'owner'
  }
}
