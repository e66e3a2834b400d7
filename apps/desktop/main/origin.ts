/**
 * Where the app's own pages live. One fixed origin for all releases: IndexedDB, and with it everybody's history and keys, belongs to it,
 * so a change of either name would lose them.
 */
export const APP_SCHEME = 'parley-app'
export const APP_HOST = 'app'
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`

/** Whether a URL is a page or file of the app itself. Compared part by part: `origin` of such schemes is "null" in Node. */
export function isAppUrl (text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.protocol === `${APP_SCHEME}:` && url.host === APP_HOST && url.username === '' && url.password === ''
}
