/**
 * The microphone and camera of this device as the settings want them, for a call or for the preview before one. When one is unplugged
 * the system's default takes its place; when the chosen one is plugged in again it is used again; another one that comes is offered.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { CallEvents, CallSettings } from '../api-calls.ts'
import type { EffectFiles } from '../platform.ts'
import { devicesThatCame, watchDevices } from './devices.ts'
import { createLocalMedia, type BackgroundChoice, type LocalMedia } from './media/local.ts'

export interface OwnDevices {
  readonly local: LocalMedia
  /** Why this device is not heard or seen; null when nothing keeps it. */
  readonly trouble: ReadonlySignal<ParleyError | null>
  /** @throws {ParleyError} `microphone-…`, and then it is `trouble` too (rejects) */
  openMicrophone(): Promise<void>
  /** @throws {ParleyError} `camera-…`, and then it is `trouble` too (rejects) */
  openCamera(): Promise<void>
  /** Opens again what is changed by it. @throws {ParleyError} as above (rejects) */
  useSettings(settings: CallSettings): Promise<void>
  /** Runs what opens a device: its failure is `trouble` from then on. */
  telling: (open: () => Promise<void>) => Promise<void>
  close(): void
}

export interface OwnDevicesOptions {
  settings: CallSettings
  /** The person's own background. */
  picture: () => Blob | null
  effects: (() => Promise<EffectFiles>) | null
  tell: <Name extends keyof CallEvents>(name: Name, payload: CallEvents[Name]) => void
}

export function createOwnDevices (options: OwnDevicesOptions): OwnDevices {
  const { tell } = options
  let { settings } = options
  let shownPicture: Blob | null = null
  const trouble = signal<ParleyError | null>(null)

  const telling = async (open: () => Promise<void>): Promise<void> => {
    try {
      await open()
    } catch (error) {
      if (error instanceof ParleyError) trouble.value = error
      throw error
    }
  }
  const isWell = (what: 'microphone' | 'camera'): void => {
    if (trouble.peek()?.code.startsWith(what) === true) trouble.value = null
  }
  const background = (): BackgroundChoice => {
    shownPicture = options.picture()
    return { background: settings.background, picture: shownPicture }
  }
  const openMicrophone = async (): Promise<void> => await telling(async () => {
    await local.openMicrophone(settings)
    isWell('microphone')
  })
  const openCamera = async (): Promise<void> => await telling(async () => {
    await local.openCamera(settings.cameraId, background())
    isWell('camera')
  })
  const reopen = { microphone: openMicrophone, camera: openCamera }

  const local = createLocalMedia({
    effects: options.effects,
    onLost (what, label) {
      if (what === 'screen') return
      // Where there is no other, that is the trouble that is shown.
      reopen[what]().then(() => tell('device-lost', { kind: what, label, instead: local.deviceOf(what)?.label ?? '' }), () => undefined)
    },
    onEffectStopped: (error) => tell('effect-stopped', { error })
  })

  const stopWatching = watchDevices((before, now) => {
    for (const { device, isChosen } of devicesThatCame(before, now, settings)) {
      const { kind } = device
      if (!isChosen) tell('device-found', { device })
      else if (kind !== 'speaker' && isUsed(kind) && local.deviceOf(kind)?.deviceId !== device.deviceId) {
        reopen[kind]().then(() => tell('device-returned', { device }), () => undefined)
      }
    }
  })
  /** Open, or wanted and missing. */
  const isUsed = (kind: 'microphone' | 'camera'): boolean => local.deviceOf(kind) !== null || trouble.peek()?.code === `${kind}-missing`

  return {
    local, trouble, openMicrophone, openCamera, telling,
    async useSettings (next) {
      const before = settings
      settings = next
      const differs = (...keys: (keyof CallSettings)[]): boolean => keys.some((key) => before[key] !== next[key])
      if (local.deviceOf('microphone') !== null && differs('microphoneId', 'echoCancellation', 'noiseSuppression', 'autoGainControl')) await openMicrophone()
      if (local.deviceOf('camera') === null) return
      if (differs('cameraId')) await openCamera()
      else if (differs('background') || shownPicture !== options.picture()) await local.setBackground(background())
    },
    close () {
      stopWatching()
      local.close()
    }
  }
}
