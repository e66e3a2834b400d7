import type { Platform } from '#client'

export interface HeadlessOptions {
  /** What the device list shows. Default `Friend on Node`. */
  deviceLabel?: string
  /** Told what a person would see as a notification. Default: nobody is told. */
  onNotify?: (title: string, body: string) => void
}

/** Profiles that are in use in this process, with what to call when another client takes one over. */
const claimed = new Map<string, () => void>()

/**
 * What a host without a window gives the client: no keychain, no badge, no links to be opened with, and storage that lasts as long as the
 * process. A second client of the same profile in this process is kept out as a second window is; other processes have profiles of their own.
 */
export function createHeadlessPlatform ({ deviceLabel = 'Friend on Node', onNotify }: HeadlessOptions = {}): Platform {
  return {
    kind: 'headless',
    screens: null,
    globalKeys: null,
    smallWindow: null,
    deviceLabel,
    keychain: null,
    claimProfile (name, { steal, onLost }) {
      const holder = claimed.get(name)
      if (holder !== undefined && !steal) return Promise.resolve(null)
      claimed.set(name, onLost)
      holder?.()
      return Promise.resolve(() => { if (claimed.get(name) === onLost) claimed.delete(name) })
    },
    persistStorage: () => Promise.resolve(false),
    notifications: { permission: () => 'unsupported', ask: () => Promise.resolve('unsupported') },
    notify: ({ title, body }) => onNotify?.(title, body),
    setBadge () {},
    onLink: () => () => {},
    onWake: () => () => {},
    onOffline: () => () => {}
  }
}
