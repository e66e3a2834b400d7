/**
 * What is done to a track before others get it: noise taken out of the microphone, the background of the camera blurred or replaced. Each
 * effect takes a track and makes another one; nothing of it is loaded before somebody switches it on, and a call never waits for it.
 *
 * Flow: `createLocalMedia` → `suppressNoise` (AudioWorklet) or `coverBackground` (a worker) → the track that is sent.
 */
export { coverBackground } from './cover-background.ts'
export { suppressNoise } from './suppress-noise.ts'
