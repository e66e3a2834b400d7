import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Field } from '../../components/field.tsx'
import type { Task } from '../../hooks/use-task.ts'
import { useWords } from '../../state/app-context.ts'
import { firstWrong, pickTwo } from './pick-words.ts'

/** Asks for two of the words: whoever only clicked on has not written them down. */
export function WordCheck ({ phrase, task, onBack, onRight }: { phrase: readonly string[], task: Task, onBack: () => void, onRight: () => Promise<void> }) {
  const words = useWords().self.recovery
  const [asked] = useState(() => pickTwo(phrase.length))
  const [typed, setTyped] = useState<readonly string[]>(['', ''])
  const [wrong, setWrong] = useState<number | null>(null)
  const submit = async (): Promise<void> => {
    const found = firstWrong(phrase, asked, typed)
    setWrong(found)
    if (found === null) await onRight()
  }
  return (
    <form className="recovery-check" noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
      <h3>{words.checkTitle}</h3>
      <div className="recovery-asked">
        {asked.map((at, index) => (
          <Field
            key={at} label={words.word(at + 1)} isFirst={index === 0} autoComplete="off" autoCapitalize="none" spellCheck={false} value={typed[index] ?? ''}
            aria-invalid={wrong === at || undefined}
            onChange={(event) => { setTyped(typed.map((one, i) => i === index ? event.target.value : one)); setWrong(null) }}
          />
        ))}
      </div>
      <p className="error-text" role="alert">{wrong !== null && words.wrongWord(wrong + 1)}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="recovery-actions">
        <Button onClick={onBack}>{words.backToWords}</Button>
        <Button kind="primary" type="submit" isBusy={task.isBusy}>{words.check}</Button>
      </div>
    </form>
  )
}
