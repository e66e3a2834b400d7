import { ParleyError } from '#shared/errors.ts'

/** Anything with a value and a way to hear of the next one: a signal, seen from here. */
interface Watchable<T> { readonly value: T, subscribe(listener: (value: T) => void): () => void }

/**
 * The first value of a signal that is as wanted, now or later.
 * @param options.timeoutMs default: no limit, which needs a `signal`
 * @throws {ParleyError} `timeout` or `aborted` (rejects)
 */
export function until<T> (source: Watchable<T>, isWanted: (value: T) => boolean, options: { timeoutMs?: number, signal?: AbortSignal }): Promise<T> {
  return new Promise((resolve, reject) => {
    const ends: (() => void)[] = []
    const end = (settle: () => void): void => {
      for (const one of ends.splice(0)) one()
      settle()
    }
    if (options.signal?.aborted === true) {
      reject(new ParleyError('aborted'))
      return
    }
    if (isWanted(source.value)) {
      resolve(source.value)
      return
    }
    // A signal calls back at once with the value that was looked at above.
    ends.push(source.subscribe((value) => { if (isWanted(value)) end(() => resolve(value)) }))
    const { timeoutMs, signal } = options
    if (timeoutMs !== undefined) {
      const timer = setTimeout(() => end(() => reject(new ParleyError('timeout'))), timeoutMs)
      ends.push(() => clearTimeout(timer))
    }
    if (signal !== undefined) {
      const abort = (): void => end(() => reject(new ParleyError('aborted')))
      signal.addEventListener('abort', abort, { once: true })
      ends.push(() => signal.removeEventListener('abort', abort))
    }
  })
}
