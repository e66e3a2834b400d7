/** What the host (browser tab, desktop shell, headless Node) must give the client. The only place where hosts differ. */
export interface Platform {
  readonly kind: 'web' | 'desktop' | 'headless'
  /** What the device list shows, e.g. "Chromium on Linux". */
  readonly deviceLabel: string
  /**
   * Seals the vault key with the operating system's keychain, if there is one. Null where there is none: then the key rests
   * non-extractable in IndexedDB.
   */
  readonly keychain: Keychain | null
  /** Starts `apps/client/background/worker.ts` in a thread of its own. Absent where there is none: then all is done in one. */
  spawnWorker?: () => Worker
  /** The files of what is done to microphone and camera in calls, loaded when that is switched on. Absent: no effects. */
  effects?: () => Promise<EffectFiles>
  /** Only one window may own a profile. Resolves with a release function, or null when another window holds it. */
  claimProfile(name: string, options: { steal: boolean, onLost: () => void }): Promise<(() => void) | null>
  /** Asks that stored data survive storage pressure; answers whether it does. */
  persistStorage(): Promise<boolean>
  readonly notifications: NotificationPermission
  notify(notification: { title: string, body: string, tag: string, onClick: () => void }): void
  setBadge(unread: number): void
  /** Calls back with each deep link or invite URL the host was opened with, from the first one on. Returns unsubscribe. */
  onLink(listener: (link: string) => void): () => void
  /** Fires when the network or the machine came back (online event, resume from sleep). Returns unsubscribe. */
  onWake(listener: () => void): () => void
  /** Fires when the system says that the network is gone. Returns unsubscribe. */
  onOffline(listener: () => void): () => void
  /** Null where the browser asks by itself which screen is to be shared. */
  readonly screens: ScreenSources | null
  /** Keys that work while another program has the focus; null where there are none. */
  readonly globalKeys: GlobalKeys | null
  /** An empty window of this page that stays above others, for the parts of a call; null where there is none. Call it from a click. */
  readonly smallWindow: ((size: { width: number, height: number }) => Promise<Window | null>) | null
}

export interface ScreenSources {
  /** Calls back each time `getDisplayMedia` was called, which waits for the choice. Returns unsubscribe. */
  onRequest(listener: (request: ScreenRequest) => void): () => void
}

export interface ScreenRequest {
  sources: readonly ScreenSource[]
  /** Whether the sound of the whole computer can go with it. */
  canHaveSound: boolean
  /** Null: nothing after all. Only the first choice counts. */
  choose(choice: { id: string, withSound: boolean } | null): void
}

export interface ScreenSource {
  id: string
  /** As the system names it; a window's title. */
  name: string
  kind: 'screen' | 'window'
  /** What it shows now, as an address that an `img` takes. */
  thumbnail: string
}

export interface GlobalKeys {
  /** What is pressed for what, as shown to people, e.g. "Ctrl+Shift+M". */
  readonly labels: Readonly<Record<GlobalKey, string>>
  /** Takes the keys and calls back for each press. A system tells of no release, so they switch; talking needs a key of the window. Returns release. */
  listen(listener: (key: GlobalKey) => void): () => void
  /** Those that another program holds, since `listen` was called. */
  taken(): Promise<readonly GlobalKey[]>
}

export type GlobalKey = 'mute' | 'deafen'

/** Addresses at the page's own origin, and the worker that needs some of them. */
export interface EffectFiles {
  noiseWorklet: string
  noiseModel: string
  /** The same for processors that do several numbers at once, as nearly all do. */
  noiseModelSimd: string
  /** Starts `apps/client/calls/media/effects/background-worker.ts`. */
  spawnBackground(): Worker
  segmenter: { runtime: string, runtimeWasm: string, model: string }
}

export interface NotificationPermission {
  /** Whether `notify` shows anything; `undecided` until the person was asked. Read anew each time: it can change outside. */
  permission(): 'allowed' | 'refused' | 'undecided' | 'unsupported'
  /** Lets the host ask the person; call it from a click. Resolves with what they said. */
  ask(): Promise<'allowed' | 'refused' | 'undecided' | 'unsupported'>
}

export interface Keychain {
  /** `os`: a real keychain. `basic-text`: Linux without one, where sealing only hides; shown to the person. */
  readonly strength: 'os' | 'basic-text'
  seal(secret: Uint8Array): Promise<Uint8Array>
  open(sealed: Uint8Array): Promise<Uint8Array>
}
