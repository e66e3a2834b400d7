import { expect, test } from 'vitest'
import type { Effect } from './effects/effect.ts'
import { createSource } from './source.ts'

/** As much of a browser's track as a source touches; Node has none. */
class Track extends EventTarget {
  enabled = true
  isStopped = false
  readonly label: string

  constructor (label: string) {
    super()
    this.label = label
  }

  stop (): void { this.isStopped = true }
}
const createTrack = (label: string): Track & MediaStreamTrack => new Track(label) as unknown as Track & MediaStreamTrack

function createStage () {
  const shown: (string | null)[] = [], lost: string[] = [], closed: string[] = []
  const source = createSource((track) => shown.push(track?.label ?? null), (label) => lost.push(label))
  const effectOf = (track: MediaStreamTrack): Effect => ({ track, close: () => { closed.push(track.label) } })
  return { source, shown, lost, closed, effectOf }
}

test('the plain track goes first, and what an effect makes of it when that is ready', async () => {
  const { source, shown, effectOf } = createStage()
  source.put(createTrack('microphone'))
  await source.transform((raw) => Promise.resolve(effectOf(createTrack(`clean ${raw.label}`))))
  expect(shown).toEqual(['microphone', 'clean microphone'])
  await source.transform(null)
  expect(shown.at(-1)).toBe('microphone')
})

test('one that waits for its effect shows nothing before', async () => {
  const { source, shown, effectOf } = createStage()
  source.put(createTrack('camera'), { waits: true })
  await source.transform(() => Promise.resolve(effectOf(createTrack('covered'))))
  expect(shown).toEqual([null, 'covered'])
})

test('an effect that is ready after another device was chosen is closed and never heard', async () => {
  const { source, shown, closed, effectOf } = createStage()
  const ready = Promise.withResolvers<Effect>()
  const first = createTrack('first')
  source.put(first)
  const transforming = source.transform(() => ready.promise)
  source.put(createTrack('second'))
  ready.resolve(effectOf(createTrack('clean first')))
  await transforming
  expect(shown).toEqual(['first', 'second'])
  expect(closed).toEqual(['clean first'])
  expect(first.isStopped).toBe(true)
})

test('an effect that fails leaves the plain track, also where it was waited for', async () => {
  const { source, shown } = createStage()
  source.put(createTrack('camera'), { waits: true })
  await expect(source.transform(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(shown).toEqual([null, 'camera'])
})

test('mute silences what is sent, and stays when an effect comes, goes, or the device changes', async () => {
  const { source, effectOf } = createStage()
  const raw = createTrack('microphone'), clean = createTrack('clean'), other = createTrack('other')
  source.put(raw)
  source.setEnabled(false)
  expect(raw.enabled).toBe(false)
  await source.transform(() => Promise.resolve(effectOf(clean)))
  // The effect goes on hearing, so that the level is seen while muted.
  expect([raw.enabled, clean.enabled]).toEqual([true, false])
  await source.transform(null)
  expect(raw.enabled).toBe(false)
  source.put(other)
  expect(other.enabled).toBe(false)
})

test('a device that is unplugged is told of once, its effect ends, and one that was put away before is not missed', async () => {
  const { source, shown, lost, closed, effectOf } = createStage()
  const first = createTrack('first'), second = createTrack('second')
  source.put(first)
  source.put(second)
  first.dispatchEvent(new Event('ended'))
  expect(lost).toEqual([])
  await source.transform(() => Promise.resolve(effectOf(createTrack('clean'))))
  second.dispatchEvent(new Event('ended'))
  expect(lost).toEqual(['second'])
  expect(shown.at(-1)).toBeNull()
  expect(closed).toEqual(['clean'])
})
