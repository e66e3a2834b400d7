/**
 * What the effects in calls cost: the files of the built web client, in a page without anything else. Sound is rendered as fast as it can be,
 * with RNNoise and without; pictures are handed to the worker of the background as fast as it takes them.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../scripts/lib/run.ts'
import type { FromWorker, ToWorker } from '../client/calls/media/effects/worker-messages.ts'
import { resultOf, type Bench } from './lib/report.ts'
import { openPage, openStage } from './lib/stage.ts'

const SOUND_GOAL_MS = 10, PICTURE_GOAL_MS = 33
const folder = join(root, 'out/web')

export const callEffects: Bench = {
  name: 'call-effects',
  summary: 'noise suppression per 10 ms of sound, background per picture of 1280 × 720',
  async run () {
    await using stage = await openStage()
    const { origin } = stage.node
    // Nothing else runs in this page: an address of the node that is ours.
    const page = await openPage(await stage.context(), `${origin}/bench-page`)
    const sound = await measureSound(page, origin)
    const picture = await measurePictures(page, origin)
    return [
      resultOf('call-noise-suppression-frame', sound, { goal: SOUND_GOAL_MS }),
      resultOf('call-background-frame', picture.frames, { goal: PICTURE_GOAL_MS }),
      { metric: 'call-background-full-size', unit: '%', value: picture.fullSizePercent },
      resultOf('call-background-ready', [picture.readyMs])
    ]
  }
}

/** A file of the build by its name and, where two have the same, by what it holds. */
function assetOf (origin: string, pattern: string, holds = ''): string {
  const found = globSync(`assets/${pattern}`, { cwd: folder }).find((file) => readFileSync(join(folder, file), 'latin1').includes(holds))
  if (found === undefined) throw new Error(`the build has no ${pattern}`)
  return `${origin}/${found}`
}

/** Milliseconds that RNNoise adds to 10 ms of sound; each sample is the mean over 10 s. */
async function measureSound (page: Page, origin: string): Promise<number[]> {
  const files = { worklet: assetOf(origin, 'workletProcessor-*.js', 'rnnoise'), wasm: assetOf(origin, 'rnnoise_simd-*.wasm') }
  return await page.evaluate(async ({ worklet, wasm }) => {
    const RATE = 48_000, SECONDS = 10, ROUNDS = 20
    const wasmBinary = await (await fetch(wasm)).arrayBuffer()
    const render = async (isSuppressed: boolean): Promise<number> => {
      const context = new OfflineAudioContext(1, RATE * SECONDS, RATE)
      await context.audioWorklet.addModule(worklet)
      const source = new AudioBufferSourceNode(context, { buffer: context.createBuffer(1, RATE * SECONDS, RATE) })
      const samples = source.buffer!.getChannelData(0)
      for (let n = 0; n < samples.length; n++) samples[n] = 0.1 * (Math.random() - 0.5) + 0.2 * Math.sin(n / 40) * Math.sin(n / 9000)
      const node = isSuppressed
        ? new AudioWorkletNode(context, '@sapphi-red/web-noise-suppressor/rnnoise', { processorOptions: { maxChannels: 1, wasmBinary } })
        : new GainNode(context)
      source.connect(node).connect(context.destination)
      source.start()
      // The processor makes its instance in its own time; what it gives before is silence.
      await new Promise((resolve) => { setTimeout(resolve, 300) })
      const startedAt = performance.now()
      const rendered = await context.startRendering()
      const ms = performance.now() - startedAt
      if (!rendered.getChannelData(0).subarray(RATE, 2 * RATE).some((sample) => sample !== 0)) throw new Error('nothing came out of the worklet')
      return ms
    }
    const costs: number[] = []
    for (let i = 0; i < ROUNDS; i++) costs.push((await render(true) - await render(false)) / (SECONDS * 100))
    return costs
  }, files)
}

/** Milliseconds from one covered picture to the next, while there is always one waiting. */
async function measurePictures (page: Page, origin: string): Promise<{ frames: number[], fullSizePercent: number, readyMs: number }> {
  const files = {
    worker: assetOf(origin, 'background-worker-*.js'), runtime: assetOf(origin, 'litert_*.js'), runtimeWasm: assetOf(origin, 'litert_*.wasm'), model: assetOf(origin, 'selfie_*.tflite')
  }
  return await page.evaluate(async ({ worker: address, ...rest }) => {
    const WIDTH = 1280, HEIGHT = 720, WARM_UP = 20, FRAMES = 300
    const pixels = crypto.getRandomValues(new Uint8Array(65_536))
    const picture = new Uint8Array(WIDTH * HEIGHT * 1.5).map((_, i) => pixels[i % 65_521]!)
    const startedAt = performance.now()
    const worker = new Worker(address)
    let timestamp = 0
    const frames = new ReadableStream<VideoFrame>({
      pull (controller) {
        controller.enqueue(new VideoFrame(picture, { format: 'I420', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: timestamp += 33_333 }))
      }
    })
    let readyMs = 0
    const arrivals: number[] = [], widths: number[] = []
    const done = Promise.withResolvers<undefined>()
    const covered = new WritableStream<VideoFrame>({
      write (frame) {
        const { displayWidth } = frame
        frame.close()
        if (readyMs > 0) widths.push(displayWidth)
        if (readyMs > 0 && arrivals.push(performance.now()) > WARM_UP + FRAMES) done.resolve(undefined)
      }
    })
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'seen') readyMs = performance.now() - startedAt
      if (data.type === 'failed') done.reject(new Error('the worker failed'))
    })
    const start: ToWorker = { type: 'start', framesPerSecond: 30, frames, covered, backdrop: { background: 'blur', picture: null }, ...rest }
    worker.postMessage(start, [frames, covered])
    await done.promise
    worker.terminate()
    const fullSizePercent = Math.round(100 * widths.filter((width) => width === WIDTH).length / widths.length)
    const intervals = arrivals.slice(1).map((at, i) => at - arrivals[i]!)
    return { frames: intervals.filter((_, i) => i >= WARM_UP && widths[i + 1] === WIDTH), fullSizePercent, readyMs }
  }, files)
}
