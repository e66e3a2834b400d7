import { useCallback, useState } from 'react'
import { toParleyError } from '../state/to-parley-error.ts'
import type { ParleyError } from '#shared/errors.ts'

export interface Task {
  isBusy: boolean
  /** Why the last run failed; null while running and after a success. */
  error: ParleyError | null
  /** Runs `work` unless it is running already. Answers whether it succeeded; never rejects. */
  run (work: () => Promise<unknown>): Promise<boolean>
  clear (): void
}

/** One command of a form: whether it runs and how it failed, so that every form shows both in the same way. */
export function useTask (): Task {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<ParleyError | null>(null)
  const run = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true)
    setError(null)
    try {
      await work()
      return true
    } catch (cause) {
      setError(toParleyError(cause))
      return false
    } finally {
      setBusy(false)
    }
  }, [])
  const clear = useCallback(() => { setError(null) }, [])
  return { isBusy, error, run, clear }
}
