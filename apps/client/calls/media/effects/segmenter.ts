/**
 * Who is in the picture: MediaPipe's selfie model (landscape, 256 × 144) in LiteRT on the CPU.
 * @see docs/adr/0008-effects-in-calls.md
 */
import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core'

export const MASK_WIDTH = 256, MASK_HEIGHT = 144
/** Below it is background, above it somebody, in between an edge that is as soft as hair. */
const EDGE_FROM = 0.3, EDGE_TO = 0.7
/** How much of the last outline stays: without it the edge flickers. */
const INERTIA = 0.35

export interface Segmenter {
  /** The outline as the opacity of a picture of 256 × 144, the same object each time. */
  find(frame: VideoFrame): Promise<OffscreenCanvas>
}

/** In a classic worker: the runtime's loader is a script of the old kind. */
export async function createSegmenter (files: { runtime: string, runtimeWasm: string, model: string }): Promise<Segmenter> {
  // The model is small enough for the CPU; asking for a GPU device would wake the strong one of a laptop for nothing.
  Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true })
  // How the loader is told where its other file is: both have a hash in their name.
  Object.assign(globalThis, { Module: { locateFile: () => files.runtimeWasm } })
  await loadLiteRt(files.runtime)
  const model = await loadAndCompile(files.model, { accelerator: 'wasm' })

  const input = createContext()
  const output = createContext()
  const outline = new ImageData(MASK_WIDTH, MASK_HEIGHT)
  const pixels = new Float32Array(MASK_WIDTH * MASK_HEIGHT * 3)
  const before = new Float32Array(MASK_WIDTH * MASK_HEIGHT)
  return {
    async find (frame) {
      input.drawImage(frame, 0, 0, MASK_WIDTH, MASK_HEIGHT)
      const { data } = input.getImageData(0, 0, MASK_WIDTH, MASK_HEIGHT)
      for (let from = 0, to = 0; from < data.length; from += 4) {
        pixels[to++] = (data[from] ?? 0) / 255
        pixels[to++] = (data[from + 1] ?? 0) / 255
        pixels[to++] = (data[from + 2] ?? 0) / 255
      }
      const picture = new Tensor(pixels, [1, MASK_HEIGHT, MASK_WIDTH, 3])
      const [result] = await model.run(picture)
      picture.delete()
      if (result === undefined) throw new Error('a model without a result')
      const found = result.toTypedArray()
      result.delete()
      for (let i = 0; i < before.length; i++) {
        const now = Number(found[i]) * (1 - INERTIA) + (before[i] ?? 0) * INERTIA
        before[i] = now
        outline.data[i * 4 + 3] = 255 * smoothStep((now - EDGE_FROM) / (EDGE_TO - EDGE_FROM))
      }
      output.putImageData(outline, 0, 0)
      return output.canvas
    }
  }
}

function smoothStep (x: number): number {
  const bounded = Math.min(1, Math.max(0, x))
  return bounded * bounded * (3 - 2 * bounded)
}

function createContext (): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(MASK_WIDTH, MASK_HEIGHT).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no 2D canvas')
  return context
}
