/** The worker's entry: the host starts it (`EffectFiles.spawnBackground`). Frames come in, and go out with the room covered. */
import { createCompositor } from './compositor.ts'
import { createPace, type Pace } from './pace.ts'
import { createSegmenter, type Segmenter } from './segmenter.ts'
import type { Backdrop, FromWorker, ToWorker } from './worker-messages.ts'

interface Port {
  postMessage(message: FromWorker): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void
}

const port = globalThis as unknown as Port
let backdrop: Backdrop = { background: 'blur', picture: null }
let segmenter: Segmenter | null = null

port.addEventListener('message', ({ data }) => {
  backdrop = data.backdrop
  if (data.type === 'change') return
  createSegmenter(data).then((loaded) => { segmenter = loaded }, () => port.postMessage({ type: 'failed' }))
  // The track that is written to ends when the page closes it: no fault.
  cover(data.frames.getReader(), data.covered.getWriter(), createPace(data.framesPerSecond)).catch(() => undefined)
})

async function cover (frames: ReadableStreamDefaultReader<VideoFrame>, covered: WritableStreamDefaultWriter<VideoFrame>, pace: Pace): Promise<void> {
  const compositor = createCompositor()
  let outline: OffscreenCanvas | null = null
  for (let nth = 0; ; nth++) {
    const { done, value: frame } = await frames.read()
    if (done) break
    const startedAt = performance.now()
    try {
      if (segmenter !== null && (outline === null || nth % pace.step.maskEvery === 0)) {
        const isFirst = outline === null
        outline = await segmenter.find(frame)
        if (isFirst) port.postMessage({ type: 'seen' })
      }
      const canvas = compositor.draw(frame, outline, backdrop, pace.step.scale)
      await covered.write(new VideoFrame(canvas, { timestamp: frame.timestamp }))
    } finally {
      frame.close()
    }
    if (outline !== null && pace.add(performance.now() - startedAt)) port.postMessage({ type: 'too-slow' })
  }
  await covered.close()
}
