import { expect, test } from 'vitest'
import { createJoining } from './joining.ts'
import { createNotices } from './notices.ts'
import { parsePath, pathOf } from './navigation.ts'
import { parsePreferences } from './preferences.ts'
import type { RoomTag } from '#shared/ids.ts'

const tag = '00112233445566778899aabbccddeeff' as RoomTag

test('a place and its address lead to each other', () => {
  expect(parsePath(pathOf({ page: 'room', tag }))).toEqual({ page: 'room', tag })
  expect(parsePath(pathOf({ page: 'home' }))).toEqual({ page: 'home' })
})

test.each(['/join', '/room/', '/room/xyz', '/room/0011', `/room/${tag}/more`, '/elsewhere'])('%s is home', (path) => {
  expect(parsePath(path)).toEqual({ page: 'home' })
})

test.each([null, '', 'null', '[]', '{"theme":7,"density":"tiny","language":"xx","showMembers":"yes","recoveryOfferAfter":"now","wantsNoNotifications":1,"callView":"circle","callHeight":"tall"}', '{'])(
  'preferences that are %j become the defaults', (text) => {
    expect(parsePreferences(text)).toEqual({ theme: 'system', density: 'comfortable', language: 'system', showMembers: true, recoveryOfferAfter: 0, wantsNoNotifications: false, callView: 'grid', callHeight: 48 })
  })

test('what was chosen comes back', () => {
  expect(parsePreferences('{"theme":"dark","density":"compact","language":"de","showMembers":false,"recoveryOfferAfter":7,"wantsNoNotifications":true,"callView":"spotlight","callHeight":99}'))
    .toEqual({ theme: 'dark', density: 'compact', language: 'de', showMembers: false, recoveryOfferAfter: 7, wantsNoNotifications: true, callView: 'spotlight', callHeight: 85 })
})

test('the same trouble is told once, and never more than three at a time', () => {
  const notices = createNotices()
  for (const title of ['a', 'b', 'b', 'c', 'd']) notices.show({ kind: 'trouble', title, text: '' })
  expect(notices.shown.value.map((notice) => notice.title)).toEqual(['b', 'c', 'd'])
  notices.dismiss(notices.shown.value[0]?.id ?? 0)
  expect(notices.shown.value).toHaveLength(2)
})

test('a link that opens the app is an invitation, or the QR code of another device, until it is answered', () => {
  const joining = createJoining()
  joining.receive('https://parley.example/link#v1.AAAAAAAAAAAAAAAAAAAAAA')
  expect([joining.pendingLink.value, joining.pendingDevice.value]).toEqual([null, 'https://parley.example/link#v1.AAAAAAAAAAAAAAAAAAAAAA'])
  joining.receive('https://parley.example/join#v1.abc')
  expect([joining.pendingLink.value, joining.pendingDevice.value]).toEqual(['https://parley.example/join#v1.abc', null])
  joining.dismissLink()
  expect([joining.pendingLink.value, joining.pendingDevice.value]).toEqual([null, null])
})

test('trouble stays until somebody has had it before their eyes, and what asks something until it is answered', () => {
  const notices = createNotices()
  const at = Date.now()
  notices.show({ kind: 'trouble', title: 'no way for the call', text: '' })
  notices.show({ kind: 'trouble', title: 'not recorded', text: '', actions: [{ label: 'Try again', perform: () => {} }] })
  notices.stir(at + 1_000)
  expect(notices.shown.value).toHaveLength(2)
  notices.stir(at + 60_000)
  expect(notices.shown.value.map(({ title }) => title)).toEqual(['not recorded'])
})
