/** What a page may do beyond a web page's plain rights: the app's own few, and nobody else anything. */
import type { Session } from 'electron'
import { isAppUrl } from './origin.ts'

/** Calls need `media`, and `display-capture` for a screen, of which screens.ts then asks which; messages `notifications`, the call stage `fullscreen`, the copy button `clipboard-sanitized-write`. */
const ALLOWED: ReadonlySet<string> = new Set(['media', 'display-capture', 'notifications', 'fullscreen', 'clipboard-sanitized-write'])

/** @param url The requesting page or origin; an origin comes with or without a slash at the end. */
export const isPermitted = (permission: string, url: string): boolean => ALLOWED.has(permission) && isAppUrl(url)

export function guardPermissions (session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => callback(isPermitted(permission, details.requestingUrl)))
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin) => isPermitted(permission, requestingOrigin))
  session.setDevicePermissionHandler(() => false)
}
