import { useId, type ReactNode } from 'react'
import type { Task } from '../hooks/use-task.ts'
import { useWords } from '../state/app-context.ts'
import { Button } from './button.tsx'
import { ErrorText } from './error-text.tsx'
import { focusOnMount } from './focus-on-mount.ts'
import './ask.css'

interface AskProps {
  title: string
  children: ReactNode
  confirm: string
  /** What cannot be taken back is asked in red. */
  kind?: 'danger' | 'primary'
  task: Task
  onConfirm: () => Promise<unknown>
  onCancel: () => void
}

/** A question in the place of the button that asks it. The focus goes to the way back. */
export function Ask ({ title, children, confirm, kind = 'danger', task, onConfirm, onCancel }: AskProps) {
  const words = useWords()
  const id = useId()
  return (
    <section className={`ask ask-${kind}`} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <p>{children}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="dialog-foot">
        <Button ref={focusOnMount} onClick={onCancel}>{words.cancel}</Button>
        <Button kind={kind} isBusy={task.isBusy} onClick={onConfirm}>{confirm}</Button>
      </div>
    </section>
  )
}
