/** What is plugged in, and what its coming means. What a device's going means is told by its own track. */
import type { CallSettings, DeviceKind, MediaDevice } from '../api-calls.ts'

const KINDS = { audioinput: 'microphone', videoinput: 'camera', audiooutput: 'speaker' } as const
export const SETTING_OF = { microphone: 'microphoneId', camera: 'cameraId', speaker: 'speakerId' } as const satisfies Record<DeviceKind, keyof CallSettings>

/** Chromium's names for "whatever the system uses": a choice that we have already, as null. */
const ALIASES = new Set(['', 'default', 'communications'])

export async function listDevices (): Promise<readonly MediaDevice[]> {
  return (await navigator.mediaDevices.enumerateDevices()).map(({ kind, deviceId, label }) => ({ kind: KINDS[kind], deviceId, label }))
}

/** Devices that were not there before, each with whether it is the one that was chosen. Pure. */
export function devicesThatCame (before: readonly MediaDevice[], now: readonly MediaDevice[], settings: CallSettings): { device: MediaDevice, isChosen: boolean }[] {
  return now
    .filter((device) => !ALIASES.has(device.deviceId) && !before.some((one) => one.kind === device.kind && one.deviceId === device.deviceId))
    .map((device) => ({ device, isChosen: settings[SETTING_OF[device.kind]] === device.deviceId }))
}

/** Calls back whenever something was plugged in. Returns unsubscribe. */
export function watchDevices (onCame: (before: readonly MediaDevice[], now: readonly MediaDevice[]) => void): () => void {
  let known: readonly MediaDevice[] | null = null
  let isOver = false
  const look = async (): Promise<void> => {
    const now = await listDevices()
    const before = known
    known = now
    if (before !== null && !isOver) onCame(before, now)
  }
  // Where the list cannot be had nothing is offered.
  const again = (): void => { look().catch(() => undefined) }
  again()
  navigator.mediaDevices.addEventListener('devicechange', again)
  return () => {
    isOver = true
    navigator.mediaDevices.removeEventListener('devicechange', again)
  }
}
