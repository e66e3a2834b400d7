import { expect, test } from 'vitest'
import type { Member, MemberActions } from '#client'
import type { UserKey } from '#shared/ids.ts'
import type { MenuItem } from '../../components/menu.tsx'
import { en } from '../../i18n/en.ts'
import { languageOf } from '../../i18n/index.ts'
import { memberMenu } from './member-menu.tsx'
import { muteWords, ownMuteWords, UNTIL_LIFTED_AT } from './mute.ts'

const now = new Date(2026, 10, 21, 12).getTime()
const bob: Member = {
  user: 'bob' as UserKey, name: 'Bob', role: 'member', isMe: false, presence: 'online', link: 'direct', latencyMs: null, version: 'meets', lacks: null, lastSeenAt: null, nameMark: null,
  devices: 1, isCopied: false, rules: 'same', isDisagreeing: false, mutedUntil: null, place: 1
}

/** A menu and what its choices did. */
function menuOf (member: Member, actions: Partial<MemberActions> | undefined, canMessage = true, isBlocked = false) {
  const done: string[] = []
  const did = (what: string) => (): Promise<void> => {
    done.push(what)
    return Promise.resolve()
  }
  const all: MemberActions | undefined = actions === undefined ? undefined : {
    kick: null, ban: null, mute: null, roles: [], setRole: null, offerRoom: null, broughtIn: [], ...actions
  }
  const items = memberMenu({
    member, actions: all, words: en, now: () => now,
    onMessage: canMessage ? () => { done.push('message') } : null,
    onCompare: () => { done.push('compare') },
    blocking: { isBlocked, set: (next) => { done.push(next ? 'block' : 'unblock'); return Promise.resolve() } },
    onAsk: (what) => { done.push(`ask ${what}`) },
    run: (work) => { work().catch(() => {}) }
  })
  const choose = (...path: string[]): void => {
    let at: readonly MenuItem[] = items
    for (const label of path) {
      const item = at.find((one) => one.label === label)
      if (item === undefined) throw new Error(`there is no ${label}`)
      item.perform?.()
      at = item.items ?? []
    }
  }
  return { labels: items.map((item) => item.label), items, choose, done, did }
}

test('a member without rights over Bob can only write to him, or block him', () => {
  expect(menuOf(bob, undefined).labels).toEqual(['Message', 'Safety number', 'Block'])
  expect(menuOf(bob, undefined, false).labels).toEqual(['Safety number', 'Block'])
  const menu = menuOf(bob, undefined)
  menu.choose('Block')
  const blocked = menuOf(bob, undefined, true, true)
  blocked.choose('Unblock')
  expect([...menu.done, ...blocked.done]).toEqual(['block', 'unblock'])
})

test('nobody writes to oneself', () => {
  expect(menuOf({ ...bob, isMe: true }, undefined).labels).toEqual([])
})

test('removing and banning ask first', () => {
  const menu = menuOf(bob, { kick: () => Promise.resolve(), ban: () => Promise.resolve() })
  menu.choose('Remove from room')
  menu.choose('Ban')
  expect(menu.done).toEqual(['ask kick', 'ask ban'])
})

test('Bob is muted for a time or until it is lifted, and unmuted while that lasts', () => {
  const times: (number | null)[] = []
  const mute = (until: number | null): Promise<void> => {
    times.push(until)
    return Promise.resolve()
  }
  menuOf(bob, { mute }).choose('Mute for…', '10 minutes')
  menuOf(bob, { mute }).choose('Mute for…', 'Until lifted')
  for (const mutedUntil of [now + 1, now - 1]) menuOf({ ...bob, mutedUntil }, { mute }).choose('Unmute')
  expect(times).toEqual([now + 600_000, UNTIL_LIFTED_AT, null, null])
})

test('the roles that may be given are a choice that shows the present one, also when it is not among them', () => {
  const given: string[] = []
  const setRole = (role: string): Promise<void> => {
    given.push(role)
    return Promise.resolve()
  }
  const menu = menuOf({ ...bob, role: 'admin' }, { roles: ['moderator', 'member'], setRole })
  const roles = menu.items.find((item) => item.id === 'role')?.items ?? []
  expect(roles.map((item) => [item.label, item.isChecked])).toEqual([['Admin', true], ['Moderator', false], ['Member', false]])
  menu.choose('Change role', 'Admin')
  menu.choose('Change role', 'Moderator')
  expect(given).toEqual(['moderator'])
})

test('to share the ownership of a room asks first; roles stand from the strongest to the weakest and say what they mean', () => {
  const given: string[] = []
  const setRole = (role: string): Promise<void> => {
    given.push(role)
    return Promise.resolve()
  }
  const menu = menuOf(bob, { roles: ['observer', 'moderator', 'admin', 'owner'], setRole })
  const roles = menu.items.find((item) => item.id === 'role')?.items ?? []
  expect(roles.map(({ label }) => label)).toEqual(['Owner', 'Admin', 'Moderator', 'Member', 'Observer'])
  expect(roles.find(({ label }) => label === 'Observer')?.hint).toBe('reads only')
  menu.choose('Change role', 'Owner')
  expect(menu.done).toEqual(['ask own'])
  expect(given).toEqual([])
})

test('handing the room over asks first, and stands beside the roles for the one who has it', () => {
  const menu = menuOf(bob, { roles: ['admin', 'member'], setRole: () => Promise.resolve(), offerRoom: () => Promise.resolve() })
  expect(menu.labels).toEqual(['Message', 'Safety number', 'Change role', 'Hand the room over', 'Block'])
  menu.choose('Hand the room over')
  expect(menu.done).toEqual(['ask hand-over'])
  expect(menuOf(bob, {}).labels).not.toContain('Hand the room over')
})

test('a mute says when it ends, or that somebody has to lift it: of one whose time is over, that this waits for a moderator', () => {
  const language = languageOf('en', ['en-GB'])
  expect(muteWords(UNTIL_LIFTED_AT, now, language)).toBe('Muted until it is lifted')
  expect(ownMuteWords(now + 3_600_000, now, language)).toBe('You are muted until 13:00.')
  expect(ownMuteWords(now, now, language)).toBe('Your mute ends as soon as a moderator is online.')
  expect(muteWords(now, now, language)).toBe('Muted until a moderator is online')
  expect([muteWords(null, now, language), ownMuteWords(null, now, language)]).toEqual([null, null])
})
