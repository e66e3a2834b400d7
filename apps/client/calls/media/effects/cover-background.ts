/** Blurs or replaces what is behind somebody. All of the work is in a worker: frames go there and come back as streams. */
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { EffectFiles } from '../../../platform.ts'
import { CAMERA_FRAMES_PER_SECOND } from '../capture.ts'
import type { Background } from './backgrounds.ts'
import type { Effect } from './effect.ts'
import type { Backdrop, FromWorker, ToWorker } from './worker-messages.ts'

export interface BackgroundEffect extends Effect {
  change(background: Background, picture: Blob | null): Promise<void>
}

/** @see https://w3c.github.io/mediacapture-transform/ as Chromium has it, also in the page */
interface Breakout {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack, maxBufferSize: number }) => { readable: ReadableStream<VideoFrame> }
  MediaStreamTrackGenerator?: new (init: { kind: 'video' }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> }
}

/**
 * Its track is there at once; until the model is loaded it shows the backdrop and nobody, never the room.
 * @param onStopped it cannot go on: the caller closes it. `background-failed`, `background-too-slow`
 * @throws {ParleyError} `background-unsupported` (rejects)
 */
export async function coverBackground ({ camera, background, picture, files, onStopped }: {
  camera: MediaStreamTrack, background: Background, picture: Blob | null, files: EffectFiles, onStopped: (code: ErrorCode) => void
}): Promise<BackgroundEffect> {
  const { MediaStreamTrackProcessor: Processor, MediaStreamTrackGenerator: Generator } = globalThis as Breakout
  if (Processor === undefined || Generator === undefined) throw new ParleyError('background-unsupported')
  const backdrop = await toBackdrop(background, picture)
  const worker = files.spawnBackground()
  const send = (message: ToWorker, transfer: Transferable[] = []): void => worker.postMessage(message, transfer)
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.type !== 'seen') onStopped(data.type === 'too-slow' ? 'background-too-slow' : 'background-failed')
  })
  worker.addEventListener('error', () => onStopped('background-failed'))
  // One frame: a picture that is late is worth nothing when there is a newer one.
  const { readable: frames } = new Processor({ track: camera, maxBufferSize: 1 })
  const track = new Generator({ kind: 'video' })
  const { runtime, runtimeWasm, model } = files.segmenter
  const { frameRate: framesPerSecond = CAMERA_FRAMES_PER_SECOND } = camera.getSettings()
  send({ type: 'start', frames, framesPerSecond, covered: track.writable, backdrop, runtime, runtimeWasm, model }, [frames, track.writable])
  return {
    track,
    async change (next, nextPicture) { send({ type: 'change', backdrop: await toBackdrop(next, nextPicture) }) },
    close () {
      track.stop()
      worker.terminate()
    }
  }
}

async function toBackdrop (background: Background, picture: Blob | null): Promise<Backdrop> {
  return { background, picture: background === 'picture' && picture !== null ? await createImageBitmap(picture) : null }
}
