/** The longest time a timer can be set for; a longer wait is made of several. */
export const TIMER_MAX_MS = 2 ** 31 - 1

/** The lifetime of something: what was made in it ends with it, in reverse order. */
export interface Scope {
  readonly signal: AbortSignal
  /** Registers an end. When the scope has ended already, it is run at once. */
  defer(end: () => void): void
  /** Runs `job` after `delayMs` unless the scope ends before. Answers cancel. */
  later(delayMs: number, job: () => void): () => void
  /** Runs an async job whose failure must not stop anything; `onError` is told. */
  run(job: Promise<unknown>): void
  end(): void
}

export function createScope (onError: (error: unknown) => void): Scope {
  const controller = new AbortController()
  const ends: (() => void)[] = []
  return {
    signal: controller.signal,
    defer (end) {
      if (controller.signal.aborted) end()
      else ends.push(end)
    },
    later (delayMs, job) {
      if (controller.signal.aborted) return () => {}
      const cancel = (): void => clearTimeout(timer)
      const timer = setTimeout(() => {
        // A scope may live for days and set a timer every second: what has run leaves nothing behind.
        controller.signal.removeEventListener('abort', cancel)
        job()
      }, delayMs)
      controller.signal.addEventListener('abort', cancel, { once: true })
      return () => {
        cancel()
        controller.signal.removeEventListener('abort', cancel)
      }
    },
    run (job) {
      job.catch((error: unknown) => { if (!controller.signal.aborted) onError(error) })
    },
    end () {
      controller.abort()
      for (const end of ends.splice(0).reverse()) end()
    }
  }
}
