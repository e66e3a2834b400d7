/** The settings of calls as they are stored on this device: what was stored by an older version, or damaged, is replaced by the default. */
import type { CallSettings } from '../api-calls.ts'
import { BACKGROUNDS } from './media/effects/backgrounds.ts'

export const DEFAULT_CALL_SETTINGS: CallSettings = {
  microphoneId: null, cameraId: null, speakerId: null, echoCancellation: true, noiseSuppression: 'browser', autoGainControl: true,
  background: 'none', entersVoiceMuted: false,
  pushToTalk: false, talkKey: 'Backquote', sharesAs: 'detail', playsSounds: true, playsRinging: true, hasKeys: true, hasGlobalKeys: false
}

const NOISE_SUPPRESSIONS = ['off', 'browser', 'strong'] as const

export function readCallSettings (stored: Readonly<Record<string, unknown>>): CallSettings {
  const read = { ...DEFAULT_CALL_SETTINGS, ...stored } as Record<keyof CallSettings, unknown>
  const noise = read.noiseSuppression === false ? 'off' : read.noiseSuppression
  return {
    ...read as CallSettings,
    entersVoiceMuted: read.entersVoiceMuted === true,
    noiseSuppression: NOISE_SUPPRESSIONS.find((one) => one === noise) ?? DEFAULT_CALL_SETTINGS.noiseSuppression,
    background: BACKGROUNDS.find((one) => one === read.background) ?? DEFAULT_CALL_SETTINGS.background
  }
}
