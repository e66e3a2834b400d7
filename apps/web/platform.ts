/**
 * What a browser tab gives the client.
 *
 *   const platform = createWebPlatform()
 *   createClient({ platform, nodeOrigin: location.origin })
 */
import type { Platform } from '#client'
import { claimByLock } from './claim-profile.ts'
import { describeBrowser } from './describe-browser.ts'

export function createWebPlatform (): Platform {
  return {
    kind: 'web',
    deviceLabel: describeBrowser(navigator.userAgent),
    // The vault key rests non-extractable in IndexedDB: a page has no keychain.
    keychain: null,
    spawnWorker: () => new Worker(new URL('../client/background/worker.ts', import.meta.url), { type: 'module', name: 'parley' }),
    effects: async () => (await import('../ui/call-effects.ts')).effectFiles,
    claimProfile: claimByLock,
    async persistStorage () {
      try {
        return await navigator.storage.persisted() || await navigator.storage.persist()
      } catch {
        return false
      }
    },
    notifications: { permission: readPermission, ask: askPermission },
    notify ({ title, body, tag, onClick }) {
      if (!('Notification' in window) || Notification.permission !== 'granted') return
      const notification = new Notification(title, { body, tag, icon: '/favicon.svg' })
      notification.addEventListener('click', () => {
        window.focus()
        notification.close()
        onClick()
      })
    },
    setBadge (unread) {
      // Only an installed web app shows it; the tab's title counts everywhere. A refusal changes nothing.
      const badge = navigator as Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>
      const done = unread > 0 ? badge.setAppBadge?.(unread) : badge.clearAppBadge?.()
      done?.catch(() => {})
    },
    onLink: listenForLinks,
    screens: null,
    globalKeys: null,
    smallWindow: openPictureInPicture,
    onOffline (listener) {
      window.addEventListener('offline', listener)
      return () => window.removeEventListener('offline', listener)
    },
    onWake (listener) {
      const onVisible = (): void => { if (document.visibilityState === 'visible') listener() }
      window.addEventListener('online', listener)
      document.addEventListener('visibilitychange', onVisible)
      return () => {
        window.removeEventListener('online', listener)
        document.removeEventListener('visibilitychange', onVisible)
      }
    }
  }
}

/** @see https://wicg.github.io/document-picture-in-picture/ (Chromium only, and not in the compiler's DOM yet) */
interface DocumentPictureInPicture { requestWindow(size: { width: number, height: number }): Promise<Window> }
const { documentPictureInPicture } = globalThis as { documentPictureInPicture?: DocumentPictureInPicture }
const openPictureInPicture = documentPictureInPicture === undefined ? null : (size: { width: number, height: number }) => documentPictureInPicture.requestWindow(size)

function readPermission (): ReturnType<Platform['notifications']['permission']> {
  if (!('Notification' in window)) return 'unsupported'
  return ({ granted: 'allowed', denied: 'refused', default: 'undecided' } as const)[Notification.permission]
}

async function askPermission (): ReturnType<Platform['notifications']['ask']> {
  if ('Notification' in window) await Notification.requestPermission()
  return readPermission()
}

/** The addresses `/join#v1.…` and `/link#v1.…` are handed over once and leave the address bar and the history at once, since they are secrets. */
function listenForLinks (listener: (link: string) => void): () => void {
  const read = (): void => {
    const { pathname, hash, href } = window.location
    if (!/^\/(?:join|link)\/?$/.test(pathname) || hash.length < 2) return
    window.history.replaceState(null, '', '/')
    listener(href)
  }
  read()
  window.addEventListener('hashchange', read)
  window.addEventListener('popstate', read)
  return () => {
    window.removeEventListener('hashchange', read)
    window.removeEventListener('popstate', read)
  }
}
