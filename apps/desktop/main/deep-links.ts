/**
 * Invite links that the operating system hands over: as an argument on Windows and Linux, as an event on macOS. Only what reads as an
 * invitation gets through, and it waits here until the page is there to take it.
 */
import { app } from 'electron'
import { resolve } from 'node:path'
import { parseInvite } from '#shared/invite.ts'
import { log } from './log.ts'

const SCHEME = 'parley'
/** Ours is some 200 characters; the rest is room for long names. */
const LINK_MAX_CHARS = 4096
/** Nobody opens more links before the window is there. */
const WAITING_MAX = 8

export interface DeepLinks {
  /** Takes a link from anywhere; drops what is not an invitation. */
  take(link: string): void
  /** Takes what a command line holds. */
  takeArguments(argv: readonly string[]): void
  /** From now on links go here, first those that waited. A page that is loaded again calls again. */
  deliverTo(listener: (link: string) => void): void
  /** The page is gone: what comes now waits for the next one. */
  hold(): void
}

export function createDeepLinks (): DeepLinks {
  let waiting: string[] = []
  let listener: ((link: string) => void) | null = null

  const take = (link: string): void => {
    if (!isInvite(link)) {
      log('warn', 'a link that is no invitation was dropped')
      return
    }
    if (listener !== null) listener(link)
    else waiting = [...waiting, link].slice(-WAITING_MAX)
  }

  return {
    take,
    takeArguments (argv) {
      for (const argument of argv) if (argument.startsWith(`${SCHEME}:`)) take(argument)
    },
    deliverTo (next) {
      listener = next
      const links = waiting
      waiting = []
      for (const link of links) next(link)
    },
    hold () {
      listener = null
    }
  }
}

/** Tells the operating system that links of our scheme are for this app. Installers do too; this is for everything else. */
export function claimScheme (): void {
  const script = process.argv[1]
  if (process.defaultApp && script !== undefined) app.setAsDefaultProtocolClient(SCHEME, process.execPath, [resolve(script)])
  else app.setAsDefaultProtocolClient(SCHEME)
}

/** Before Electron is ready, else the link that started the app is missed. macOS only. */
export function listenForOpenUrl (links: DeepLinks, show: () => void): void {
  app.on('open-url', (event, url) => {
    event.preventDefault()
    links.take(url)
    show()
  })
}

function isInvite (link: string): boolean {
  if (link.length > LINK_MAX_CHARS || !link.startsWith(`${SCHEME}://`)) return false
  try {
    parseInvite(link)
    return true
  } catch {
    return false
  }
}
