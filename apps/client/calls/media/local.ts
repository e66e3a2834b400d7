/** What this device sends: microphone, camera, screen. Tracks are made when they are switched on and stopped when they are switched off. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { Section, Tracks } from './connection.ts'

export interface MicrophoneChoice { deviceId: string | null, echoCancellation: boolean, noiseSuppression: boolean, autoGainControl: boolean }

export interface LocalMedia {
  readonly tracks: ReadonlySignal<Tracks>
  /** @throws {ParleyError} `microphone-denied`, `microphone-missing`, `microphone-busy` (rejects) */
  openMicrophone(choice: MicrophoneChoice): Promise<void>
  /** Silence without giving the microphone back, so that speaking again is instant. */
  setMuted(isMuted: boolean): void
  /** @throws {ParleyError} `camera-denied`, `camera-missing`, `camera-busy` (rejects) */
  openCamera(deviceId: string | null): Promise<void>
  closeCamera(): void
  /** Answers false when the person has chosen nothing. `detail`: sharp text rather than smooth motion. */
  openScreen(content: 'detail' | 'motion'): Promise<boolean>
  closeScreen(): void
  close(): void
}

const NONE: Tracks = { microphone: null, camera: null, screen: null, screenSound: null }
const CAMERA: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } }

/** @param onLost a track ended by itself: a device was unplugged, or sharing was ended in the browser's own bar */
export function createLocalMedia ({ onLost }: { onLost: (section: Section) => void }): LocalMedia {
  const tracks = signal<Tracks>(NONE)

  const set = (section: Section, track: MediaStreamTrack | null): void => {
    const before = tracks.peek()[section]
    if (before === track) return
    before?.stop()
    tracks.value = { ...tracks.peek(), [section]: track }
    track?.addEventListener('ended', () => {
      if (tracks.peek()[section] !== track) return
      tracks.value = { ...tracks.peek(), [section]: null }
      onLost(section)
    })
  }

  return {
    tracks,
    async openMicrophone ({ deviceId, ...processing }) {
      const constraints = { ...processing, ...(deviceId !== null && { deviceId: { ideal: deviceId } }) }
      const stream = await capture('microphone', async () => await navigator.mediaDevices.getUserMedia({ audio: constraints }))
      const wasEnabled = tracks.peek().microphone?.enabled ?? true
      const [track] = stream.getAudioTracks()
      if (track === undefined) throw new ParleyError('microphone-missing')
      track.enabled = wasEnabled
      set('microphone', track)
    },
    setMuted (isMuted) {
      const track = tracks.peek().microphone
      if (track !== null) track.enabled = !isMuted
    },
    async openCamera (deviceId) {
      const stream = await capture('camera', async () =>
        await navigator.mediaDevices.getUserMedia({ video: { ...CAMERA, ...(deviceId !== null && { deviceId: { ideal: deviceId } }) } }))
      const [track] = stream.getVideoTracks()
      if (track === undefined) throw new ParleyError('camera-missing')
      track.contentHint = 'motion'
      set('camera', track)
    },
    closeCamera: () => set('camera', null),
    async openScreen (content) {
      let stream: MediaStream
      try {
        stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 30 } }, audio: true })
      } catch (cause) {
        // Closing the picker is a choice, not a fault.
        if (cause instanceof DOMException && (cause.name === 'NotAllowedError' || cause.name === 'AbortError')) return false
        throw new ParleyError('screen-failed', { cause })
      }
      const [video] = stream.getVideoTracks()
      if (video === undefined) return false
      video.contentHint = content
      set('screen', video)
      set('screenSound', stream.getAudioTracks()[0] ?? null)
      return true
    },
    closeScreen () {
      set('screen', null)
      set('screenSound', null)
    },
    close () {
      for (const section of ['microphone', 'camera', 'screen', 'screenSound'] as const) set(section, null)
    }
  }
}

async function capture (what: 'microphone' | 'camera', open: () => Promise<MediaStream>): Promise<MediaStream> {
  try {
    return await open()
  } catch (cause) {
    throw new ParleyError(codeOf(what, cause), { cause })
  }
}

/** @see https://w3c.github.io/mediacapture-main/#dom-mediadevices-getusermedia */
function codeOf (what: 'microphone' | 'camera', cause: unknown): ErrorCode {
  const name = cause instanceof DOMException ? cause.name : ''
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return `${what}-missing`
  if (name === 'NotReadableError' || name === 'AbortError') return `${what}-busy`
  return `${what}-denied`
}
