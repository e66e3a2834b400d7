/**
 * RULE: a room has as many seats for devices as a rotation can hold keys for, else nobody could be removed any more; a person has few of
 * them. Where they do not suffice, one device of each person comes first, and of these those above members, then the others in turn. A
 * turn is how many of the same inviter came before, for the one whom somebody above members let in, and how many by that one, directly or
 * by each other: nobody fills a room alone, nor by people who let in one another.
 */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import type { LawGraph, Scope } from './law/graph.ts'
import { rankAt } from './law/level.ts'
import type { Standing } from './law/standing.ts'
import type { Subjects } from './law/subjects.ts'

export const DEVICES_OF_A_PERSON_MAX = 20

interface Seat { user: UserKey, device: DeviceKey }
interface Parts { subjects: Subjects, standing: Standing, graph: LawGraph }

/** Tells why a device would have no seat if it were written in; null where it would have one. */
export function refuseSeat (parts: Parts, acting: readonly Seat[], wanted: Seat, scope: Scope): 'room-device-limit' | 'room-full' | null {
  const others = acting.filter(({ device }) => device !== wanted.device)
  if (seatsOf(parts, [...others, wanted], scope).some(({ device }) => device === wanted.device)) return null
  return others.filter(({ user }) => user === wanted.user).length >= DEVICES_OF_A_PERSON_MAX ? 'room-device-limit' : 'room-full'
}

/** Selects the devices that have a seat. One that no operation of `scope` brings in comes last. */
export function seatsOf ({ subjects, standing, graph }: Parts, acting: readonly Seat[], scope: Scope): readonly Seat[] {
  const numbers = new Map<UserKey, number>()
  const enteredAt = (device: DeviceKey): number => subjects.recordsOf(device).find(({ at }) => scope(at))?.at ?? Infinity
  const isCrowded = acting.length > ROOM_MAX_MEMBERS
  const byEntry = acting.length <= DEVICES_OF_A_PERSON_MAX ? acting : acting.toSorted((a, b) => enteredAt(a.device) - enteredAt(b.device))
  const few = byEntry.flatMap((seat) => {
    const number = numbers.get(seat.user) ?? 0
    numbers.set(seat.user, number + 1)
    return number < DEVICES_OF_A_PERSON_MAX ? [{ ...seat, number }] : []
  })
  if (!isCrowded) return few
  const isAboveMembers = (user: UserKey): boolean => rankAt(standing.levelOf(user, scope)) > 1
  const inviterOf = (user: UserKey): UserKey | null => {
    const admission = subjects.admissionsOf(user).find(scope) ?? -1
    return graph.ordered[admission]?.act.type === 'add' ? subjects.authorOf(subjects.inviteOf(admission)) : null
  }
  const branchOf = rootsBy((user) => {
    const inviter = inviterOf(user)
    return inviter === null || isAboveMembers(inviter) ? null : inviter
  })
  const counts = new Map<string, number>()
  const count = (group: string): number => {
    const before = counts.get(group) ?? 0
    counts.set(group, before + 1)
    return before
  }
  const places = new Map<UserKey, number>()
  const turnOf = new Map<UserKey, number>()
  for (const { user } of few) {
    if (turnOf.has(user)) continue
    const branch = branchOf(user)
    if (!places.has(branch)) places.set(branch, count(`let in by ${inviterOf(branch) ?? ''}`))
    turnOf.set(user, isAboveMembers(user) ? -1 : count(`by way of ${branch}`) + (places.get(branch) ?? 0))
  }
  const isAbove = (user: UserKey): boolean => turnOf.get(user) === -1
  return few.toSorted((a, b) => a.number - b.number || Number(isAbove(b.user)) - Number(isAbove(a.user)) || (turnOf.get(a.user) ?? 0) - (turnOf.get(b.user) ?? 0) ||
    enteredAt(a.device) - enteredAt(b.device)).slice(0, ROOM_MAX_MEMBERS)
}

/** Follows `above` from somebody up to the last. */
function rootsBy (above: (user: UserKey) => UserKey | null): (user: UserKey) => UserKey {
  const roots = new Map<UserKey, UserKey>()
  return (user) => {
    const path = new Set<UserKey>()
    let at = user
    for (let next: UserKey | null = at; next !== null && !path.has(next) && !roots.has(at); next = above(at)) {
      at = next
      path.add(at)
    }
    const root = roots.get(at) ?? at
    for (const one of path) roots.set(one, root)
    return root
  }
}
