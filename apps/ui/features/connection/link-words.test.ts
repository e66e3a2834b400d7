import { expect, test } from 'vitest'
import type { ConnectionState, Member } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { de } from '../../i18n/de.ts'
import { en } from '../../i18n/en.ts'
import { chipOf, clockWarning, storageWarning } from './link-words.ts'

const online: ConnectionState = { node: 'online', direct: 0, relayed: 0, retryAt: null, ignored: [], clockOffsetMs: 0, storage: 'ok', mismatch: null }
const offline: ConnectionState = { ...online, node: 'offline' }
const member = (name: string, more: Partial<Member> = {}): Member => ({
  user: name as UserKey, name, role: 'member', isMe: false, presence: 'offline', link: 'none', latencyMs: null, version: 'meets', lacks: null, lastSeenAt: null, nameMark: null,
  devices: 1, isCopied: false, rules: 'same', isDisagreeing: false, mutedUntil: null, place: 1, ...more
})
const alice = member('Alice', { isMe: true, presence: 'online' })
const bob = member('Bob', { presence: 'online', link: 'direct' })
const carol = member('Carol', { presence: 'online', link: 'relayed' })

test('all direct is good, one relayed is amber, and both are counted', () => {
  expect(chipOf(online, [alice, bob], true, en)).toMatchObject({ tone: 'good', text: '1 online · 1 direct' })
  expect(chipOf(online, [alice, bob, carol], true, en)).toMatchObject({ tone: 'waiting', text: '2 online · 1 direct · 1 relayed', short: '2 online' })
})

test('linked people are told of also while the node is down', () => {
  expect(chipOf(offline, [alice, bob], true, en)).toMatchObject({ tone: 'good', text: '1 online · 1 direct' })
  expect(chipOf(offline, [alice, member('Bob')], true, en)).toMatchObject({ tone: 'bad', text: 'Offline' })
})

test('with nobody there it says where the messages wait', () => {
  expect(chipOf(online, [alice, member('Bob')], true, en).text).toBe('Waiting for members · kept at the node')
  expect(chipOf(online, [alice, member('Bob')], false, en).text).toBe('Waiting for members')
  expect(chipOf(online, [alice], true, en)).toMatchObject({ tone: 'idle', text: 'Only you here' })
})

test('the header of a phone has room for a number, not for words', () => {
  expect(chipOf(online, [alice, bob, carol], true, en).tiny).toBe('2')
  for (const chip of [chipOf(online, [alice], true, en), chipOf(online, [alice, member('Bob')], true, en), chipOf(offline, [alice, member('Bob')], true, en)]) {
    expect(chip.tiny).toBe('')
  }
})

test('clocks that differ by more than two minutes are told of, and neither is called wrong', () => {
  expect(clockWarning(null, en)).toBeNull()
  expect(clockWarning(120_000, en)).toBeNull()
  for (const [offsetMs, inEnglish, inGerman] of [
    [-40 * 86_400_000, '40 days', '40 Tage'], [-3 * 3_600_000, '3 hours', '3 Stunden'], [150_000, '3 minutes', '3 Minuten'], [86_400_000, '24 hours', '24 Stunden']
  ] as const) {
    expect(clockWarning(offsetMs, en)).toContain(`of this device and of the node differ by ${inEnglish}`)
    expect(clockWarning(offsetMs, de)).toContain(`gehen um ${inGerman} auseinander`)
    expect(clockWarning(-offsetMs, en)).toBe(clockWarning(offsetMs, en))
  }
})

test('people are told of the disk of the node before it is full, and when it is', () => {
  expect(storageWarning('ok', en)).toBeNull()
  expect(storageWarning('nearly-full', en)).toContain('nearly full')
  expect(storageWarning('full', en)).toContain('keeps nothing new')
})
