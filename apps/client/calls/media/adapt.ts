/**
 * How much is sent to one receiver, as a pure function of what its line shows: `(state, reading) → state`, and `settingsOf` what that means.
 * The mesh has one encoder per receiver, so each is given what its own line carries.
 *
 * Down at once, up slowly: a step up that fails makes the next attempt wait twice as long, so that a line between two steps does not swing.
 */

export interface Sources { camera: boolean, screen: 'none' | 'text' | 'motion' }

export interface LineReading {
  /** Unix ms. */
  at: number
  /** 0 to 1, of what was sent lately; null when the other side has not said. */
  loss: number | null
  roundTripMs: number | null
  /** What the browser gives its encoders for pictures after the voice; null when it does not say. */
  videoKbps: number | null
  /** Why the browser itself sends less than it may. */
  limitedBy: 'none' | 'cpu' | 'bandwidth' | 'other'
}

export interface VideoSettings { isOn: boolean, scale: number, framesPerSecond: number, kbps: number, prefers: 'frames' | 'pixels' }
export interface SendSettings { camera: VideoSettings, screen: VideoSettings }

export interface SendState {
  /** 0: everything; larger is less. Counts along the ladder of what is on. */
  level: number
  sources: Sources
  /** When the level or what is on last changed. */
  changedAt: number
  calmSince: number | null
  /** Calm that the next step up needs. */
  patienceMs: number
  lastWasUp: boolean
  /** The least ever seen: what is above it waits in queues. */
  leastRoundTripMs: number | null
  cpuReadings: number
}

/** Readings right after a change still tell of before; the browser's estimate takes this long to find the line at the start. */
export const SETTLE_MS = 4000
export const START_MS = 10_000
export const PATIENCE_MS = 6000
export const PATIENCE_MAX_MS = 60_000
/** A vain attempt to show video again is heard as a gap in the voice: not so often. */
export const PAUSED_PATIENCE_MS = 20_000
/** A step up that lasts this long was no mistake. */
const HELD_MS = 30_000
/** Opus with its repair data still sounds well at the first, and not at the second. */
const LOSS_CALM = 0.03, LOSS_BAD = 0.08, LOSS_AWFUL = 0.25
/** A queue this much longer than the line itself is heard in a conversation. */
const QUEUE_BAD_MS = 300
/** A picture that gets less than this share of its bits is better sent smaller. */
const STARVED_SHARE = 0.6
/** One reading is a hiccup of the machine. */
const CPU_READINGS = 2
type Step = Omit<VideoSettings, 'isOn' | 'prefers'>
const OFF = 6
/** A face: fewer pixels first, since a face that stutters is worse than one that is soft; then fewer frames. */
const CAMERA: readonly Step[] = [
  { scale: 1, framesPerSecond: 30, kbps: 1800 }, { scale: 1.5, framesPerSecond: 30, kbps: 900 }, { scale: 2, framesPerSecond: 30, kbps: 450 },
  { scale: 3, framesPerSecond: 30, kbps: 250 }, { scale: 4, framesPerSecond: 20, kbps: 150 }, { scale: 4, framesPerSecond: 10, kbps: 90 }
]
/** Text: fewer frames first, since what cannot be read need not move. */
const TEXT: readonly Step[] = [
  { scale: 1, framesPerSecond: 30, kbps: 2500 }, { scale: 1, framesPerSecond: 15, kbps: 1500 }, { scale: 1, framesPerSecond: 8, kbps: 800 },
  { scale: 1, framesPerSecond: 4, kbps: 400 }, { scale: 1.5, framesPerSecond: 3, kbps: 220 }, { scale: 2, framesPerSecond: 2, kbps: 120 }
]
const MOTION: readonly Step[] = [
  { scale: 1, framesPerSecond: 30, kbps: 2500 }, { scale: 1.5, framesPerSecond: 30, kbps: 1300 }, { scale: 2, framesPerSecond: 30, kbps: 700 },
  { scale: 3, framesPerSecond: 30, kbps: 350 }, { scale: 4, framesPerSecond: 20, kbps: 180 }, { scale: 4, framesPerSecond: 10, kbps: 100 }
]
/** Steps of camera and screen when both are on: the face goes first, what was meant to be shown last. */
const BOTH: readonly (readonly [camera: number, screen: number])[] =
  [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [3, 2], [4, 3], [OFF, 3], [OFF, 4], [OFF, 5], [OFF, OFF]]

/** What a usual upstream (10 Mbit/s) carries for three receivers beside the rest of the house, halved: the first step of the camera. */
const firstStep = (receivers: number): number => receivers <= 1 ? 0 : receivers === 2 ? 1 : 2

export const fullSending = (at: number): SendState => ({
  level: 0, sources: { camera: false, screen: 'none' }, changedAt: at, calmSince: null, patienceMs: PATIENCE_MS, lastWasUp: false, leastRoundTripMs: null, cpuReadings: 0
})

export function settingsOf ({ level, sources }: Pick<SendState, 'level' | 'sources'>, receivers: number): SendSettings {
  const [camera, screen] = stepsAt(level, sources)
  return {
    camera: toSettings(CAMERA, camera === OFF ? OFF : Math.max(camera, firstStep(receivers)), 'frames'),
    screen: sources.screen === 'text' ? toSettings(TEXT, screen, 'pixels') : toSettings(MOTION, screen, 'frames')
  }
}

