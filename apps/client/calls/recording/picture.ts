/**
 * Many pictures as one track: the newest frame of each is drawn into a grid. The frames themselves set the pace, not the page's drawing, so
 * that it goes on while the window is hidden. Where the browser gives no frames to a program there is no picture to record.
 * @see https://w3c.github.io/mediacapture-transform/
 */
import { fitInto, gridOf } from './layout.ts'

export interface PictureSource { key: string, name: string, track: MediaStreamTrack | null }

export interface Picture {
  readonly track: MediaStreamTrack
  set(sources: readonly PictureSource[]): void
  close(): void
}

/** Not among the types of TypeScript: Chromium has them in the page, others have none or have them in workers only. */
interface Transform {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack, maxBufferSize: number }) => { readable: ReadableStream<VideoFrame> }
  MediaStreamTrackGenerator?: new (init: { kind: 'video' }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> }
}
const { MediaStreamTrackProcessor, MediaStreamTrackGenerator } = globalThis as Transform

export const canRecordPicture = MediaStreamTrackProcessor !== undefined && MediaStreamTrackGenerator !== undefined

/** Text on a shared screen can be read, and a machine that is in a call besides can encode it. */
const SIZE = { width: 1280, height: 720 }
const FRAME_EVERY_MS = 1000 / 15
/** A still picture is told again this often, so that the recording has no hole. */
const REPEAT_EVERY_MS = 500

interface Input { source: PictureSource, frame: VideoFrame | null, stop: () => void }

export function createPicture (): Picture {
  if (MediaStreamTrackGenerator === undefined) throw new Error('no picture can be recorded here')
  const generator = new MediaStreamTrackGenerator({ kind: 'video' })
  const writer = generator.writable.getWriter()
  const canvas = new OffscreenCanvas(SIZE.width, SIZE.height)
  const context = canvas.getContext('2d', { alpha: false })
  if (context === null) throw new Error('a canvas draws')
  let inputs: Input[] = []
  let drawnAt = -Infinity
  let isClosed = false

  const draw = (): void => {
    const now = performance.now()
    // A little early is in time: frames do not come on the dot.
    if (isClosed || now - drawnAt < FRAME_EVERY_MS - 8 || (writer.desiredSize ?? 0) <= 0) return
    drawnAt = now
    drawAll(context, inputs)
    const frame = new VideoFrame(canvas, { timestamp: Math.round(now * 1000) })
    writer.write(frame).catch(() => frame.close())
  }
  const repeat = setInterval(() => { if (performance.now() - drawnAt >= REPEAT_EVERY_MS) draw() }, REPEAT_EVERY_MS)

  return {
    track: generator,
    set (sources) {
      const before = inputs
      inputs = sources.map((source) => {
        const same = before.find((input) => input.source.key === source.key && input.source.track === source.track)
        if (same !== undefined) return { ...same, source }
        const input: Input = { source, frame: null, stop: () => {} }
        if (source.track !== null) input.stop = readFrames(source.track, (frame) => {
          const current = inputs.find(({ source: { key, track } }) => key === source.key && track === source.track)
          if (current === undefined) { frame.close(); return }
          current.frame?.close()
          current.frame = frame
          draw()
        })
        return input
      })
      for (const input of before) {
        if (inputs.some(({ stop }) => stop === input.stop)) continue
        input.stop()
        input.frame?.close()
      }
    },
    close () {
      isClosed = true
      clearInterval(repeat)
      for (const { stop, frame } of inputs.splice(0)) {
        stop()
        frame?.close()
      }
      writer.close().catch(() => undefined)
      generator.stop()
    }
  }
}

function readFrames (track: MediaStreamTrack, onFrame: (frame: VideoFrame) => void): () => void {
  if (MediaStreamTrackProcessor === undefined) return () => {}
  // A clone, since the processor must not hold what the call switches off.
  const own = track.clone()
  const reader = new MediaStreamTrackProcessor({ track: own, maxBufferSize: 1 }).readable.getReader()
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      onFrame(value)
    }
  }
  read().catch(() => undefined)
  return () => {
    reader.cancel().catch(() => undefined)
    own.stop()
  }
}

function drawAll (context: OffscreenCanvasRenderingContext2D, inputs: readonly Input[]): void {
  context.fillStyle = '#17181b'
  context.fillRect(0, 0, SIZE.width, SIZE.height)
  const boxes = gridOf(inputs.length, SIZE)
  context.font = '20px sans-serif'
  context.textBaseline = 'bottom'
  for (const [nth, { source, frame }] of inputs.entries()) {
    const box = boxes[nth]
    if (box === undefined) continue
    if (frame !== null) {
      const { x, y, width, height } = fitInto(box, { width: frame.displayWidth, height: frame.displayHeight })
      context.drawImage(frame, x, y, width, height)
    }
    context.fillStyle = '#ffffff'
    context.fillText(source.name, box.x + 12, box.y + box.height - 8, box.width - 24)
  }
}
