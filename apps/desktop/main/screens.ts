/**
 * Which screen or window is shared: the page asks the browser for one, we show the page what there is, the page answers with what was
 * chosen. Where the system has a picker of its own (macOS 15 on), that one asks instead and nothing of this happens.
 */
import { desktopCapturer, type DesktopCapturerSource, type Session, type Streams } from 'electron'
import type { ScreenChoice, ScreensAsked } from '#shared/ipc/index.ts'
import { log } from './log.ts'
import { isAppUrl } from './origin.ts'

/** Enough to tell windows apart; more would only cost time. */
const THUMBNAIL = { width: 320, height: 180 }

export interface Screens {
  /** What the page has chosen; an answer that is late, doubled or not asked for changes nothing. */
  choose(choice: ScreenChoice): void
}

interface Waiting { request: number, sources: readonly DesktopCapturerSource[], canHaveSound: boolean, grant: (streams: Streams | null) => void }

/** @param ask shows the choice to the page */
export function offerScreens (session: Session, ask: (asked: ScreensAsked) => void, { platform = process.platform, isWayland = process.env['XDG_SESSION_TYPE'] === 'wayland' } = {}): Screens {
  let waiting: Waiting | null = null
  let lastRequest = 0
  const settle = (streams: Streams | null): void => {
    const { grant } = waiting ?? {}
    waiting = null
    grant?.(streams)
  }

  session.setDisplayMediaRequestHandler((request, callback) => {
    // Electron's types do not know null, its code takes it for "nothing was chosen"; an object without a picture would be an error there.
    const grant = callback as (streams: Streams | null) => void
    const { frame, audioRequested } = request
    if (frame?.parent !== null || !isAppUrl(frame.url)) {
      log('warn', 'a foreign page was refused a screen')
      grant(null)
      return
    }
    settle(null)
    // Only Windows gives the sound of the computer.
    const canHaveSound = platform === 'win32' && audioRequested
    const nth = ++lastRequest
    desktopCapturer.getSources({ types: ['screen', 'window'], thumbnailSize: THUMBNAIL }).then((sources) => {
      // Wayland's portal has asked already: what it gives is what was chosen.
      const [only] = sources
      if (isWayland && only !== undefined) {
        grant({ video: { id: only.id, name: only.name } })
      } else {
        settle(null)
        waiting = { request: nth, sources, canHaveSound, grant }
        ask({ request: nth, canHaveSound, sources: sources.map(describe) })
      }
    }, (error: unknown) => {
      log('warn', 'the screens could not be listed', { error: String(error) })
      grant(null)
    })
  }, { useSystemPicker: true })

  return {
    choose ({ request, source, withSound }) {
      if (waiting?.request !== request) return
      const { canHaveSound } = waiting
      const chosen = waiting.sources.find(({ id }) => id === source)
      settle(chosen === undefined ? null : { video: { id: chosen.id, name: chosen.name }, ...(withSound && canHaveSound && { audio: 'loopback' as const }) })
    }
  }
}

const describe = ({ id, name, thumbnail }: DesktopCapturerSource): ScreensAsked['sources'][number] =>
  ({ id, name, kind: id.startsWith('screen:') ? 'screen' : 'window', thumbnail: thumbnail.toDataURL() })
