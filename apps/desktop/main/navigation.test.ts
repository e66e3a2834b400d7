import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { WebContents } from 'electron'
import { createContents, shell } from '../testing/electron.ts'
import { lockContents } from './navigation.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

let contents = createContents()
const fire = (event: string, details: object): boolean => {
  const preventDefault = vi.fn()
  contents.emit(event, { preventDefault, ...details })
  return preventDefault.mock.calls.length > 0
}

beforeEach(() => {
  shell.openExternal.mockClear()
  contents = createContents()
  lockContents(contents as unknown as WebContents)
})

describe('the window', () => {
  test('stays in the app', () => {
    expect(fire('will-navigate', { url: 'parley-app://app/rooms/1' })).toBe(false)
    expect(shell.openExternal).not.toHaveBeenCalled()
  })

  test.each(['https://example.org/', 'http://example.org/', 'mailto:alice@example.org'])('hands %s to the system instead of going there', (url) => {
    expect(fire('will-navigate', { url })).toBe(true)
    expect(shell.openExternal).toHaveBeenCalledExactlyOnceWith(url)
  })

  test.each(['file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'smb://evil/share', 'ms-msdt:/id', 'parley-app://evil/', 'vscode://x', ''])(
    'neither goes to %s nor lets the system open it', (url) => {
      expect(fire('will-navigate', { url })).toBe(true)
      expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' })
      expect(shell.openExternal).not.toHaveBeenCalled()
    })

  test('opens no second window, also not for its own pages', () => {
    expect(contents.openHandler?.({ url: 'parley-app://app/' })).toEqual({ action: 'deny' })
    expect(contents.openHandler?.({ url: 'https://example.org/' })).toEqual({ action: 'deny' })
    expect(shell.openExternal).toHaveBeenCalledExactlyOnceWith('https://example.org/')
  })

  test('opens the small window of a call, locked in like the large one', () => {
    expect(contents.openHandler?.({ url: 'about:blank', frameName: 'parley-call' })).toMatchObject({
      action: 'allow', outlivesOpener: false,
      overrideBrowserWindowOptions: { alwaysOnTop: true, webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false } }
    })
  })

  test.each([
    ['another name', 'about:blank', 'evil', 'parley-app://app/'], ['no name', 'about:blank', '', 'parley-app://app/'],
    ['a page in it', 'https://example.org/', 'parley-call', 'parley-app://app/'], ['our own page in it', 'parley-app://app/', 'parley-call', 'parley-app://app/'],
    ['a small window as the opener', 'about:blank', 'parley-call', 'about:blank'], ['a foreign opener', 'about:blank', 'parley-call', 'https://example.org/']
  ])('opens none for %s', (_why, url, frameName, opener) => {
    contents.url = opener
    expect(contents.openHandler?.({ url, frameName })).toEqual({ action: 'deny' })
  })

  test('takes no redirect, no frame and no webview', () => {
    expect(fire('will-redirect', { url: 'https://example.org/' })).toBe(true)
    expect(fire('will-frame-navigate', { url: 'parley-app://app/', isMainFrame: false })).toBe(true)
    expect(fire('will-attach-webview', {})).toBe(true)
  })
})
