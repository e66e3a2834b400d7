import { beforeEach, describe, expect, test, vi } from 'vitest'
import { CALL_NAMES, channelOf, type CallName } from '#shared/ipc/index.ts'
import { ipcMain } from '../testing/electron.ts'
import { answerCalls, type CallHandlers } from './ipc.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

const handlers = Object.fromEntries(CALL_NAMES.map((name) => [name, vi.fn(() => `${name} done`)])) as unknown as Record<CallName, ReturnType<typeof vi.fn>>

const ours = { parent: null, url: 'parley-app://app/rooms/1' }
const call = async (name: CallName, payload: unknown, senderFrame: object | null = ours): Promise<unknown> =>
  ipcMain.answers.get(channelOf(name))?.({ senderFrame }, payload)

const good: Record<CallName, unknown> = {
  boot: undefined,
  setNode: { origin: 'https://parley.example' },
  seal: new Uint8Array(32),
  open: new Uint8Array(60),
  notify: { tag: 'room', title: 'Kitchen', body: 'Alice: soup' },
  setBadge: 3,
  listenForLinks: undefined,
  chooseScreen: { request: 1, source: 'screen:1:0', withSound: false },
  holdKeys: true
}

beforeEach(() => {
  for (const handler of Object.values(handlers)) handler.mockClear()
  answerCalls(handlers as unknown as CallHandlers)
})

describe('a call from the page', () => {
  test.each(CALL_NAMES)('%s reaches its handler', async (name) => {
    await expect(call(name, good[name])).resolves.toBe(`${name} done`)
    expect(handlers[name]).toHaveBeenCalledExactlyOnceWith(good[name])
  })

  test.each([
    ['a page elsewhere', { parent: null, url: 'https://parley.example/' }],
    ['another host of our scheme', { parent: null, url: 'parley-app://evil/' }],
    ['a frame inside our page', { parent: ours, url: 'parley-app://app/' }],
    ['an empty frame', { parent: null, url: '' }],
    ['a frame that is gone', null]
  ])('is refused from %s, for every name', async (_who, frame) => {
    for (const name of CALL_NAMES) {
      await expect(call(name, good[name], frame)).rejects.toThrow('refused')
      expect(handlers[name]).not.toHaveBeenCalled()
    }
  })

  test.each<[CallName, unknown]>([
    ['boot', {}],
    ['setNode', { origin: 'http://parley.example' }], ['setNode', { origin: 'https://parley.example/path' }],
    ['setNode', { origin: 'file:///etc' }], ['setNode', { origin: 'https://a b' }], ['setNode', undefined],
    ['seal', new Uint8Array(0)], ['seal', new Uint8Array(2000)], ['seal', 'text'], ['open', [1, 2, 3]],
    ['notify', { tag: 'x', title: 'y' }], ['notify', { tag: 'x', title: 'y', body: 'z'.repeat(2000) }], ['notify', null],
    ['setBadge', -1], ['setBadge', 1.5], ['setBadge', '3'], ['setBadge', Number.NaN],
    ['chooseScreen', { request: 0, source: null, withSound: false }], ['chooseScreen', { request: 1, source: 'x'.repeat(300), withSound: false }],
    ['chooseScreen', { request: 1, source: 7, withSound: false }], ['chooseScreen', { request: 1, source: null }], ['holdKeys', 'yes'], ['holdKeys', undefined]
  ])('%s is refused with %j', async (name, payload) => {
    await expect(call(name, payload)).rejects.toThrow('malformed payload')
    expect(handlers[name]).not.toHaveBeenCalled()
  })
})
