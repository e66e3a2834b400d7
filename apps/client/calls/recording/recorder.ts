/** One recording that runs: mixes, draws, encodes, and writes each piece to the disk as it comes. */
import { ParleyError } from '#shared/errors.ts'
import { createMix, type Mix } from './mix.ts'
import { canRecordPicture, createPicture, type Picture, type PictureSource } from './picture.ts'
import type { RecordingShelf, RecordingWriter } from './shelf.ts'

/** What a crash costs at most, beside the piece that is being written. */
export const PIECE_EVERY_MS = 2000
/** A disk that is this far behind does not catch up: stop before the memory is full. */
const UNWRITTEN_MAX = 15
const SOUND_BITRATE = 96_000
const PICTURE_BITRATE = 2_500_000
/** WebM, since it can be played as far as it goes. VP8, since encoding it leaves the most of the machine to the call. */
const SOUND_TYPE = 'audio/webm;codecs=opus'
const PICTURE_TYPE = 'video/webm;codecs=vp8,opus'

/** What this host can record. */
export function recordable (): 'nothing' | 'sound' | 'sound-and-picture' {
  const hasDisk = 'FileSystemFileHandle' in globalThis && 'createWritable' in FileSystemFileHandle.prototype
  if (!hasDisk || !('MediaRecorder' in globalThis) || !MediaRecorder.isTypeSupported(SOUND_TYPE)) return 'nothing'
  return canRecordPicture && MediaRecorder.isTypeSupported(PICTURE_TYPE) ? 'sound-and-picture' : 'sound'
}

export interface RecordedTracks { sound: readonly MediaStreamTrack[], pictures: readonly PictureSource[] }

export interface Recorder {
  /** What is recorded from now on. */
  set(tracks: RecordedTracks): void
  /** Resolves when all of it is on the disk. Idempotent. */
  stop(): Promise<void>
}

export interface RecorderOptions {
  shelf: RecordingShelf
  roomName: string
  hasPicture: boolean
  tracks: RecordedTracks
  onBytes: (bytes: number) => void
  /** It has ended: as asked for, or with what kept it from going on. What was written is kept. */
  onEnd: (trouble: ParleyError | null) => void
}

/** @throws {ParleyError} `recording-full`, `recording-failed` (rejects) */
export async function startRecorder (options: RecorderOptions): Promise<Recorder> {
  const { shelf, roomName, hasPicture, onBytes, onEnd } = options
  const mimeType = hasPicture ? PICTURE_TYPE : SOUND_TYPE
  const mix = createMix()
  const picture = hasPicture ? createPicture() : null
  show(mix, picture, options.tracks)
  const stream = new MediaStream([mix.track, ...picture === null ? [] : [picture.track]])
  const encoder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: SOUND_BITRATE, videoBitsPerSecond: PICTURE_BITRATE })
  const closeTracks = (): void => {
    mix.close()
    picture?.close()
  }
  // Last before it starts: how long the recording is follows from these times.
  const writer = await shelf.begin({ roomName, startedAt: Date.now(), mimeType }).catch((error: unknown) => {
    closeTracks()
    throw toTrouble(error)
  })

  let trouble: ParleyError | null = null
  const halt = (error: unknown): void => {
    trouble ??= toTrouble(error)
    if (encoder.state !== 'inactive') encoder.stop()
  }
  const queue = createQueue(writer, onBytes, halt)
  const ended = new Promise<void>((resolve) => {
    encoder.addEventListener('dataavailable', ({ data }) => { if (data.size > 0) queue.add(data) })
    encoder.addEventListener('error', halt)
    encoder.addEventListener('stop', () => {
      closeTracks()
      queue.end(Date.now()).then(() => {
        onEnd(trouble)
        resolve()
      }, () => resolve())
    })
  })
  encoder.start(PIECE_EVERY_MS)
  return {
    set: (tracks) => show(mix, picture, tracks),
    async stop () {
      if (encoder.state !== 'inactive') encoder.stop()
      await ended
    }
  }
}

function show (mix: Mix, picture: Picture | null, { sound, pictures }: RecordedTracks): void {
  mix.set(sound)
  picture?.set(pictures)
}

interface Queue { add(piece: Blob): void, end(at: number): Promise<void> }

/** Pieces one after another; after one that could not be written none is, since a recording with a hole cannot be played. */
function createQueue (writer: RecordingWriter, onBytes: (bytes: number) => void, onFailed: (error: unknown) => void): Queue {
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  let bytes = 0
  let isOver = false
  const fail = (error: unknown): void => {
    if (isOver) return
    isOver = true
    onFailed(error)
  }
  return {
    add (piece) {
      if (waiting >= UNWRITTEN_MAX) fail(new Error('the disk is too slow'))
      if (isOver) return
      waiting++
      last = last.then(async () => {
        if (isOver) return
        await writer.append(piece)
        bytes += piece.size
        onBytes(bytes)
      }).catch(fail).finally(() => { waiting-- })
    },
    async end (at) {
      await last
      // On a full disk even this may fail: the recording is then offered as an unfinished one.
      await writer.end(at).catch(() => undefined)
    }
  }
}

const toTrouble = (cause: unknown): ParleyError =>
  cause instanceof ParleyError ? cause : new ParleyError(cause instanceof DOMException && cause.name === 'QuotaExceededError' ? 'recording-full' : 'recording-failed', { cause })
