import { expect, test, vi } from 'vitest'
import type { Session } from 'electron'
import { guardPermissions } from './permissions.ts'

type RequestHandler = (contents: null, permission: string, callback: (granted: boolean) => void, details: { requestingUrl: string }) => void
type CheckHandler = (contents: null, permission: string, origin: string) => boolean

const asked = { request: null as RequestHandler | null, check: null as CheckHandler | null, device: null as (() => boolean) | null }
guardPermissions({
  setPermissionRequestHandler: (handler: RequestHandler) => { asked.request = handler },
  setPermissionCheckHandler: (handler: CheckHandler) => { asked.check = handler },
  setDevicePermissionHandler: (handler: () => boolean) => { asked.device = handler }
} as unknown as Session)

const allowed = ['media', 'display-capture', 'notifications', 'fullscreen', 'clipboard-sanitized-write']
const denied = [
  'clipboard-read', 'geolocation', 'hid', 'idle-detection', 'keyboardLock', 'mediaKeySystem', 'midi', 'midiSysex', 'openExternal',
  'pointerLock', 'serial', 'speaker-selection', 'storage-access', 'top-level-storage-access', 'usb', 'window-management', 'fileSystem', 'unknown'
]
const foreign = ['https://app', 'https://parley.example/', 'parley-app://evil/', 'parley-app://app.evil/', 'file:///', 'null', '']

const request = (permission: string, requestingUrl: string): boolean => {
  const callback = vi.fn<(granted: boolean) => void>()
  asked.request?.(null, permission, callback, { requestingUrl })
  return callback.mock.calls[0]?.[0] ?? false
}

test.each(allowed)('the app may have %s, nobody else may', (permission) => {
  expect(request(permission, 'parley-app://app/rooms/1')).toBe(true)
  expect(asked.check?.(null, permission, 'parley-app://app/')).toBe(true)
  for (const url of foreign) {
    expect(request(permission, url)).toBe(false)
    expect(asked.check?.(null, permission, url)).toBe(false)
  }
})

test.each(denied)('not even the app gets %s', (permission) => {
  expect(request(permission, 'parley-app://app/')).toBe(false)
  expect(asked.check?.(null, permission, 'parley-app://app/')).toBe(false)
})

test('no page gets a USB, serial or HID device', () => {
  expect(asked.device?.()).toBe(false)
})
