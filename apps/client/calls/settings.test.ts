import { expect, test } from 'vitest'
import { DEFAULT_CALL_SETTINGS, readCallSettings } from './settings.ts'

test('nothing stored is the default', () => {
  expect(readCallSettings({})).toEqual(DEFAULT_CALL_SETTINGS)
})

test('noise suppression that was a switch once is off, or the browser’s own', () => {
  expect(readCallSettings({ noiseSuppression: false }).noiseSuppression).toBe('off')
  expect(readCallSettings({ noiseSuppression: true }).noiseSuppression).toBe('browser')
})

test('a background that a newer version knew is none, and what else is stored stays', () => {
  expect(readCallSettings({ background: 'aquarium', microphoneId: 'mic' })).toEqual({ ...DEFAULT_CALL_SETTINGS, microphoneId: 'mic' })
  expect(readCallSettings({ background: 'blur', noiseSuppression: 'strong' })).toMatchObject({ background: 'blur', noiseSuppression: 'strong' })
})
