/** A screen, a window or a tab, as the person chooses it in the browser's or the host's own picker. */
import { ParleyError } from '#shared/errors.ts'
import type { CallSettings } from '../../api-calls.ts'

export type ScreenContent = CallSettings['sharesAs']

/** Text that moves seldom is worth its sharpness; a film is not one below this. */
const RATE: Record<ScreenContent, number> = { detail: 15, motion: 30 }
/** `cursor` is of the Screen Capture specification, and not in the compiler's DOM yet: others see what is pointed at. */
const PICTURE: MediaTrackConstraints & { cursor: 'always' } = { cursor: 'always', frameRate: { ideal: 30, max: 30 } }
/** Music and films: what makes speech clear spoils them. */
const SOUND: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }

/** Null when the person has chosen nothing. @throws {ParleyError} `screen-failed` (rejects) */
export async function captureScreen (): Promise<{ video: MediaStreamTrack, sound: MediaStreamTrack | null } | null> {
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: PICTURE, audio: SOUND })
  } catch (cause) {
    // Closing the picker is a choice, not a fault.
    if (cause instanceof DOMException && (cause.name === 'NotAllowedError' || cause.name === 'AbortError')) return null
    throw new ParleyError('screen-failed', { cause })
  }
  const [video] = stream.getVideoTracks()
  return video === undefined ? null : { video, sound: stream.getAudioTracks()[0] ?? null }
}

/** What it is kept good for where the line is thin, from now on. */
export function tuneScreen (video: MediaStreamTrack, content: ScreenContent): void {
  video.contentHint = content
  // A source that cannot be slowed down is sent as it comes.
  video.applyConstraints({ ...PICTURE, frameRate: { max: RATE[content] } }).catch(() => undefined)
}
