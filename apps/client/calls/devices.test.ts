import { expect, test } from 'vitest'
import type { CallSettings, MediaDevice } from '../api-calls.ts'
import { devicesThatCame } from './devices.ts'
import { DEFAULT_CALL_SETTINGS } from './settings.ts'

const headset: MediaDevice = { kind: 'microphone', deviceId: 'headset', label: 'Headset' }
const builtIn: MediaDevice = { kind: 'microphone', deviceId: 'built-in', label: 'Built in' }
const camera: MediaDevice = { kind: 'camera', deviceId: 'camera', label: 'Camera' }
const choosing = (change: Partial<CallSettings>): CallSettings => ({ ...DEFAULT_CALL_SETTINGS, ...change })

test('a device that was plugged in is told of, and whether Alice had chosen it once', () => {
  expect(devicesThatCame([builtIn], [builtIn, headset, camera], choosing({ microphoneId: 'headset' }))).toEqual([
    { device: headset, isChosen: true },
    { device: camera, isChosen: false }
  ])
})

test('nothing is told of what went, of what was there, or of the names for the system’s own choice', () => {
  expect(devicesThatCame([builtIn, headset], [builtIn], choosing({}))).toEqual([])
  expect(devicesThatCame([], [{ ...builtIn, deviceId: 'default' }, { ...builtIn, deviceId: 'communications' }, { ...builtIn, deviceId: '' }], choosing({}))).toEqual([])
})

test('two kinds of device may have the same id', () => {
  expect(devicesThatCame([headset], [headset, { ...headset, kind: 'speaker' }], choosing({ microphoneId: 'headset' }))).toEqual([
    { device: { ...headset, kind: 'speaker' }, isChosen: false }
  ])
})
