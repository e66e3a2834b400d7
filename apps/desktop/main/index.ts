/**
 * The desktop's main process: a window for the client and the operating system behind one typed bridge. It holds no chat logic.
 * Each file here is one concern of the system; this one only joins them.
 *
 *   started with a link ─► deep-links (checks, keeps) ─► page asks `listenForLinks` ─► event `link`
 *   page calls `seal`   ─► ipc (sender, payload)      ─► keychain (safeStorage)    ─► answer
 *
 * For trying it on a node of one's own: PARLEY_NODE=http://127.0.0.1:8080 electron .
 */
import { app, session, type BrowserWindow } from 'electron'
import { join } from 'node:path'
import { registerAppScheme, serveApp } from './app-scheme.ts'
import { setBadge } from './badge.ts'
import { claimScheme, createDeepLinks, listenForOpenUrl } from './deep-links.ts'
import { createGlobalKeys, type GlobalKeyHold } from './global-keys.ts'
import { answerCalls, tell } from './ipc.ts'
import { keychainStrength, open, seal } from './keychain.ts'
import { log, logCrashes, openLog } from './log.ts'
import { lockNavigation } from './navigation.ts'
import { createNotifications } from './notifications.ts'
import { guardPermissions } from './permissions.ts'
import { requireSandbox } from './sandbox.ts'
import { offerScreens } from './screens.ts'
import { nodeInUse, openSettings } from './settings.ts'
import { claimSingleInstance } from './single-instance.ts'
import { onWake } from './wake.ts'
import { createWindow, loadApp, showWindow } from './window.ts'

/** A page that crashes again and again is not loaded for ever. */
const RELOADS_MAX = 3

/** Stories give the app a profile of its own. */
const ownProfile = process.env['PARLEY_PROFILE']
if (ownProfile !== undefined) app.setPath('userData', ownProfile)

const out = join(import.meta.dirname, '..')
const settings = openSettings(join(app.getPath('userData'), 'settings.json'))
const links = createDeepLinks()
let window: BrowserWindow | null = null
let globalKeys: GlobalKeyHold | null = null
let reloads = 0

openLog(join(app.getPath('userData'), 'logs'))
registerAppScheme()
lockNavigation()
logCrashes(reloadPage)
listenForOpenUrl(links, show)
if (requireSandbox() && claimSingleInstance(links, show)) {
  links.takeArguments(process.argv)
  app.whenReady().then(start).catch(fail)
}

async function start (): Promise<void> {
  log('info', 'started', { version: app.getVersion(), platform: process.platform, electron: process.versions.electron })
  claimScheme()
  guardPermissions(session.defaultSession)
  serveApp(join(out, 'renderer'), () => nodeInUse(settings))
  const notifications = createNotifications((tag) => {
    show()
    if (window !== null) tell(window.webContents, 'notificationClicked', tag)
  })
  const screens = offerScreens(session.defaultSession, (asked) => { if (window !== null) tell(window.webContents, 'screensAsked', asked) })
  globalKeys = createGlobalKeys((name) => { if (window !== null) tell(window.webContents, 'keyPressed', name) })
  answerCalls({
    boot: () => ({ nodeOrigin: nodeInUse(settings), keychain: keychainStrength(), deviceLabel: `Parley on ${systemName()}`, version: app.getVersion() }),
    setNode: ({ origin }) => {
      settings.write({ nodeOrigin: origin })
      // The policy of what the page may talk to comes with the page.
      window?.webContents.reload()
      return undefined
    },
    seal,
    open,
    notify: (notification) => { notifications.show(notification); return undefined },
    setBadge: (unread) => { setBadge(unread, window); return undefined },
    listenForLinks: () => { links.deliverTo((link) => { if (window !== null) tell(window.webContents, 'link', link) }); return undefined },
    chooseScreen: (choice) => { screens.choose(choice); return undefined },
    holdKeys: (isHeld) => globalKeys?.hold(isHeld) ?? []
  })
  onWake(() => { if (window !== null) tell(window.webContents, 'wake', undefined) })
  app.on('activate', show)
  app.on('window-all-closed', () => { if (process.platform !== 'darwin') app.quit() })
  await openWindow()
}

async function openWindow (): Promise<void> {
  const opened = createWindow(settings, join(out, 'preload/index.cjs'))
  window = opened
  opened.webContents.on('did-start-navigation', (details) => { if (details.isMainFrame && !details.isSameDocument) forgetPage() })
  opened.on('closed', () => {
    forgetPage()
    window = null
  })
  await loadApp(opened)
}

/** What the page had asked for ends with it: a page that comes asks anew. */
function forgetPage (): void {
  links.hold()
  globalKeys?.hold(false)
}

/** Brings the window to the front; on macOS the app may run without one. */
function show (): void {
  if (window !== null) showWindow(window)
  else if (app.isReady()) openWindow().catch(fail)
}

function reloadPage (): void {
  if (window === null || reloads >= RELOADS_MAX) return
  reloads += 1
  window.webContents.reload()
}

function fail (error: unknown): void {
  log('error', 'the app could not be opened', { error: error instanceof Error ? error.stack ?? error.message : String(error) })
  app.exit(1)
}

function systemName (): string {
  return { win32: 'Windows', darwin: 'macOS', linux: 'Linux' }[process.platform as string] ?? process.platform
}
