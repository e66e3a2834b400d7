/**
 * The parts of Electron that main talks to, small enough to read: emitters that tests fire, and recorders that tests look into. For
 * `vi.mock('electron', () => import('../testing/electron.ts'))`. What Electron itself does with them is tried by apps/e2e/desktop.spec.ts.
 */
import { EventEmitter } from 'node:events'
import { vi } from 'vitest'

const switches = new Set<string>()
export const app = Object.assign(new EventEmitter(), {
  switches,
  languages: ['en-GB'],
  commandLine: { hasSwitch: (name: string) => switches.has(name) },
  getPreferredSystemLanguages: (): string[] => app.languages,
  requestSingleInstanceLock: vi.fn(() => true),
  quit: vi.fn(),
  exit: vi.fn(),
  setBadgeCount: vi.fn(),
  setAsDefaultProtocolClient: vi.fn()
})

type Serve = (request: Request) => Promise<Response>
export const protocol = {
  schemes: [] as { scheme: string, privileges: Record<string, boolean> }[],
  serve: null as Serve | null,
  registerSchemesAsPrivileged: (schemes: { scheme: string, privileges: Record<string, boolean> }[]) => { protocol.schemes = schemes },
  handle: (_scheme: string, serve: Serve) => { protocol.serve = serve }
}

/** Reads files for real, as Electron's does. */
export const net = {
  fetch: async (url: string): Promise<Response> => {
    const { readFile } = await import('node:fs/promises')
    return new Response(await readFile(new URL(url)))
  }
}

export const dialog = { showErrorBox: vi.fn((_title: string, _text: string) => {}) }

export const shell = { openExternal: vi.fn((_url: string) => Promise.resolve()) }

/** A keychain that works by turning bytes around: enough to see that what is kept is not what was given. */
export const safeStorage = {
  backend: 'gnome_libsecret',
  isAvailable: true,
  plainTextAllowed: false,
  getSelectedStorageBackend: () => safeStorage.backend,
  isEncryptionAvailable: () => safeStorage.isAvailable && (safeStorage.backend !== 'basic_text' || safeStorage.plainTextAllowed),
  setUsePlainTextEncryption: (allowed: boolean) => { safeStorage.plainTextAllowed = allowed },
  encryptString: (text: string) => Buffer.from(`v10${text}`).reverse(),
  decryptString: (sealed: Buffer) => {
    const text = Buffer.from(sealed).reverse().toString()
    if (!text.startsWith('v10')) throw new Error('Error while decrypting the ciphertext')
    return text.slice(3)
  }
}

type Answer = (event: unknown, payload: unknown) => Promise<unknown>
export const ipcMain = {
  answers: new Map<string, Answer>(),
  handle: (channel: string, answer: Answer) => { ipcMain.answers.set(channel, answer) }
}

export class Notification extends EventEmitter {
  static shown: Notification[] = []
  static isSupported = (): boolean => true
  readonly options: { title: string, body: string }
  constructor (options: { title: string, body: string }) {
    super()
    this.options = options
  }

  show (): void {
    Notification.shown.push(this)
  }

  close (): void {
    Notification.shown = Notification.shown.filter((other) => other !== this)
    this.emit('close')
  }
}

/** A desk with one screen and one window. */
export const desktopCapturer = {
  getSources: vi.fn(() => Promise.resolve(['screen:1:0', 'window:7:0'].map((id) =>
    ({ id, name: id.startsWith('screen') ? 'Entire screen' : 'Notes', thumbnail: { toDataURL: () => 'data:image/png;base64,AA==' } }))))
}

/** Keys by their accelerator; `taken` are those of another program. */
export const globalShortcut = {
  held: new Map<string, () => void>(),
  taken: new Set<string>(),
  register (accelerator: string, onPressed: () => void): boolean {
    if (globalShortcut.taken.has(accelerator)) return false
    globalShortcut.held.set(accelerator, onPressed)
    return true
  },
  unregister: (accelerator: string) => { globalShortcut.held.delete(accelerator) }
}

export const powerMonitor = new EventEmitter()
export const nativeTheme = { shouldUseDarkColors: false }
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] }
export const nativeImage = { createFromBitmap: (pixels: Buffer, size: { width: number, height: number }) => ({ pixels, size }) }

export class BrowserWindow extends EventEmitter {
  readonly options: Record<string, unknown>
  bounds = { x: 10, y: 20, width: 800, height: 600 }
  isMax = false
  constructor (options: Record<string, unknown>) {
    super()
    this.options = options
  }

  show = vi.fn()
  focus = vi.fn()
  restore = vi.fn()
  maximize = vi.fn()
  setOverlayIcon = vi.fn()
  isMinimized = (): boolean => false
  isDestroyed = (): boolean => false
  isMaximized = (): boolean => this.isMax
  getNormalBounds = (): { x: number, y: number, width: number, height: number } => this.bounds
}

type OpenHandler = (details: { url: string, frameName?: string }) => { action: string }

/** A page's contents: an emitter with the two things main sets on it, and the address of what it shows. */
export function createContents (): EventEmitter & { openHandler: OpenHandler | null, url: string } {
  const contents = Object.assign(new EventEmitter(), {
    openHandler: null as OpenHandler | null,
    url: 'parley-app://app/',
    getURL: () => contents.url,
    setWindowOpenHandler (handler: OpenHandler) { contents.openHandler = handler }
  })
  return contents
}
