import { useState, type ReactNode } from 'react'
import { Lock } from 'lucide-react'
import type { Room, RoomPolicy } from '#client'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useWords } from '../../state/app-context.ts'
import { PendingNote } from '../pending/pending-note.tsx'

interface PolicyFormProps {
  room: Room
  /** The fields that differ from what holds; null while what is chosen cannot be saved. */
  change: Partial<RoomPolicy> | null
  /** It takes something from others and asks first. */
  mustAsk?: boolean
  children: ReactNode
}

/** Saves a change of the policy by a button, so that nobody changes a room by looking at it. */
export function PolicyForm ({ room, change, mustAsk = false, children }: PolicyFormProps) {
  const words = useWords().roomSettings
  const save = useSignal(room.settings.changePolicy)
  const task = useTask()
  const [isSaved, setSaved] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const isChanged = change === null || Object.keys(change).length > 0
  const run = async (): Promise<void> => {
    if (save === null || change === null) return
    await save(change)
    setSaved(true)
  }
  return (
    <form
      noValidate className="policy" onChange={() => setSaved(false)}
      onSubmit={async (event) => {
        event.preventDefault()
        if (change === null) return
        if (mustAsk) setAsking(true)
        else await task.run(run)
      }}
    >
      {children}
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="policy-foot">
        <Button kind="primary" type="submit" isBusy={task.isBusy} disabled={!isChanged || change === null || save === null}>{words.save}</Button>
        <p className="saved" role="status">{isSaved && !isChanged && words.saved}</p>
      </div>
      <PendingNote room={room} isOfThese={(action) => action.type === 'policy' && Object.keys(change ?? {}).some((field) => field in action.change)} />
      {isAsking && (
        <AskDialog title={words.eraseAskTitle} confirm={words.eraseConfirm} onConfirm={run} onClose={() => setAsking(false)}><p>{words.eraseAskText}</p></AskDialog>
      )}
    </form>
  )
}

/** Why the fields beside it cannot be changed. */
export function ReadOnly ({ children }: { children: string }) {
  return <p className="read-only"><Lock size={15} aria-hidden /> {children}</p>
}

/** What somebody who may not change it is told instead of a field. */
export function Fact ({ label, value }: { label: string, value: string }) {
  return <div className="fact"><dt>{label}</dt><dd>{value}</dd></div>
}
