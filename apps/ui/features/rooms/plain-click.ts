import type { MouseEvent } from 'react'

/** Other clicks are the browser's: new tab, new window, download. */
export const isPlainClick = (event: MouseEvent): boolean => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
