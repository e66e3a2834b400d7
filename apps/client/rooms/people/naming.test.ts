import { signal } from '@preact/signals-core'
import { describe, expect, it } from 'vitest'
import type { DeviceKey, DevTag, UserKey } from '#shared/ids.ts'
import type { Membership } from '../membership/resolve.ts'
import { createNaming, suffixOf, type Naming } from './naming.ts'

const keyOf = (who: string): UserKey => Buffer.from(who.padEnd(32, who)).toString('hex').slice(0, 64) as UserKey
const deviceOf = (who: string): DeviceKey => `${who}-device` as DeviceKey
const [ALICE, BOB, MALLORY, CAROL] = ['alice', 'bob', 'mallory', 'carol'].map(keyOf) as [UserKey, UserKey, UserKey, UserKey]

interface Story { members: Record<string, string>, gone?: Record<string, string>, confirmed?: Record<string, string>, contacts?: Record<string, string>, me?: string }

/** Who is in the room, in the order in which they came, and who was, by the name that each claims. */
function nameIn ({ members, gone = {}, confirmed = {}, contacts = {}, me = 'bob' }: Story): Naming {
  const membership = {
    members: new Map(Object.entries(members).map(([who, name]) => [keyOf(who), { user: keyOf(who), name }])),
    authors: new Map(Object.entries({ ...members, ...gone }).map(([who, name]) => [`${who}-log` as DevTag, { user: keyOf(who), name, device: deviceOf(who) }]))
  } as unknown as Membership
  return createNaming({
    membership: signal(membership), myUser: keyOf(me),
    confirmed: signal(new Map(Object.entries(confirmed).map(([who, name]) => [deviceOf(who), name]))),
    contacts: signal(new Map(Object.entries(contacts).map(([who, name]) => [keyOf(who), name])))
  }).value
}

describe('the name somebody is shown under', () => {
  it('is their own and without a mark when the node names them so', () => {
    const naming = nameIn({ members: { alice: 'Alice', bob: 'Bob' }, confirmed: { alice: 'Alice' } })
    expect(naming.of(ALICE)).toEqual({ text: 'Alice', mark: null })
    // Nobody doubts their own name, which no other device confirms to them.
    expect(naming.of(BOB)).toEqual({ text: 'Bob', mark: null })
  })

  it.each([
    ['no passport was seen', {}], ['the passport names another', { alice: 'Mallory' }], ['the passport names none', { alice: '' }]
  ])('is marked as unconfirmed when %s', (_, confirmed: Record<string, string>) => {
    expect(nameIn({ members: { alice: 'Alice', bob: 'Bob' }, confirmed }).of(ALICE)).toEqual({ text: 'Alice', mark: 'unconfirmed' })
  })

  it.each(['\u3164', '\u2800\u115f', '\u034f'])('is a part of the key when the claimed one, %j, shows nothing', (name) => {
    expect(nameIn({ members: { mallory: name, bob: 'Bob' } }).of(MALLORY)).toEqual({ text: `#${suffixOf(MALLORY)}`, mark: 'unconfirmed' })
  })

  it('is shown without what hides in it, and never as confirmed, when it is no name', () => {
    const naming = nameIn({ members: { mallory: 'Eve \u{1f642}\u00ad', bob: 'Bob' }, confirmed: { mallory: 'Eve \u{1f642}\u00ad' } })
    expect(naming.of(MALLORY)).toEqual({ text: 'Eve \u{1f642}', mark: 'unconfirmed' })
  })
})

describe('of two who look alike', () => {
  it.each(['Alice', 'Аlice', 'ALICE', 'AIice', 'Alice.', 'Ali\u115fce', 'Ａlice'])('%j, who came later, has a part of the key beside the name, and is marked', (name) => {
    const naming = nameIn({ members: { alice: 'Alice', bob: 'Bob', mallory: name } })
    expect(naming.of(ALICE)).toEqual({ text: 'Alice', mark: 'unconfirmed' })
    expect(naming.of(MALLORY)).toMatchObject({ mark: 'look-alike' })
    expect(naming.of(MALLORY).text).toMatch(new RegExp(` · ${suffixOf(MALLORY)}$`))
  })

  it('the one whom the node names so has the name, also when they came later', () => {
    const naming = nameIn({ members: { mallory: 'Alice', bob: 'Bob', alice: 'Alice' }, confirmed: { alice: 'Alice', mallory: 'Mallory' } })
    expect(naming.of(ALICE)).toEqual({ text: 'Alice', mark: null })
    expect(naming.of(MALLORY)).toMatchObject({ mark: 'look-alike' })
  })

  it('nobody has the name of the person who looks', () => {
    const naming = nameIn({ members: { mallory: 'Bob', bob: 'Bob' }, confirmed: { mallory: 'Bob' } })
    expect(naming.of(BOB)).toEqual({ text: 'Bob', mark: null })
    expect(naming.of(MALLORY)).toEqual({ text: `Bob · ${suffixOf(MALLORY)}`, mark: 'look-alike' })
  })

  it('a contact has the name, also one who is in another room', () => {
    const there = nameIn({ members: { mallory: 'Carol', bob: 'Bob' }, contacts: { carol: 'Carol' }, confirmed: { mallory: 'Carol' } })
    expect(there.of(MALLORY)).toMatchObject({ mark: 'look-alike' })
    const here = nameIn({ members: { mallory: 'Carol', bob: 'Bob', carol: 'Carol' }, contacts: { carol: 'Carol' }, confirmed: { mallory: 'Carol' } })
    expect(here.of(CAROL)).toEqual({ text: 'Carol', mark: 'unconfirmed' })
    expect(here.of(MALLORY)).toMatchObject({ mark: 'look-alike' })
  })

  it('the one who went comes after those who are there', () => {
    const naming = nameIn({ members: { bob: 'Bob', alice: 'Alice' }, gone: { mallory: 'Alice' } })
    expect(naming.of(ALICE)).toEqual({ text: 'Alice', mark: 'unconfirmed' })
    expect(naming.of(MALLORY)).toMatchObject({ mark: 'look-alike' })
  })

  it('somebody who asks to be let in comes last', () => {
    const naming = nameIn({ members: { bob: 'Bob', alice: 'Alice' }, confirmed: { mallory: 'Alice' } })
    expect(naming.ofClaim(MALLORY, 'Alice', [deviceOf('mallory')])).toEqual({ text: `Alice · ${suffixOf(MALLORY)}`, mark: 'look-alike' })
    expect(naming.ofClaim(MALLORY, 'Mallory', [deviceOf('mallory')])).toEqual({ text: 'Mallory', mark: 'unconfirmed' })
  })
})

it('the part of a key is four letters and digits that do not look alike, and another one for most', () => {
  const suffixes = Array.from({ length: 300 }, (_, nth) => suffixOf((nth * 2654435761 % 2 ** 32).toString(16).padStart(64, '0').split('').reverse().join('') as UserKey))
  for (const suffix of suffixes) expect(suffix).toMatch(/^[a-km-np-z2-9]{4}$/)
  expect(new Set(suffixes).size).toBeGreaterThan(290)
})
