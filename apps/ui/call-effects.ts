/** The files of the effects in calls, named by the bundler, for every host that is a page. Loaded when an effect is switched on. */
import type { EffectFiles } from '#client'
import runtimeWasm from '@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url'
import runtime from '@litertjs/core/wasm/litert_wasm_compat_internal.js?url'
import model from '@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url'
import noiseModel from '@sapphi-red/web-noise-suppressor/rnnoise.wasm?url'
import noiseModelSimd from '@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url'
import noiseWorklet from '@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url'

export const effectFiles: EffectFiles = {
  noiseWorklet, noiseModel, noiseModelSimd,
  // A classic worker: the loader of the model's runtime is no module.
  spawnBackground: () => new Worker(new URL('../client/calls/media/effects/background-worker.ts', import.meta.url), { name: 'parley-background' }),
  segmenter: { runtime, runtimeWasm, model }
}
