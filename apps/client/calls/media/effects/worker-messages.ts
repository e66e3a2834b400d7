/** What the page and the worker of the background say to each other. */
import type { Background } from './backgrounds.ts'

export interface Backdrop { background: Background, picture: ImageBitmap | null }

export type ToWorker =
  | { type: 'start', frames: ReadableStream<VideoFrame>, framesPerSecond: number, covered: WritableStream<VideoFrame>, backdrop: Backdrop, runtime: string, runtimeWasm: string, model: string }
  | { type: 'change', backdrop: Backdrop }

/** `seen`: the outline was found for the first time. */
export interface FromWorker { type: 'seen' | 'too-slow' | 'failed' }
