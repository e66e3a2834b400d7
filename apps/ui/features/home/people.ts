/** Whom one can write to: everybody of any room, once. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { Client, Member } from '#client'
import { isOnline } from '../members/group-members.ts'

/** Who is there first, then by name; in several rooms somebody is as reachable as in the best of them. */
export function peopleOf (rooms: readonly (readonly Member[])[]): Member[] {
  const people = new Map<string, Member>()
  for (const member of rooms.flat()) {
    const known = people.get(member.user)
    if (!member.isMe && (known === undefined || (isOnline(member) && !isOnline(known)))) people.set(member.user, member)
  }
  return [...people.values()].sort((a, b) => Number(isOnline(b)) - Number(isOnline(a)) || a.name.localeCompare(b.name))
}

/** Follows every room of this device. */
export const allPeople = (client: Client): ReadonlySignal<readonly Member[]> => computed(() =>
  peopleOf((client.rooms.value ?? []).filter(({ standing }) => standing === 'member').map(({ tag }) => client.room(tag)?.people.members.value ?? [])))
