import { computed, signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromHex, type RoomTag, type UserKey } from '#shared/ids.ts'
import { parseInvite } from '#shared/invite.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createContinuing, type ContinuingOptions } from './continuing.ts'
import { createNaming } from '../people/naming.ts'

let kitchen: Kitchen
let alice: LogHolder, bob: LogHolder, carol: LogHolder
let now: number

beforeEach(async () => {
  now = Date.now()
  kitchen = await openKitchen({ now: () => now })
  ;({ alice, bob, carol } = kitchen)
})

afterEach(async () => { await kitchen[Symbol.asyncDispose]() })

const announcement = (letter: string, tag = letter.repeat(32) as RoomTag) => ({
  type: 'continue', childTag: tag, name: 'Kitchen', inviteSecret: fromHex('5a'.repeat(16)), access: fromHex('7b'.repeat(16)), expiresAt: now + 1000
} as const)

const seenBy = ({ log, user, device }: LogHolder, more: Partial<ContinuingOptions> = {}) => createContinuing({
  log, myUser: user, nodeOrigin: 'https://node.example', now: () => now, isBlocked: () => false, hidden: () => [], hide: () => Promise.resolve(),
  isMember: computed(() => log.membership.value.memberOf(device.key) !== null),
  naming: createNaming({ membership: log.membership, myUser: user, confirmed: signal(new Map()), contacts: signal(new Map()) }),
  hooks: { joinedName: () => null, createLike: () => Promise.reject(new Error('nobody makes a room here')) },
  ...more
})
const tagsSeenBy = (...seen: Parameters<typeof seenBy>): RoomTag[] => seenBy(...seen).continuations.value.map(({ tag }) => tag).sort()

describe('a room that somebody continues elsewhere', () => {
  it('says so to everybody who is in, with a link that leads there, though its announcer is away', async () => {
    await bob.log.writeOperation(announcement('d'))
    await copy(bob, alice)
    await copy(alice, carol)
    const [seen] = seenBy(carol).continuations.value
    expect(seen).toMatchObject({ tag: 'd'.repeat(32), name: 'Kitchen', by: { text: 'Bob' }, isMine: false, isJoined: false })
    expect(parseInvite(seen!.link)).toMatchObject({
      roomTag: 'd'.repeat(32), roomName: 'Kitchen', inviterName: 'Bob', nodeOrigin: 'https://node.example', secret: fromHex('5a'.repeat(16)), access: fromHex('7b'.repeat(16))
    })
    expect(seenBy(bob).continuations.value).toMatchObject([{ isMine: true }])
  })

  it('shows the newest of each member, none of who is blocked, none that was put away or is over', async () => {
    for (const [by, letter] of [[bob, 'd'], [bob, 'e'], [carol, 'f']] as const) await by.log.writeOperation(announcement(letter))
    await copy(bob, alice)
    await copy(carol, alice)
    expect(tagsSeenBy(alice)).toEqual(['e'.repeat(32), 'f'.repeat(32)])
    expect(tagsSeenBy(alice, { isBlocked: (user: UserKey) => user === bob.user })).toEqual(['f'.repeat(32)])
    expect(tagsSeenBy(alice, { hidden: () => ['f'.repeat(32) as RoomTag] })).toEqual(['e'.repeat(32)])
    now += 2000
    expect(tagsSeenBy(alice)).toEqual([])
    const hooks = { joinedName: (tag: RoomTag) => tag.startsWith('e') ? 'Canteen' : null, createLike: () => Promise.reject(new Error('none')) }
    expect(seenBy(alice, { hooks }).continuations.value).toMatchObject([{ name: 'Canteen', isJoined: true }])
  })

  it('is no room to continue for who was removed, whose announcement then counts for nothing either', async () => {
    await alice.log.writeRemoval((device) => device === bob.device.key, (rotation) => ({ type: 'remove', user: bob.user, isBan: false, cuts: [], rotation }))
    await bob.log.writeOperation(announcement('d'))
    for (const [from, to] of [[alice, bob], [bob, alice]] as const) await copy(from, to)
    expect(seenBy(bob).continueInNewRoom.value).toBeNull()
    expect([tagsSeenBy(alice), tagsSeenBy(bob)]).toEqual([[], []])
    expect(seenBy(alice).continueInNewRoom.value).not.toBeNull()
  })

  it('is continued nowhere by somebody who was removed or banned after they said so, or who has left', async () => {
    for (const [by, letter] of [[bob, 'd'], [carol, 'e']] as const) await by.log.writeOperation(announcement(letter))
    for (const one of [bob, carol]) await copy(one, alice)
    expect(tagsSeenBy(alice)).toEqual(['d'.repeat(32), 'e'.repeat(32)])
    await alice.log.writeRemoval((device) => device === bob.device.key,
      (rotation) => ({ type: 'remove', user: bob.user, isBan: true, cuts: [], rotation }))
    expect(tagsSeenBy(alice)).toEqual(['e'.repeat(32)])
    await carol.log.writeOperation({ type: 'remove', user: carol.user, isBan: false, cuts: [], rotation: null })
    await copy(carol, alice)
    expect(tagsSeenBy(alice)).toEqual([])
  })
})
