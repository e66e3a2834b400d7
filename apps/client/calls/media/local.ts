/**
 * What this device sends: microphone, camera, screen. Tracks are made when they are switched on and stopped when they are switched off.
 * The microphone goes out plain until an effect is ready; a camera with a covered background never shows the room.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { CallSettings } from '../../api-calls.ts'
import type { EffectFiles } from '../../platform.ts'
import { captureCamera, captureMicrophone } from './capture.ts'
import type { Tracks } from './connection.ts'
import type { BackgroundEffect } from './effects/cover-background.ts'
import type { Background } from './effects/backgrounds.ts'
import { captureScreen, tuneScreen, type ScreenContent } from './screen.ts'
import { createSource } from './source.ts'

export type MicrophoneChoice = Pick<CallSettings, 'microphoneId' | 'echoCancellation' | 'noiseSuppression' | 'autoGainControl'>
/** `picture` is the person's own, for the background of that name. */
export interface BackgroundChoice { background: Background, picture: Blob | null }

export interface LocalMedia {
  readonly tracks: ReadonlySignal<Tracks>
  /** The device behind `tracks.microphone` or `tracks.camera`; null while it is closed. */
  deviceOf(section: 'microphone' | 'camera'): { deviceId: string, label: string } | null
  /** @throws {ParleyError} `microphone-denied`, `microphone-missing`, `microphone-busy` (rejects) */
  openMicrophone(choice: MicrophoneChoice): Promise<void>
  /** Silence without giving the microphone back, so that speaking again is instant. */
  setMuted(isMuted: boolean): void
  /** @throws {ParleyError} `camera-denied`, `camera-missing`, `camera-busy` (rejects) */
  openCamera(deviceId: string | null, choice: BackgroundChoice): Promise<void>
  /** For the camera that is on; nothing when none is. */
  setBackground(choice: BackgroundChoice): Promise<void>
  closeCamera(): void
  /** Answers false when the person has chosen nothing. `detail`: sharp text rather than smooth motion. */
  openScreen(content: ScreenContent): Promise<boolean>
  /** From now on. */
  setScreenContent(content: ScreenContent): void
  closeScreen(): void
  close(): void
}

export interface LocalMediaOptions {
  /** Null where the host has no effects. */
  effects: (() => Promise<EffectFiles>) | null
  /** A device was unplugged, or sharing was ended in the browser's own bar. */
  onLost: (what: 'microphone' | 'camera' | 'screen', label: string) => void
  /** An effect could not be had, or could not go on: what it was made of goes out plain. */
  onEffectStopped: (error: ParleyError) => void
}

const NONE: Tracks = { microphone: null, camera: null, screen: null, screenSound: null }

export function createLocalMedia ({ effects, onLost, onEffectStopped }: LocalMediaOptions): LocalMedia {
  const tracks = signal<Tracks>(NONE)
  const show = (section: keyof Tracks, track: MediaStreamTrack | null): void => {
    if (tracks.peek()[section] !== track) tracks.value = { ...tracks.peek(), [section]: track }
  }
  const microphone = createSource((track) => show('microphone', track), (label) => onLost('microphone', label))
  const camera = createSource((track) => show('camera', track), (label) => onLost('camera', label))
  const screen = createSource((track) => show('screen', track), (label) => onLost('screen', label))
  const screenSound = createSource((track) => show('screenSound', track), () => {})
  let covering: BackgroundEffect | null = null

  const filesOf = async (code: ErrorCode): Promise<EffectFiles> => {
    if (effects === null) throw new ParleyError(code)
    return await effects()
  }
  const stopped = (code: ErrorCode) => (cause: unknown): void => onEffectStopped(cause instanceof ParleyError ? cause : new ParleyError(code, { cause }))

  const cover = async ({ background, picture }: BackgroundChoice): Promise<void> => {
    if (background === 'none') {
      covering = null
      await camera.transform(null)
      return
    }
    if (covering !== null) {
      await covering.change(background, picture)
      return
    }
    await camera.transform(async (raw) => {
      const [files, { coverBackground }] = await Promise.all([filesOf('background-unsupported'), import('./effects/index.ts')])
      const made = await coverBackground({
        camera: raw, background, picture, files,
        onStopped (code) {
          if (covering !== made) return
          covering = null
          camera.transform(null).catch(stopped('background-failed'))
          onEffectStopped(new ParleyError(code))
        }
      })
      covering = made
      return made
    }).catch(stopped('background-failed'))
  }

  return {
    tracks,
    deviceOf (section) {
      const { raw } = section === 'microphone' ? microphone : camera
      return raw === null ? null : { deviceId: raw.getSettings().deviceId ?? '', label: raw.label }
    },
    async openMicrophone ({ microphoneId, noiseSuppression, ...rest }) {
      microphone.put(await captureMicrophone({ ...rest, deviceId: microphoneId, noiseSuppression: noiseSuppression === 'browser' }))
      if (noiseSuppression !== 'strong') return
      // Not waited for: one is heard at once, and better a moment later.
      microphone.transform(async (raw) => {
        const [files, { suppressNoise }] = await Promise.all([filesOf('noise-suppression-failed'), import('./effects/index.ts')])
        return await suppressNoise(raw, files)
      }).catch(stopped('noise-suppression-failed'))
    },
    setMuted: (isMuted) => microphone.setEnabled(!isMuted),
    async openCamera (deviceId, choice) {
      const raw = await captureCamera(deviceId)
      covering = null
      camera.put(raw, { waits: choice.background !== 'none' })
      if (choice.background !== 'none') await cover(choice)
    },
    async setBackground (choice) {
      if (camera.raw !== null) await cover(choice)
    },
    closeCamera () {
      covering = null
      camera.put(null)
    },
    async openScreen (content) {
      const captured = await captureScreen()
      if (captured === null) return false
      tuneScreen(captured.video, content)
      screen.put(captured.video)
      screenSound.put(captured.sound)
      return true
    },
    setScreenContent (content) {
      if (screen.raw !== null) tuneScreen(screen.raw, content)
    },
    closeScreen () {
      screen.put(null)
      screenSound.put(null)
    },
    close () {
      covering = null
      for (const source of [microphone, camera, screen, screenSound]) source.put(null)
    }
  }
}
