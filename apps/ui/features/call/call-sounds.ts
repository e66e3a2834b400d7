/** The few sounds of calls, made of sine tones: nothing to load, and nobody else's music. */

type Note = readonly [hertz: number, startsAtMs: number, lengthMs: number]

const SOUNDS = {
  joined: [[523, 0, 130], [784, 110, 200]],
  left: [[587, 0, 130], [392, 110, 220]],
  hand: [[880, 0, 110], [880, 160, 110]],
  /** Somebody rings here. */
  ring: [[659, 0, 220], [784, 240, 220], [659, 480, 220], [988, 720, 420]],
  /** It rings elsewhere: the tone that telephones in Europe give (ETSI TR 101 041). */
  ringback: [[425, 0, 900]]
} as const satisfies Record<string, readonly Note[]>
export type SoundName = keyof typeof SOUNDS

/** Below speech, so that nobody is drowned out. */
const LOUDNESS = 0.12
/** Without it each tone would begin and end with a click. */
const EDGE_S = 0.015
/** How often a ringing repeats. */
export const RING_EVERY_MS = 2600

/** A browser that wants a click first lets a sound wait for it; this much later it is about nothing any more. */
const LATE_MS = 1000

let context: AudioContext | null = null
let playing = 0

/** A browser that wants a click first plays nothing: there is a card or a notification as well. */
export function playSound (name: SoundName): void {
  const shared = context ??= new AudioContext()
  const askedAt = performance.now()
  shared.resume().then(() => { if (performance.now() - askedAt < LATE_MS) play(shared, SOUNDS[name]) }, () => undefined)
}

/** Silence costs as much as sound while a context runs: it rests in between. */
function play (shared: AudioContext, notes: readonly Note[]): void {
  const { currentTime, destination } = shared
  for (const [hertz, startsAtMs, lengthMs] of notes) {
    const from = currentTime + startsAtMs / 1000, to = from + lengthMs / 1000
    const tone = new OscillatorNode(shared, { frequency: hertz })
    const gain = new GainNode(shared, { gain: 0 })
    gain.gain.setValueAtTime(0, from)
    gain.gain.linearRampToValueAtTime(LOUDNESS, from + EDGE_S)
    gain.gain.setValueAtTime(LOUDNESS, to - EDGE_S)
    gain.gain.linearRampToValueAtTime(0, to)
    tone.connect(gain).connect(destination)
    tone.start(from)
    tone.stop(to)
    playing++
    tone.addEventListener('ended', () => { if (--playing === 0) shared.suspend().catch(() => undefined) })
  }
}
