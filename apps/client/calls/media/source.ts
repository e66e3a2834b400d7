/** A device that is open, and in place of its own track the one that an effect makes of it. */
import type { Effect } from './effects/effect.ts'

export interface Source {
  /** What the device itself gives. */
  readonly raw: MediaStreamTrack | null
  /** Shows `raw`, or nothing until an effect is there. What was open before is closed. */
  put(raw: MediaStreamTrack | null, options?: { waits: boolean }): void
  /**
   * Shows what an effect makes of `raw`, as soon as that is ready; `null` takes an effect away. Whoever asks later wins. The plain track
   * comes back when it fails (rejects).
   */
  transform(start: ((raw: MediaStreamTrack) => Promise<Effect>) | null): Promise<void>
  setEnabled(isEnabled: boolean): void
}

/**
 * @param show takes the track that is sent now
 * @param onLost the device ended by itself: it was unplugged
 */
export function createSource (show: (track: MediaStreamTrack | null) => void, onLost: (label: string) => void): Source {
  let raw: MediaStreamTrack | null = null
  let effect: Effect | null = null
  let shown: MediaStreamTrack | null = null
  let isEnabled = true
  let asked = 0

  const showTrack = (track: MediaStreamTrack | null): void => {
    shown = track
    if (track !== null) track.enabled = isEnabled
    // An effect goes on hearing while others do not: the track that is sent is silent.
    if (raw !== null && raw !== track) raw.enabled = true
    show(track)
  }
  const endEffect = (): void => {
    effect?.close()
    effect = null
  }
  const put: Source['put'] = (next, { waits } = { waits: false }) => {
    asked++
    const before = raw
    raw = next
    showTrack(waits ? null : next)
    endEffect()
    before?.stop()
    next?.addEventListener('ended', () => {
      if (raw !== next) return
      put(null)
      onLost(next.label)
    })
  }

  return {
    get raw () { return raw },
    put,
    async transform (start) {
      const nth = ++asked
      const of = raw
      if (of === null) return
      if (start === null) {
        showTrack(of)
        endEffect()
        return
      }
      try {
        const made = await start(of)
        if (nth !== asked) {
          made.close()
          return
        }
        const before = effect
        effect = made
        showTrack(made.track)
        before?.close()
      } catch (error) {
        if (nth !== asked) return
        showTrack(of)
        endEffect()
        throw error
      }
    },
    setEnabled (next) {
      isEnabled = next
      if (shown !== null) shown.enabled = next
    }
  }
}
