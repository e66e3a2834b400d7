import type { AuthorityAction, Room } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'
import './pending.css'

interface PendingNoteProps { room: Room, isOfThese: (action: AuthorityAction) => boolean }

/** Says, where an action was asked for, that it waits: the line above the conversation may be covered there. */
export function PendingNote ({ room, isOfThese }: PendingNoteProps) {
  const { kept } = useWords().pending
  const waits = useSignal(room.people.pending).some(({ action, state }) => state === 'waiting' && isOfThese(action))
  return <p className="muted pending-note" role="status">{waits && kept}</p>
}
