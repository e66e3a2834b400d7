import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { BrowserWindow as RealWindow } from 'electron'
import type { BrowserWindow} from '../testing/electron.ts';
import { app, nativeTheme, Notification, powerMonitor } from '../testing/electron.ts'
import { setBadge } from './badge.ts'
import { createNotifications } from './notifications.ts'
import { nodeInUse, openSettings } from './settings.ts'
import { onWake } from './wake.ts'
import { createWindow, isReachable } from './window.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

let file = ''
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'parley-settings-')), 'settings.json')
  Notification.shown = []
})

const openWindow = (): BrowserWindow => createWindow(openSettings(file), '/preload.cjs') as unknown as BrowserWindow

describe('settings', () => {
  test('are there again after a restart', () => {
    openSettings(file).write({ nodeOrigin: 'https://parley.example' })
    expect(openSettings(file).read()).toEqual({ nodeOrigin: 'https://parley.example', bounds: null })
  })

  test.each(['', '{', '[]', 'null', '{"nodeOrigin":5,"bounds":"x"}', '{"nodeOrigin":"http://evil.example"}'])('begin anew from a broken file: %s', (content) => {
    writeFileSync(file, content)
    expect(openSettings(file).read()).toEqual({ nodeOrigin: null, bounds: null })
  })

  test('one bad field does not cost the other', () => {
    writeFileSync(file, '{"nodeOrigin":"https://parley.example","bounds":{"x":"left"}}')
    expect(openSettings(file).read().nodeOrigin).toBe('https://parley.example')
  })

  test('the environment names the node for one run only, and only a safe one', () => {
    const settings = openSettings(file)
    settings.write({ nodeOrigin: 'https://parley.example' })
    expect(nodeInUse(settings, { PARLEY_NODE: 'http://127.0.0.1:9000' })).toBe('http://127.0.0.1:9000')
    expect(nodeInUse(settings, { PARLEY_NODE: 'http://elsewhere.example' })).toBe('https://parley.example')
    expect(nodeInUse(settings, {})).toBe('https://parley.example')
  })
})

describe('the window', () => {
  test('is locked in and never opens white in the dark', () => {
    nativeTheme.shouldUseDarkColors = true
    const { options } = openWindow()
    expect(options['backgroundColor']).toBe('#17181B')
    expect(options).toMatchObject({ minWidth: 360, minHeight: 480, show: false })
    expect(options['webPreferences']).toMatchObject({
      sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false, preload: '/preload.cjs'
    })
    nativeTheme.shouldUseDarkColors = false
    expect(openWindow().options['backgroundColor']).toBe('#FBFAF8')
  })

  test('shows itself once there is something to see', () => {
    const window = openWindow()
    expect(window.show).not.toHaveBeenCalled()
    window.emit('ready-to-show')
    expect(window.show).toHaveBeenCalledOnce()
  })

  test('opens again where it was closed', () => {
    const window = openWindow()
    window.bounds = { x: 300, y: 200, width: 700, height: 500 }
    window.isMax = true
    window.emit('close')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ bounds: { x: 300, width: 700, isMaximized: true } })
    const again = openWindow()
    expect(again.options).toMatchObject({ x: 300, y: 200, width: 700, height: 500 })
    expect(again.maximize).toHaveBeenCalledOnce()
  })

  test('does not open on a display that is gone', () => {
    openSettings(file).write({ bounds: { x: 5000, y: 200, width: 700, height: 500, isMaximized: false } })
    expect(openWindow().options['x']).toBeUndefined()
    const display = { x: 0, y: 0, width: 1920, height: 1040 }
    expect(isReachable({ x: 1880, y: 0, width: 700, height: 500 }, [display])).toBe(false)
    expect(isReachable({ x: 1800, y: 0, width: 700, height: 500 }, [display])).toBe(true)
    expect(isReachable({ x: 0, y: -30, width: 700, height: 500 }, [display])).toBe(false)
  })
})

describe('what the system shows', () => {
  test('one notification per tag, and a click tells which', () => {
    const clicked: string[] = []
    const notifications = createNotifications((tag) => { clicked.push(tag) })
    notifications.show({ tag: 'kitchen', title: 'Kitchen', body: 'Alice: one' })
    notifications.show({ tag: 'garden', title: 'Garden', body: 'Bob: two' })
    notifications.show({ tag: 'kitchen', title: 'Kitchen', body: 'Alice: three' })
    expect(Notification.shown.map((shown) => shown.options.body)).toEqual(['Bob: two', 'Alice: three'])
    Notification.shown[1]?.emit('click')
    expect(clicked).toEqual(['kitchen'])
  })

  test('many rooms do not pile up', () => {
    const notifications = createNotifications(() => {})
    for (let i = 0; i < 80; i++) notifications.show({ tag: `room ${i}`, title: 'Room', body: '' })
    expect(Notification.shown).toHaveLength(50)
  })

  test('unread messages are a number, and on Windows a dot', () => {
    setBadge(3, null, 'linux')
    expect(app.setBadgeCount).toHaveBeenLastCalledWith(3)
    const window = openWindow()
    setBadge(3, window as unknown as RealWindow, 'win32')
    expect(window.setOverlayIcon).toHaveBeenLastCalledWith(expect.objectContaining({ size: { width: 16, height: 16 } }), '3 unread')
    setBadge(0, window as unknown as RealWindow, 'win32')
    expect(window.setOverlayIcon).toHaveBeenLastCalledWith(null, '')
  })
})

test('waking up and unlocking are both told', () => {
  const listener = vi.fn()
  onWake(listener)
  powerMonitor.emit('resume')
  powerMonitor.emit('unlock-screen')
  expect(listener).toHaveBeenCalledTimes(2)
})
