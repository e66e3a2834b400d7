/** Asks the browser for a device, and tells why there is none. */
import { ParleyError, type ErrorCode } from '#shared/errors.ts'

export interface MicrophoneChoice { deviceId: string | null, echoCancellation: boolean, noiseSuppression: boolean, autoGainControl: boolean }

/** What a camera is asked for, and taken to bring where it does not say. */
export const CAMERA_FRAMES_PER_SECOND = 30
const CAMERA: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: CAMERA_FRAMES_PER_SECOND, max: CAMERA_FRAMES_PER_SECOND } }

/** @throws {ParleyError} `microphone-denied`, `microphone-missing`, `microphone-busy` (rejects) */
export async function captureMicrophone ({ deviceId, ...processing }: MicrophoneChoice): Promise<MediaStreamTrack> {
  const stream = await capture('microphone', deviceId, (chosen) => ({ audio: { ...processing, ...chosen } }))
  const [track] = stream.getAudioTracks()
  if (track === undefined) throw new ParleyError('microphone-missing')
  return track
}

/** @throws {ParleyError} `camera-denied`, `camera-missing`, `camera-busy` (rejects) */
export async function captureCamera (deviceId: string | null): Promise<MediaStreamTrack> {
  const stream = await capture('camera', deviceId, (chosen) => ({ video: { ...CAMERA, ...chosen } }))
  const [track] = stream.getVideoTracks()
  if (track === undefined) throw new ParleyError('camera-missing')
  track.contentHint = 'motion'
  return track
}

/**
 * Asked for exactly: as a mere wish Chromium gives the default instead. Where the chosen one is not plugged in, the system's default comes.
 */
async function capture (what: 'microphone' | 'camera', deviceId: string | null, constraints: (chosen: MediaTrackConstraints) => MediaStreamConstraints): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(deviceId === null ? {} : { deviceId: { exact: deviceId } }))
  } catch (cause) {
    const code = codeOf(what, cause)
    if (deviceId !== null && code === `${what}-missing`) return await capture(what, null, constraints)
    throw new ParleyError(code, { cause })
  }
}

/** @see https://w3c.github.io/mediacapture-main/#dom-mediadevices-getusermedia */
function codeOf (what: 'microphone' | 'camera', cause: unknown): ErrorCode {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return `${what}-missing`
  if (name === 'NotReadableError' || name === 'AbortError') return `${what}-busy`
  return `${what}-denied`
}
