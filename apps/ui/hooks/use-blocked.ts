import { signal } from '@preact/signals-core'
import type { Client } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { useClient } from '../state/app-context.ts'
import { useSignal } from './use-signal.ts'

const NOBODY = signal<ReadonlySet<UserKey>>(new Set())

/** Whom this person has blocked. */
export function useBlocked (): ReadonlySet<UserKey> {
  const privacy = useSignal(useClient().privacy)
  return useSignal(privacy?.blocked ?? NOBODY)
}

/** The same for what happens once. */
export const isBlocked = ({ privacy }: Client, user: UserKey | null): boolean => user !== null && privacy.value?.blocked.value.has(user) === true
