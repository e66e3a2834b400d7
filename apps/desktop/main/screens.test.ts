import { beforeEach, expect, test, vi } from 'vitest'
import type { Session, Streams } from 'electron'
import type { ScreensAsked } from '#shared/ipc/index.ts'
import { desktopCapturer } from '../testing/electron.ts'
import { offerScreens, type Screens } from './screens.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

type Handler = (request: { frame: object | null, audioRequested: boolean }, callback: (streams: Streams | null) => void) => void
const page = { parent: null, url: 'parley-app://app/room/1' }
let handler: Handler | null = null
let options: object | undefined
let asked: ScreensAsked[] = []
const session = { setDisplayMediaRequestHandler: (next: Handler, given: object) => { handler = next; options = given } } as unknown as Session

beforeEach(() => { asked = [] })

const offer = (system: { platform?: NodeJS.Platform, isWayland?: boolean } = {}): Screens =>
  offerScreens(session, (one) => { asked.push(one) }, { platform: 'linux', isWayland: false, ...system })
const request = (frame: object | null = page, audioRequested = true): Promise<Streams | null> =>
  new Promise((resolve) => { handler?.({ frame, audioRequested }, resolve) })

test('the page sees what there is, and what it chooses is shared', async () => {
  const screens = offer()
  const shared = request()
  await vi.waitFor(() => { expect(asked).toHaveLength(1) })
  expect(asked[0]).toMatchObject({ canHaveSound: false, sources: [{ id: 'screen:1:0', kind: 'screen' }, { id: 'window:7:0', name: 'Notes', kind: 'window' }] })
  expect(asked[0]?.sources[0]?.thumbnail).toMatch(/^data:image\//)
  screens.choose({ request: asked[0]?.request ?? 0, source: 'window:7:0', withSound: true })
  await expect(shared).resolves.toEqual({ video: { id: 'window:7:0', name: 'Notes' } })
})

test('Windows gives the sound too, when it is wanted', async () => {
  const screens = offer({ platform: 'win32' })
  const shared = request()
  await vi.waitFor(() => { expect(asked[0]?.canHaveSound).toBe(true) })
  screens.choose({ request: asked[0]?.request ?? 0, source: 'screen:1:0', withSound: true })
  await expect(shared).resolves.toMatchObject({ audio: 'loopback' })
})

test.each([['nothing', null], ['what was not offered', 'window:666:0']])('who chooses %s shares nothing', async (_what, source) => {
  const screens = offer()
  const shared = request()
  await vi.waitFor(() => { expect(asked).toHaveLength(1) })
  screens.choose({ request: asked[0]?.request ?? 0, source, withSound: false })
  await expect(shared).resolves.toBeNull()
})

test('an answer to another question changes nothing, and a new question ends the old one', async () => {
  const screens = offer()
  const first = request()
  await vi.waitFor(() => { expect(asked).toHaveLength(1) })
  screens.choose({ request: (asked[0]?.request ?? 0) + 1, source: 'screen:1:0', withSound: false })
  const second = request()
  await expect(first).resolves.toBeNull()
  await vi.waitFor(() => { expect(asked).toHaveLength(2) })
  screens.choose({ request: asked[0]?.request ?? 0, source: 'screen:1:0', withSound: false })
  screens.choose({ request: asked[1]?.request ?? 0, source: 'screen:1:0', withSound: false })
  await expect(second).resolves.toMatchObject({ video: { id: 'screen:1:0' } })
})

test.each([
  ['a page elsewhere', { parent: null, url: 'https://parley.example/' }], ['a frame inside our page', { parent: page, url: 'parley-app://app/' }], ['a frame that is gone', null]
])('%s gets no screen and nobody is asked', async (_who, frame) => {
  offer()
  await expect(request(frame)).resolves.toBeNull()
  expect(asked).toEqual([])
})

test('screens that cannot be listed are refused, not waited for', async () => {
  offer()
  desktopCapturer.getSources.mockRejectedValueOnce(new Error('no permission'))
  await expect(request()).resolves.toBeNull()
})

test('the picker of the system comes first where there is one; on Wayland it has asked already', async () => {
  offer({ isWayland: true })
  expect(options).toEqual({ useSystemPicker: true })
  await expect(request()).resolves.toMatchObject({ video: { id: 'screen:1:0' } })
  expect(asked).toEqual([])
})
