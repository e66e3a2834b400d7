/** The window shows the app and nothing else, for ever. Links to elsewhere open where people browse. */
import { app, nativeTheme, shell, type WebContents, type WindowOpenHandlerResponse } from 'electron'
import { SMALL_WINDOW } from '#shared/ipc/index.ts'
import { log } from './log.ts'
import { isAppUrl } from './origin.ts'

/** A face and a row of buttons. */
const SMALL_SIZE = { width: 360, height: 300, minWidth: 240, minHeight: 180 }

/** Applies to each page that will ever exist in this process, also to those we did not make. */
export function lockNavigation (): void {
  app.on('web-contents-created', (_event, contents) => lockContents(contents))
}

export function lockContents (contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (isAppUrl(event.url)) return
    event.preventDefault()
    openOutside(event.url)
  })
  // A redirect of our own page would have to come from our own files: none of them does that.
  contents.on('will-redirect', (event) => { if (!isAppUrl(event.url)) event.preventDefault() })
  contents.on('will-frame-navigate', (event) => { if (!event.isMainFrame) event.preventDefault() })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url, frameName }) => {
    if (url === 'about:blank' && frameName === SMALL_WINDOW && isAppUrl(contents.getURL())) return smallWindow()
    openOutside(url)
    return { action: 'deny' }
  })
}

/**
 * The one window that our page may open: empty, so that it has the page's own origin and policy and loads nothing. It is locked as every
 * other, asks nothing of main (its address is not ours), and closes with the page.
 */
const smallWindow = (): WindowOpenHandlerResponse => ({
  action: 'allow',
  outlivesOpener: false,
  overrideBrowserWindowOptions: {
    width: SMALL_SIZE.width,
    height: SMALL_SIZE.height,
    minWidth: SMALL_SIZE.minWidth,
    minHeight: SMALL_SIZE.minHeight,
    alwaysOnTop: true,
    autoHideMenuBar: true,
    fullscreenable: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#17181B' : '#FBFAF8',
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false, backgroundThrottling: false }
  }
})

/** Other schemes may start any program with any argument. */
export const mayOpenOutside = (url: string): boolean => URL.canParse(url) && ['https:', 'http:', 'mailto:'].includes(new URL(url).protocol)

function openOutside (url: string): void {
  if (!mayOpenOutside(url)) {
    log('warn', 'refused to open an address outside', { scheme: url.slice(0, url.indexOf(':') + 1).slice(0, 20) })
    return
  }
  shell.openExternal(url).catch((error: unknown) => log('warn', 'the browser could not be opened', { error: String(error) }))
}
