import { beforeEach, describe, expect, test, vi } from 'vitest'
import { formatInvite, toDeepLink } from '#shared/invite.ts'
import type { RoomTag } from '#shared/ids.ts'
import { app } from '../testing/electron.ts'
import { createDeepLinks, listenForOpenUrl } from './deep-links.ts'
import { claimSingleInstance } from './single-instance.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

const web = formatInvite({
  nodeOrigin: 'https://parley.example', roomTag: '00'.repeat(16) as RoomTag, secret: new Uint8Array(16), roomName: 'Kitchen', inviterName: 'Alice',
  access: new Uint8Array(16)
})
const link = toDeepLink(web)

let links = createDeepLinks()
let heard: string[] = []
const hear = (text: string): void => { heard.push(text) }

beforeEach(() => {
  app.removeAllListeners()
  app.quit.mockClear()
  links = createDeepLinks()
  heard = []
})

describe('links the system hands over', () => {
  test('wait until the page is there, then come at once', () => {
    links.takeArguments(['/usr/bin/parley', '--flag', link])
    expect(heard).toEqual([])
    links.deliverTo(hear)
    links.take(link)
    expect(heard).toEqual([link, link])
  })

  test('wait again while the page is loaded anew', () => {
    links.deliverTo(hear)
    links.hold()
    links.take(link)
    expect(heard).toEqual([])
    links.deliverTo(hear)
    expect(heard).toEqual([link])
  })

  test.each([
    web, 'parley://join/parley.example', 'parley://join/parley.example#v1.', 'parley://join/parley.example#v1.AAAA', 'parley://other/x#v1.AAAA',
    'parley:join#v1.AAAA', `parley://join/parley.example#v1.${'A'.repeat(5000)}`, 'javascript:alert(1)', `${link} --inspect`, ''
  ])('are dropped unless they are an invitation: %s', (text) => {
    links.deliverTo(hear)
    links.take(text)
    expect(heard).toEqual([])
  })

  test('do not pile up without end', () => {
    for (let i = 0; i < 100; i++) links.take(link)
    links.deliverTo(hear)
    expect(heard).toHaveLength(8)
  })

  test('come as an event on macOS, also before the app is ready', () => {
    const show = vi.fn()
    const preventDefault = vi.fn()
    listenForOpenUrl(links, show)
    app.emit('open-url', { preventDefault }, link)
    links.deliverTo(hear)
    expect(heard).toEqual([link])
    expect(show).toHaveBeenCalledOnce()
    expect(preventDefault).toHaveBeenCalledOnce()
  })
})

describe('a second start', () => {
  test('brings the first to the front and hands over its link', () => {
    const show = vi.fn()
    expect(claimSingleInstance(links, show)).toBe(true)
    links.deliverTo(hear)
    app.emit('second-instance', {}, ['parley.exe', '--allow-file-access-from-files', link], 'C:\\')
    expect(show).toHaveBeenCalledOnce()
    expect(heard).toEqual([link])
  })

  test('ends itself', () => {
    app.requestSingleInstanceLock.mockReturnValueOnce(false)
    expect(claimSingleInstance(links, vi.fn())).toBe(false)
    expect(app.quit).toHaveBeenCalledOnce()
    expect(app.listenerCount('second-instance')).toBe(0)
  })
})
