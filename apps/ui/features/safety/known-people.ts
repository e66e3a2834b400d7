/** Who is known from any room, and which of them carries the name of somebody else whose safety number was compared. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { Client, Member } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { isAlike } from '#shared/names/look-alike.ts'

/** A name that looks like another is shown with a part of the key behind it. */
const plainNameOf = ({ name, nameMark }: Member): string => nameMark === 'look-alike' ? name.replace(/ · [^·]*$/, '') : name

/** Everybody in any room of this device, without oneself. */
function knownPeople (client: Client): Map<UserKey, string> {
  const known = new Map<UserKey, string>()
  for (const { tag } of client.rooms.value ?? []) {
    for (const member of client.room(tag)?.people.members.value ?? []) if (!member.isMe) known.set(member.user, plainNameOf(member))
  }
  return known
}

/** The name somebody has in any room; empty when they are in none. */
export const nameOf = (client: Client, user: UserKey): ReadonlySignal<string> => computed(() => knownPeople(client).get(user) ?? '')

/** Whether the person said that the safety number fits; false while signed out. */
export const isVerified = (client: Client, user: UserKey): ReadonlySignal<boolean> =>
  computed(() => client.self.value?.isVerified(user).value ?? false)

/** RULE: a name that belongs to a verified person is suspicious under every key that is not verified. */
export const hasOtherKey = (client: Client, user: UserKey): ReadonlySignal<boolean> => computed(() => {
  const self = client.self.value
  if (self === null || self.isVerified(user).value) return false
  const people = knownPeople(client)
  const name = people.get(user)
  return name !== undefined && [...people].some(([other, theirs]) => other !== user && self.isVerified(other).value && isAlike(theirs, name))
})
