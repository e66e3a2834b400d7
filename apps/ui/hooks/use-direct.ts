import { useMemo } from 'react'
import type { UserKey } from '#shared/ids.ts'
import { useClient, useUi } from '../state/app-context.ts'
import { useAttempt } from './use-attempt.ts'
import { useSignal } from './use-signal.ts'

/** Opens the direct conversation with somebody and goes there; null while that is impossible. */
export function useDirect (): ((user: UserKey) => Promise<boolean>) | null {
  const { navigation, dialogs } = useUi()
  const open = useSignal(useClient().openDirect)
  const attempt = useAttempt()
  return useMemo(() => open === null ? null : (user) => attempt(async () => {
    const tag = await open(user)
    dialogs.setMemberSheet(false)
    navigation.go({ page: 'room', tag })
  }), [open, attempt, dialogs, navigation])
}