export function stepSending (state: SendState, reading: LineReading, sources: Sources, receivers: number): SendState {
  const { at } = reading
  const leastRoundTripMs = least(state.leastRoundTripMs, reading.roundTripMs)
  const cpuReadings = reading.limitedBy === 'cpu' ? state.cpuReadings + 1 : 0
  const next = { ...state, leastRoundTripMs, cpuReadings }
  if (sources.camera !== state.sources.camera || sources.screen !== state.sources.screen) {
    // The line is as it was: what is new begins at the step that fits into what was sent.
    return { ...next, sources, level: Math.min(state.level, lastLevel(sources)), changedAt: at, calmSince: null }
  }
  if (!sources.camera && sources.screen === 'none') return { ...next, calmSince: null }
  const trouble = troubleOf(next, reading, receivers)
  if (trouble === 0) return rise(next, reading)
  // What an attempt breaks is taken back at once, and by just that step. Otherwise a reading is believed once it has settled.
  const isVainAttempt = state.lastWasUp && at - state.changedAt < HELD_MS
  const settleMs = isVainAttempt ? 0 : trouble === 2 ? SETTLE_MS / 2 : SETTLE_MS
  const deepest = reading.limitedBy === 'cpu' && !isLineBad(next, reading) ? lastLevel(sources) - 1 : lastLevel(sources)
  const level = Math.max(state.level, Math.min(state.level + (isVainAttempt ? 1 : trouble), deepest))
  if (at - state.changedAt < settleMs || level === state.level) return { ...next, calmSince: null }
  return {
    ...next, level, changedAt: at, calmSince: null, lastWasUp: false,
    patienceMs: isVainAttempt ? Math.min(state.patienceMs * 2, PATIENCE_MAX_MS) : state.patienceMs
  }
}

/** A step up is an attempt: nobody knows what a line carries until it is asked to. */
function rise (state: SendState, reading: LineReading): SendState {
  const { at } = reading
  const isCalm = (reading.loss ?? 0) < LOSS_CALM && reading.limitedBy !== 'cpu'
  if (!isCalm) return { ...state, calmSince: null }
  const calmSince = state.calmSince ?? at
  const isHeld = state.lastWasUp && at - state.changedAt >= HELD_MS
  const patienceMs = isHeld ? PATIENCE_MS : state.patienceMs
  const waitMs = state.level === lastLevel(state.sources) ? Math.max(patienceMs, PAUSED_PATIENCE_MS) : patienceMs
  if (state.level === 0) return { ...state, calmSince, patienceMs }
  if (at - calmSince < waitMs) return { ...state, calmSince, patienceMs }
  return { ...state, level: state.level - 1, changedAt: at, calmSince: null, lastWasUp: true, patienceMs }
}

/** By how many steps less should be sent: 0, 1 or 2. */
function troubleOf (state: SendState, reading: LineReading, receivers: number): 0 | 1 | 2 {
  if ((reading.loss ?? 0) >= LOSS_AWFUL) return 2
  if (isLineBad(state, reading)) return 1
  if (state.cpuReadings >= CPU_READINGS) return 1
  return isStarved(state, reading, receivers) ? 1 : 0
}

/** A picture the browser squeezes into a fraction of its bits moves in lumps, and takes from the voice what is left of the line. */
function isStarved (state: SendState, { at, videoKbps, limitedBy }: LineReading, receivers: number): boolean {
  // The browser needs a while to find out that it may send more.
  if (at - state.changedAt < (state.level === 0 ? START_MS : SETTLE_MS)) return false
  const { camera, screen } = settingsOf(state, receivers)
  const wanted = (state.sources.camera && camera.isOn ? camera.kbps : 0) + (state.sources.screen !== 'none' && screen.isOn ? screen.kbps : 0)
  return limitedBy === 'bandwidth' && videoKbps !== null && videoKbps < wanted * STARVED_SHARE
}

const isLineBad = ({ leastRoundTripMs }: SendState, { loss, roundTripMs }: LineReading): boolean =>
  (loss ?? 0) >= LOSS_BAD || (roundTripMs !== null && roundTripMs >= (leastRoundTripMs ?? roundTripMs) + QUEUE_BAD_MS)

const lastLevel = ({ camera, screen }: Sources): number => camera && screen !== 'none' ? BOTH.length - 1 : OFF

function stepsAt (level: number, { camera, screen }: Sources): readonly [camera: number, screen: number] {
  return camera && screen !== 'none' ? BOTH[level] ?? [OFF, OFF] : [level, level]
}

const toSettings = (ladder: readonly Step[], nth: number, prefers: VideoSettings['prefers']): VideoSettings => {
  const step = ladder[nth]
  // Off: it is not sent, and begins with the least when it comes back.
  return step === undefined ? { isOn: false, prefers, ...ladder[ladder.length - 1] ?? { scale: 4, framesPerSecond: 10, kbps: 90 } } : { isOn: true, prefers, ...step }
}

const least = (one: number | null, other: number | null): number | null => one === null || other === null ? one ?? other : Math.min(one, other)
