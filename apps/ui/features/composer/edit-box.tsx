import { useState } from 'react'
import { Check, Pencil, X } from 'lucide-react'
import type { Message } from '#client'
import type { EnvelopeId } from '#shared/ids.ts'
import { IconButton } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useWords } from '../../state/app-context.ts'
import { WritingBox } from './writing-box.tsx'

/** Rewrites one message: Enter saves, Esc leaves it as it was. */
export function EditBox ({ message, edit, onDone }: {
  message: Message, edit: (id: EnvelopeId, text: string) => Promise<void>, onDone: () => void
}) {
  const words = useWords().writing
  const [text, setText] = useState(message.text)
  const task = useTask()
  const save = async (): Promise<void> => {
    const next = text.trimEnd()
    if (next === message.text || await task.run(() => edit(message.id, next))) onDone()
  }
  return (
    <>
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="editing-strip">
        <Pencil size={14} aria-hidden /><span>{words.editing}</span>
        <IconButton label={words.editLeave} icon={<X size={16} aria-hidden />} onClick={onDone} />
      </div>
      <WritingBox
        label={words.editLabel} placeholder={words.editLabel} text={text} isDisabled={false} canSubmit={!task.isBusy} isFocused
        submitLabel={words.editSave} submitIcon={<Check size={18} aria-hidden />} foot={<span />} onSubmit={save}
        onChange={(next) => { setText(next); task.clear() }}
        onKey={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          event.stopPropagation()
          onDone()
        }}
      />
    </>
  )
}
