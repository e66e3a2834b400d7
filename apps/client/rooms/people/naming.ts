/**
 * The one place that decides under which name somebody is shown in a room, and what has to be said of that name.
 *
 * A name in a room is a claim: its log takes any. What stands behind it is the passport, in which the node names the account of a device.
 *
 *   naming.of(alice)     // { text: 'Alice', mark: null }
 *   naming.of(mallory)   // { text: 'Аlice · k7f2', mark: 'look-alike' }
 */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { checkName } from '#shared/names/check-name.ts'
import { cleanLine } from '#shared/names/clean-line.ts'
import { toNameKey, toSkeleton } from '#shared/names/look-alike.ts'
import type { DisplayedName, RoomSummary } from '../../api.ts'
import type { Membership } from '../membership/resolve.ts'
import { otherOf } from '../other-of.ts'

export interface Naming {
  of(user: UserKey): DisplayedName
  /** The same for somebody who is not in the room yet, by the name that they give. */
  ofClaim(user: UserKey, name: string, devices: readonly DeviceKey[]): DisplayedName
}

/** What is known of people beyond a room. */
export interface KnownNames {
  /** By device: the name in the last passport that was checked. */
  confirmed: ReadonlySignal<ReadonlyMap<DeviceKey, string>>
  /** People whose safety number was compared, or with whom this person has a conversation, by the name they are known under. */
  contacts: ReadonlySignal<ReadonlyMap<UserKey, string>>
}

interface Claim { user: UserKey, name: string, devices: readonly DeviceKey[] }

/** Without letters and digits that look alike: 32 of them, five bits each. */
const SUFFIX_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'
const SUFFIX_CHARS = 4

/** Tells people of the same name apart. Short: it need not withstand somebody who searches for a key, only be another one for each. */
export function suffixOf (user: UserKey): string {
  const bits = BigInt(`0x${user.slice(0, 10)}`)
  return Array.from({ length: SUFFIX_CHARS }, (_, nth) => SUFFIX_LETTERS[Number((bits >> BigInt(5 * nth)) & 31n)]).join('')
}

/** Looks of names, so that the next change of a large room does not work them all out again; more people than anybody has in mind. */
const LOOKS_MAX = 4000
const looks = new Map<string, readonly string[]>()

function looksOf (name: string): readonly string[] {
  const known = looks.get(name)
  if (known !== undefined) return known
  const found = [`spelling ${toNameKey(name)}`, `look ${toSkeleton(name)}`].filter((look) => !look.endsWith(' '))
  if (looks.size >= LOOKS_MAX) looks.clear()
  looks.set(name, found)
  return found
}

/** Everybody who ever was in the room: members in the order in which they came, then those who went. */
function claimsOf ({ members, authors }: Membership): Map<UserKey, Claim> {
  const claims = new Map<UserKey, Claim & { devices: DeviceKey[] }>()
  for (const { user, name } of members.values()) claims.set(user, { user, name, devices: [] })
  for (const { user, name, device } of authors.values()) {
    const claim = claims.get(user) ?? { user, name, devices: [] }
    claim.devices.push(device)
    claims.set(user, claim)
  }
  return claims
}

export function createNaming ({ membership, myUser, confirmed, contacts }: KnownNames & {
  membership: ReadonlySignal<Membership>
  myUser: UserKey
}): ReadonlySignal<Naming> {
  return computed(() => {
    const claims = claimsOf(membership.value)
    const isConfirmed = ({ name, devices }: Omit<Claim, 'user'>): boolean => devices.some((device) => confirmed.value.get(device) === name)

    /** RULE: a name belongs to this person, else to a contact, else to whom the node names so, else to who came first. */
    const rankOf = (claim: Claim): number => claim.user === myUser ? 0 : contacts.value.has(claim.user) ? 1 : isConfirmed(claim) ? 2 : 3
    const owners = new Map<string, UserKey>()
    const own = (user: UserKey, name: string): void => {
      for (const look of looksOf(name)) if (!owners.has(look)) owners.set(look, user)
    }
    const ranked = [...claims.values()].map((claim) => ({ claim, rank: rankOf(claim) })).sort((a, b) => a.rank - b.rank)
    for (const { claim, rank } of ranked) if (rank === 0) own(myUser, claim.name)
    for (const [user, name] of contacts.value) own(user, name)
    for (const { claim } of ranked) own(claim.user, claim.name)

    const describe = (claim: Claim): DisplayedName => {
      const { user } = claim
      const checked = checkName(claim.name)
      const text = 'name' in checked ? checked.name : cleanLine(claim.name)
      if (text === '') return { text: `#${suffixOf(user)}`, mark: 'unconfirmed' }
      if (user === myUser) return { text, mark: null }
      if (looksOf(claim.name).some((look) => (owners.get(look) ?? user) !== user)) return { text: `${text} · ${suffixOf(user)}`, mark: 'look-alike' }
      return { text, mark: 'name' in checked && isConfirmed(claim) ? null : 'unconfirmed' }
    }

    const described = new Map<UserKey, DisplayedName>()
    const of = (user: UserKey): DisplayedName => {
      const known = described.get(user) ?? describe(claims.get(user) ?? { user, name: contacts.value.get(user) ?? '', devices: [] })
      described.set(user, known)
      return known
    }
    return { of, ofClaim: (user, name, devices) => claims.has(user) ? of(user) : describe({ user, name, devices }) }
  })
}

/** A direct room is called as the other person is. */
export function titleOf (membership: Membership, naming: Naming, myUser: UserKey, known: string): Pick<RoomSummary, 'name' | 'nameMark'> {
  const other = otherOf(membership, myUser)
  const isKnown = other !== null && (membership.members.has(other) || [...membership.authors.values()].some(({ user }) => user === other))
  if (!isKnown) return { name: cleanLine(other === null ? membership.name ?? known : known), nameMark: null }
  const { text, mark } = naming.of(other)
  return { name: text, nameMark: mark }
}
