import { useCallback } from 'react'
import { useLanguage, useUi } from '../state/app-context.ts'
import { toParleyError } from '../state/to-parley-error.ts'

/** Runs a command that has no form of its own to say how it failed: a notice says it. Answers whether it succeeded; never rejects. */
export function useAttempt (): (work: () => Promise<unknown>) => Promise<boolean> {
  const { notices } = useUi()
  const { errorWords } = useLanguage()
  return useCallback(async (work) => {
    try {
      await work()
      return true
    } catch (cause) {
      const { what, next } = errorWords(toParleyError(cause))
      notices.show({ kind: 'trouble', title: what, text: next })
      return false
    }
  }, [notices, errorWords])
}
