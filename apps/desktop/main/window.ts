/** The one window: where it was, in the colours of the system before the page paints, and never shown empty. */
import { BrowserWindow, nativeTheme, screen, type Rectangle } from 'electron'
import { APP_ORIGIN } from './origin.ts'
import type { SavedBounds, SettingsFile } from './settings.ts'

/** The narrowest layout is made for 360 px, a phone held upright. */
const MIN_WIDTH = 360
const MIN_HEIGHT = 480
const DEFAULT_WIDTH = 1180
const DEFAULT_HEIGHT = 780
/** So much of the title bar must be on a screen for the window to be moved back by hand. */
const VISIBLE_PX = 64
/** Moving a window fires on each pixel; the disk hears of it when it rests. */
const SAVE_DELAY_MS = 500

/** @param preload Absolute path of the built preload script. */
export function createWindow (settings: SettingsFile, preload: string): BrowserWindow {
  const saved = settings.read().bounds
  const place = saved !== null && isReachable(saved, screen.getAllDisplays().map((display) => display.workArea)) ? saved : null
  const window = new BrowserWindow({
    ...(place === null ? { width: DEFAULT_WIDTH, height: DEFAULT_HEIGHT } : { x: place.x, y: place.y, width: place.width, height: place.height }),
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    title: 'Parley',
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#17181B' : '#FBFAF8',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      // Messages, links and calls go on while the window is behind others.
      backgroundThrottling: false,
      spellcheck: true
    }
  })
  if (place?.isMaximized === true) window.maximize()
  window.once('ready-to-show', () => window.show())
  rememberBounds(window, settings)
  return window
}

/** @returns A promise of the loaded page. @throws {Error} when the built page is missing. */
export const loadApp = (window: BrowserWindow): Promise<void> => window.loadURL(`${APP_ORIGIN}/`)

export function showWindow (window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** Whether enough of the window's upper edge lies on some display: one may have been unplugged since. */
export function isReachable (bounds: Rectangle, displays: readonly Rectangle[]): boolean {
  return displays.some((display) => {
    const width = Math.min(bounds.x + bounds.width, display.x + display.width) - Math.max(bounds.x, display.x)
    return width >= VISIBLE_PX && bounds.y >= display.y && bounds.y <= display.y + display.height - VISIBLE_PX
  })
}

function rememberBounds (window: BrowserWindow, settings: SettingsFile): void {
  let timer: NodeJS.Timeout | undefined
  const save = (): void => {
    clearTimeout(timer)
    if (window.isDestroyed() || window.isMinimized()) return
    const bounds: SavedBounds = { ...window.getNormalBounds(), isMaximized: window.isMaximized() }
    settings.write({ bounds })
  }
  const saveSoon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(save, SAVE_DELAY_MS)
  }
  window.on('resize', saveSoon)
  window.on('move', saveSoon)
  window.on('close', save)
}
