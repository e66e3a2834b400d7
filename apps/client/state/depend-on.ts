import type { ReadonlySignal } from '@preact/signals-core'

/** Makes a computed value or an effect run again when `signal` changes, where its value says only that something else has changed. */
export const dependOn = (signal: ReadonlySignal<unknown>): unknown => signal.value
