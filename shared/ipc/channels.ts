/** The names of what crosses between the desktop's window and its main process. Apart, so that the preload carries nothing else. */

/** The renderer asks, main answers. */
export const CALL_NAMES = ['boot', 'setNode', 'seal', 'open', 'notify', 'setBadge', 'listenForLinks', 'chooseScreen', 'holdKeys'] as const
export type CallName = typeof CALL_NAMES[number]

/** Main tells the renderer. */
export const EVENT_NAMES = ['link', 'wake', 'notificationClicked', 'screensAsked', 'keyPressed'] as const
export type EventName = typeof EVENT_NAMES[number]

/** Prefix of our channels, which keeps them apart from Electron's own. */
export const channelOf = (name: CallName | EventName): string => `parley:${name}`

/** The window that a page may open: empty, of the same page, above others. */
export const SMALL_WINDOW = 'parley-call'

/** Under this name the preload puts the bridge into the page. */
export const BRIDGE = 'parley'
