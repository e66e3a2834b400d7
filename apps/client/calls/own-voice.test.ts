import { expect, test } from 'vitest'
import { createOwnVoice } from './own-voice.ts'

test('who turns the sound off is not heard either, and is heard again afterwards', () => {
  const voice = createOwnVoice(false)
  voice.setDeafened(true)
  expect([voice.isMuted.value, voice.isOpen.value]).toEqual([true, false])
  voice.setDeafened(false)
  expect([voice.isMuted.value, voice.isOpen.value]).toEqual([false, true])
})

test('who was muted before turning the sound off stays muted afterwards', () => {
  const voice = createOwnVoice(false)
  voice.setMuted(true)
  voice.setDeafened(true)
  voice.setDeafened(true)
  voice.setDeafened(false)
  expect(voice.isMuted.value).toBe(true)
})

test('who unmutes while the sound is off hears again', () => {
  const voice = createOwnVoice(false)
  voice.setDeafened(true)
  voice.setMuted(false)
  expect([voice.isDeafened.value, voice.isOpen.value]).toEqual([false, true])
})

test('with push to talk the microphone is open while the key is held, and never while muted', () => {
  const voice = createOwnVoice(true)
  expect(voice.isOpen.value).toBe(false)
  voice.setTalking(true)
  expect(voice.isOpen.value).toBe(true)
  voice.setMuted(true)
  expect(voice.isOpen.value).toBe(false)
  voice.setMuted(false)
  voice.setTalking(false)
  expect(voice.isOpen.value).toBe(false)
})

test('a key that is held while push to talk is switched on or off opens nothing by itself', () => {
  const voice = createOwnVoice(false)
  voice.setTalking(true)
  expect(voice.isTalking.value).toBe(false)
  voice.setPushToTalk(true)
  expect(voice.isOpen.value).toBe(false)
  voice.setTalking(true)
  voice.setPushToTalk(false)
  voice.setPushToTalk(true)
  expect(voice.isOpen.value).toBe(false)
})
