import { expect, test } from 'vitest'
import { fullSending, PATIENCE_MAX_MS, PATIENCE_MS, settingsOf, START_MS, stepSending, type LineReading, type SendSettings, type SendState, type Sources } from './adapt.ts'

const READ_EVERY_MS = 2000
const VOICE_KBPS = 50
const CAMERA: Sources = { camera: true, screen: 'none' }
const TEXT: Sources = { camera: false, screen: 'text' }
const BOTH: Sources = { camera: true, screen: 'text' }

interface Line { kbps: number, isSlowMachine?: boolean, roundTripMs?: number }
interface Moment { at: number, state: SendState, settings: SendSettings, voiceLoss: number }

/** A line that carries `kbps` and loses what is above it, seen every two seconds of a time that is not ours. */
function simulate (sources: Sources, line: (at: number) => Line, lastsMs: number, receivers = 1): Moment[] {
  let state = fullSending(0)
  const moments: Moment[] = []
  for (let at = 0; at <= lastsMs; at += READ_EVERY_MS) {
    const { kbps, isSlowMachine = false, roundTripMs = 40 } = line(at)
    const settings = settingsOf(state, receivers)
    const wanted = (sources.camera && settings.camera.isOn ? settings.camera.kbps : 0) + (sources.screen !== 'none' && settings.screen.isOn ? settings.screen.kbps : 0)
    const loss = Math.max(0, 1 - kbps / (wanted + VOICE_KBPS))
    const reading: LineReading = { at, loss, roundTripMs, videoKbps: Math.max(0, Math.min(wanted, kbps - VOICE_KBPS)), limitedBy: isSlowMachine ? 'cpu' : loss > 0 ? 'bandwidth' : 'none' }
    state = stepSending(state, reading, sources, receivers)
    moments.push({ at, state, settings: settingsOf(state, receivers), voiceLoss: loss })
  }
  return moments
}

const changesOf = (moments: readonly Moment[]): Moment[] => moments.filter(({ state }, nth) => nth > 0 && state.level !== moments[nth - 1]?.state.level)
const last = (moments: readonly Moment[]): Moment => moments.at(-1)!

test('a line that carries all of it is left alone', () => {
  const moments = simulate(CAMERA, () => ({ kbps: 5000 }), 600_000)
  expect(changesOf(moments)).toEqual([])
  expect(last(moments).settings.camera).toMatchObject({ isOn: true, scale: 1, framesPerSecond: 30 })
})

test('a face loses pixels first, then frames, and is off before the voice suffers', () => {
  let before = settingsOf({ level: 0, sources: CAMERA }, 1).camera
  let hasLostFrames = false
  for (let level = 1; level <= 6; level++) {
    const { camera } = settingsOf({ level, sources: CAMERA }, 1)
    expect(camera.scale).toBeGreaterThanOrEqual(before.scale)
    if (hasLostFrames) expect(camera.scale, 'no pixels are taken after the frames').toBe(before.scale)
    hasLostFrames ||= camera.framesPerSecond < before.framesPerSecond && camera.scale === before.scale
    expect(camera.kbps).toBeLessThanOrEqual(before.kbps)
    expect(camera.isOn).toBe(level < 6)
    before = camera
  }
  const moments = simulate(CAMERA, () => ({ kbps: 80 }), 40_000)
  expect(last(moments).settings.camera.isOn).toBe(false)
  const offAt = moments.find(({ settings }) => !settings.camera.isOn)!.at
  expect(offAt).toBeLessThanOrEqual(16_000)
  expect(last(moments).voiceLoss).toBe(0)
})

test('text loses frames first and stays sharp as long as it can', () => {
  const shown = [0, 1, 2, 3, 4, 5].map((level) => settingsOf({ level, sources: TEXT }, 1).screen)
  expect(shown.slice(0, 4).map(({ scale }) => scale)).toEqual([1, 1, 1, 1])
  expect(shown.map(({ framesPerSecond }) => framesPerSecond)).toEqual([30, 15, 8, 4, 3, 2])
  expect(shown.every(({ prefers }) => prefers === 'pixels')).toBe(true)
  expect(last(simulate(TEXT, () => ({ kbps: 600 }), 120_000)).settings.screen).toMatchObject({ isOn: true, scale: 1 })
})

test('with both on, the face goes before what was meant to be shown', () => {
  const { settings } = last(simulate(BOTH, () => ({ kbps: 700 }), 60_000))
  expect(settings.screen).toMatchObject({ isOn: true, scale: 1 })
  expect(settings.camera.scale).toBeGreaterThan(2)
  for (let level = 0; level <= 10; level++) {
    const { camera, screen } = settingsOf({ level, sources: BOTH }, 1)
    if (!screen.isOn) expect(camera.isOn).toBe(false)
  }
})

