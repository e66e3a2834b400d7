import type { Self } from '#client'
import { useClient } from '../state/app-context.ts'
import { useSignal } from './use-signal.ts'

/** What belongs to the person; null while signed out or being opened. */
export const useSelf = (): Self | null => useSignal(useClient().self)
