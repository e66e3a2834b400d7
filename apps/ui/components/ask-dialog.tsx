import type { ReactNode } from 'react'
import { useTask } from '../hooks/use-task.ts'
import { useWords } from '../state/app-context.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { ErrorText } from './error-text.tsx'

interface AskDialogProps {
  /** The question. */
  title: string
  /** What it does, in sentences. */
  children: ReactNode
  confirm: string
  isDanger?: boolean
  /** Closes by itself when it succeeds; what went wrong is shown in it. */
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** Asks before something that cannot be taken back. */
export function AskDialog ({ title, children, confirm, isDanger = true, onConfirm, onClose }: AskDialogProps) {
  const words = useWords()
  const task = useTask()
  const run = async (): Promise<void> => { if (await task.run(onConfirm)) onClose() }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="dialog-ask">{children}</div>
      {task.error !== null && <ErrorText error={task.error} />}
      <footer className="dialog-foot">
        <Button data-autofocus onClick={onClose}>{words.cancel}</Button>
        <Button kind={isDanger ? 'danger' : 'primary'} isBusy={task.isBusy} onClick={run}>{confirm}</Button>
      </footer>
    </Dialog>
  )
}