test('video that was paused comes back by itself when the line is wide again, step by step', () => {
  const moments = simulate(CAMERA, (at) => ({ kbps: at < 60_000 ? 70 : 8000 }), 240_000)
  const isOnAt = (from: number, to: number): boolean[] => moments.filter(({ at }) => at >= from && at < to).map(({ settings }) => settings.camera.isOn)
  // It is tried again now and then, for one reading.
  expect(isOnAt(16_000, 60_000).filter((isOn) => isOn).length).toBeLessThanOrEqual(2)
  const backAt = moments.find(({ at, settings }) => at >= 60_000 && settings.camera.isOn)!.at
  expect(backAt - 60_000).toBeLessThanOrEqual(PATIENCE_MAX_MS)
  expect(isOnAt(backAt, 240_000)).not.toContain(false)
  expect(last(moments).settings.camera.scale).toBe(1)
  const after = changesOf(moments).filter(({ at }) => at >= backAt)
  for (const [nth, { at }] of after.entries()) if (nth > 0) expect(at - after[nth - 1]!.at).toBeGreaterThanOrEqual(PATIENCE_MS)
})

test('a line between two steps does not swing: each vain attempt waits longer, and most of the time is quiet', () => {
  const moments = simulate(CAMERA, () => ({ kbps: 600 }), 1_800_000)
  const changes = changesOf(moments).map(({ at }) => at)
  expect(changes.filter((at) => at < 60_000).length).toBeLessThanOrEqual(10)
  const inLastTenMinutes = changes.filter((at) => at >= 1_200_000)
  expect(inLastTenMinutes.length).toBeLessThanOrEqual(2 * Math.ceil(600_000 / PATIENCE_MAX_MS))
  const lossy = moments.filter(({ at, voiceLoss }) => at >= 600_000 && voiceLoss > 0.03)
  expect(lossy.length / moments.length).toBeLessThan(0.05)
})

test('the line is judged by its queue too: a voice that comes late is no conversation', () => {
  const moments = simulate(CAMERA, (at) => ({ kbps: 5000, roundTripMs: at >= 20_000 && at < 30_000 ? 900 : 40 }), 40_000)
  expect(changesOf(moments)[0]?.at).toBe(20_000)
  // A long way that was always long is not a queue.
  expect(changesOf(simulate(CAMERA, () => ({ kbps: 5000, roundTripMs: 900 }), 60_000))).toEqual([])
})

test('a machine that is too slow sends less but never nothing, and one hiccup changes nothing', () => {
  const slow = last(simulate(CAMERA, () => ({ kbps: 5000, isSlowMachine: true }), 120_000)).settings.camera
  expect(slow).toMatchObject({ isOn: true, scale: 4 })
  expect(changesOf(simulate(CAMERA, (at) => ({ kbps: 5000, isSlowMachine: at === 20_000 }), 60_000))).toEqual([])
})

test('the browser’s estimate begins low and is not believed before it had its time', () => {
  const reading = (at: number): LineReading => ({ at, loss: 0, roundTripMs: 40, videoKbps: 300, limitedBy: 'bandwidth' })
  let state = stepSending(fullSending(0), reading(0), CAMERA, 1)
  for (let at = 2000; at < START_MS; at += 2000) state = stepSending(state, reading(at), CAMERA, 1)
  expect(state.level).toBe(0)
  expect(stepSending(state, reading(START_MS), CAMERA, 1).level).toBe(1)
})

test('a picture that gets a fraction of its bits gives way to the voice, though nothing is lost', () => {
  const squeezed = (at: number, videoKbps: number): LineReading => ({ at, loss: 0.05, roundTripMs: 4, videoKbps, limitedBy: 'bandwidth' })
  const sendingAt = (level: number): SendState => ({ ...fullSending(0), sources: CAMERA, level })
  const after = (level: number, videoKbps: number): number => stepSending(sendingAt(level), squeezed(20_000, videoKbps), CAMERA, 1).level
  expect(after(5, 30), 'the smallest picture is not shown in lumps').toBe(6)
  expect(after(3, 140)).toBe(4)
  expect(after(0, 900)).toBe(1)
  expect(after(5, 60), 'a picture with most of its bits stays').toBe(5)
  expect(stepSending({ ...sendingAt(5), changedAt: 18_000, lastWasUp: true }, squeezed(20_000, 30), CAMERA, 1).level, 'it has just come back').toBe(5)
})

test('more receivers begin with smaller pictures, and what is not told changes nothing', () => {
  expect([1, 2, 3, 7].map((receivers) => settingsOf({ level: 0, sources: CAMERA }, receivers).camera.scale)).toEqual([1, 1.5, 2, 2])
  expect(settingsOf({ level: 6, sources: CAMERA }, 3).camera.isOn).toBe(false)
  let state = stepSending(fullSending(0), { at: 0, loss: null, roundTripMs: null, videoKbps: null, limitedBy: 'other' }, CAMERA, 1)
  for (let at = 2000; at < 60_000; at += 2000) state = stepSending(state, { at, loss: null, roundTripMs: null, videoKbps: null, limitedBy: 'other' }, CAMERA, 1)
  expect(state.level).toBe(0)
})

test('switching a camera on over a line that was thin a moment ago begins where the line was', () => {
  const thin = last(simulate(TEXT, () => ({ kbps: 250 }), 60_000)).state
  expect(thin.level).toBeGreaterThan(2)
  const both = stepSending(thin, { at: 62_000, loss: 0, roundTripMs: 40, videoKbps: 250, limitedBy: 'none' }, BOTH, 1)
  expect(both.level).toBe(thin.level)
})
