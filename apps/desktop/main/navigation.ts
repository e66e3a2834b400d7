/** The window shows the app and nothing else, for ever. Links to elsewhere open where people browse. */
import { app, shell, type WebContents } from 'electron'
import { log } from './log.ts'
import { isAppUrl } from './origin.ts'

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
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
}

/** Other schemes may start any program with any argument. */
export const mayOpenOutside = (url: string): boolean => URL.canParse(url) && ['https:', 'http:', 'mailto:'].includes(new URL(url).protocol)

function openOutside (url: string): void {
  if (!mayOpenOutside(url)) {
    log('warn', 'refused to open an address outside', { scheme: url.slice(0, url.indexOf(':') + 1).slice(0, 20) })
    return
  }
  shell.openExternal(url).catch((error: unknown) => log('warn', 'the browser could not be opened', { error: String(error) }))
}
