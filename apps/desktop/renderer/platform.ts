/** What the client asks of its host, answered by the desktop over the bridge. */
import type { GlobalKeys, Keychain, Platform, ScreenSources } from '#client'
import { GLOBAL_KEYS, SMALL_WINDOW, type Boot, type Bridge, type GlobalKeyName } from '#shared/ipc/index.ts'

declare global {
  interface Window {
    /** Put there by the preload. */
    readonly parley: Bridge
  }
}

/** Longer texts are refused by main; a notification shows less than that anyway. */
const TITLE_MAX_CHARS = 200
const BODY_MAX_CHARS = 1000

export function createDesktopPlatform (bridge: Bridge, boot: Boot): Platform {
  const clicks = new Map<string, () => void>()
  bridge.events.notificationClicked((tag) => {
    clicks.get(tag)?.()
    clicks.delete(tag)
  })

  return {
    kind: 'desktop',
    deviceLabel: boot.deviceLabel,
    keychain: boot.keychain === null ? null : createKeychain(bridge, boot.keychain),
    spawnWorker: () => new Worker(new URL('../../client/background/worker.ts', import.meta.url), { type: 'module', name: 'parley' }),
    effects: async () => (await import('../../ui/call-effects.ts')).effectFiles,
    // Main lets only one app and one window run on a profile, so it is never somebody else's.
    claimProfile: () => Promise.resolve(() => {}),
    persistStorage: () => navigator.storage.persist(),
    notifications: { permission: () => 'allowed', ask: () => Promise.resolve('allowed') },
    notify ({ tag, title, body, onClick }) {
      const shortTag = tag.slice(0, TITLE_MAX_CHARS)
      clicks.set(shortTag, onClick)
      forget(bridge.calls.notify({ tag: shortTag, title: title.slice(0, TITLE_MAX_CHARS), body: body.slice(0, BODY_MAX_CHARS) }))
    },
    setBadge: (unread) => forget(bridge.calls.setBadge(unread)),
    onLink (listener) {
      const stop = bridge.events.link(listener)
      forget(bridge.calls.listenForLinks(undefined))
      return stop
    },
    screens: createScreens(bridge),
    globalKeys: createGlobalKeys(bridge),
    // Main allows this one window and no other (navigation.ts): Electron has none of the browser's own for documents.
    smallWindow: ({ width, height }) => Promise.resolve(window.open('about:blank', SMALL_WINDOW, `popup,width=${width},height=${height}`)),
    onOffline (listener) {
      window.addEventListener('offline', listener)
      return () => window.removeEventListener('offline', listener)
    },
    onWake (listener) {
      const stopWake = bridge.events.wake(() => listener())
      window.addEventListener('online', listener)
      return () => {
        stopWake()
        window.removeEventListener('online', listener)
      }
    }
  }
}

function createScreens ({ calls, events }: Bridge): ScreenSources {
  return {
    onRequest: (listener) => events.screensAsked(({ request, canHaveSound, sources }) => listener({
      sources, canHaveSound,
      choose: (choice) => forget(calls.chooseScreen({ request, source: choice?.id ?? null, withSound: choice?.withSound === true }))
    }))
  }
}

function createGlobalKeys ({ calls, events }: Bridge): GlobalKeys {
  const label = (name: GlobalKeyName): string => GLOBAL_KEYS[name].replace('CommandOrControl', navigator.userAgent.includes('Mac OS') ? '⌘' : 'Ctrl')
  let taken: Promise<readonly GlobalKeyName[]> = Promise.resolve([])
  return {
    labels: { mute: label('mute'), deafen: label('deafen') },
    listen (listener) {
      const stop = events.keyPressed(listener)
      taken = calls.holdKeys(true)
      forget(taken)
      return () => {
        stop()
        taken = Promise.resolve([])
        forget(calls.holdKeys(false))
      }
    },
    taken: () => taken
  }
}

function createKeychain ({ calls }: Bridge, strength: Keychain['strength']): Keychain {
  return {
    strength,
    seal: (secret) => calls.seal(new Uint8Array(secret)),
    open: (sealed) => calls.open(new Uint8Array(sealed))
  }
}

/** A notification or a badge that fails is in main's log, and no reason to stop anything here. */
const forget = (answer: Promise<unknown>): void => { answer.catch(() => {}) }
