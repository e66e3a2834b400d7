import { useId, useState } from 'react'
import type { Self } from '#client'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSelf } from '../../hooks/use-self.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { useArrival } from '../devices/use-arrival.ts'
import { splitWords } from './pick-words.ts'
import './recovery.css'

/** After everything was lost: the twelve words make this device one of the same person again. */
export function RecoverDialog () {
  const words = useWords().self
  const self = useSelf()
  const { dialogs } = useUi()
  return (
    <Dialog title={words.recovery.recoverTitle} onClose={() => dialogs.close()}>
      {self === null ? <p className="dialog-text">{words.notYet}</p> : <RecoverForm self={self} onClose={() => dialogs.close()} />}
    </Dialog>
  )
}

function RecoverForm ({ self, onClose }: { self: Self, onClose: () => void }) {
  const words = useWords()
  const w = words.self.recovery
  const id = useId()
  const task = useTask()
  const arrive = useArrival()
  const [text, setText] = useState('')
  const phrase = splitWords(text)
  const submit = async (): Promise<void> => {
    await task.run(async () => {
      const { rooms } = await self.recover(phrase.join(' '))
      arrive(rooms)
    })
  }
  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
      <p className="dialog-text">{w.recoverText}</p>
      <div className="field field-words">
        <label htmlFor={id}>{w.words}</label>
        <textarea
          id={id} data-autofocus rows={4} autoComplete="off" autoCapitalize="none" spellCheck={false} value={text} readOnly={task.isBusy}
          aria-invalid={task.error !== null || undefined} aria-describedby={`${id}-note`} onChange={(event) => { setText(event.target.value); task.clear() }}
        />
        <div id={`${id}-note`} className="field-note">{task.error === null ? w.wordsHint(phrase.length) : <ErrorText error={task.error} />}</div>
      </div>
      <p className="muted" role="status">{task.isBusy && w.recovering}</p>
      <footer className="dialog-foot">
        <Button onClick={onClose}>{words.cancel}</Button>
        <Button kind="primary" type="submit" isBusy={task.isBusy} disabled={phrase.length === 0}>{w.recover}</Button>
      </footer>
    </form>
  )
}
