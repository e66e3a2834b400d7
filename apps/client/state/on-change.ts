import { effect, type ReadonlySignal } from '@preact/signals-core'
import { dependOn } from './depend-on.ts'

/** Tells of every change of `signal`, not of the value there is. Answers the end. */
export function onChange (signal: ReadonlySignal<unknown>, listener: () => void): () => void {
  let isFirst = true
  return effect(() => {
    dependOn(signal)
    if (!isFirst) listener()
    isFirst = false
  })
}
