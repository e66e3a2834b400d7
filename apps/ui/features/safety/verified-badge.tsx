import { useMemo } from 'react'
import { BadgeCheck, ShieldAlert } from 'lucide-react'
import type { UserKey } from '#shared/ids.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useWords } from '../../state/app-context.ts'
import { hasOtherKey, isVerified } from './known-people.ts'
import './safety.css'

/** Beside a name: that its safety number was compared, or that the name of a compared one is worn by another key. */
export function VerifiedBadge ({ user }: { user: UserKey }) {
  const words = useWords().self.safety
  const client = useClient()
  const isChecked = useSignal(useMemo(() => isVerified(client, user), [client, user]))
  const isOther = useSignal(useMemo(() => hasOtherKey(client, user), [client, user]))
  if (isChecked) return <span className="badge-verified" role="img" aria-label={words.verified} title={words.verified}><BadgeCheck size={14} aria-hidden /></span>
  if (isOther) return <span className="badge-other-key" role="img" aria-label={words.otherKey} title={words.otherKey}><ShieldAlert size={14} aria-hidden /></span>
  return null
}
