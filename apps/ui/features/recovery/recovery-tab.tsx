import { useState } from 'react'
import { Printer } from 'lucide-react'
import type { Self } from '#client'
import { Ask } from '../../components/ask.tsx'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSelf } from '../../hooks/use-self.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useLanguage, useWords } from '../../state/app-context.ts'
import { WordCheck } from './word-check.tsx'
import './recovery.css'

/** The twelve words: shown after a question, confirmed by typing two of them. */
export function RecoveryTab () {
  const words = useWords().self
  const self = useSelf()
  return self === null ? <p className="muted">{words.notYet}</p> : <Recovery self={self} />
}

function Recovery ({ self }: { self: Self }) {
  const { words: all, moment } = useLanguage()
  const words = all.self.recovery
  const read = useSignal(self.recoveryWords)
  const confirmedAt = useSignal(self.recoveryConfirmedAt)
  const now = useNow(60_000)
  const task = useTask()
  const [step, setStep] = useState<'closed' | 'asking' | 'open' | 'checking'>('closed')
  const [phrase, setPhrase] = useState<readonly string[]>([])
  const hide = (): void => {
    setPhrase([])
    setStep('closed')
  }
  const open = (): Promise<boolean> => task.run(async () => {
    if (read === null) return
    setPhrase(await read())
    setStep('open')
  })

  if (read === null) return <p className="muted">{words.notHere}</p>
  return (
    <>
      <p className="recovery-intro">{words.intro}</p>
      <p className={confirmedAt === null ? 'recovery-open' : 'recovery-confirmed'} role="status">
        {confirmedAt === null ? words.unconfirmed : words.confirmed(moment(confirmedAt, now))}
      </p>
      {step === 'closed' && <Button kind="primary" onClick={() => setStep('asking')}>{words.show}</Button>}
      {step === 'asking' && (
        <Ask title={words.askTitle} confirm={words.askConfirm} kind="primary" task={task} onConfirm={open} onCancel={hide}>{words.askText}</Ask>
      )}
      {step === 'open' && <Words phrase={phrase} onHide={hide} onWritten={() => setStep('checking')} />}
      {step === 'checking' && (
        <WordCheck phrase={phrase} onBack={() => setStep('open')} onRight={async () => { if (await task.run(() => self.confirmRecoveryWords())) hide() }} task={task} />
      )}
    </>
  )
}

function Words ({ phrase, onHide, onWritten }: { phrase: readonly string[], onHide: () => void, onWritten: () => void }) {
  const words = useWords().self.recovery
  return (
    <>
      <div className="recovery-paper">
        <h3>{words.paper}</h3>
        <ol className="recovery-words" aria-label={words.list}>{phrase.map((word, at) => <li key={at}>{word}</li>)}</ol>
      </div>
      <div className="recovery-actions">
        <CopyButton text={phrase.join(' ')} />
        <Button icon={<Printer size={16} aria-hidden />} onClick={() => window.print()}>{words.print}</Button>
        <Button kind="quiet" onClick={onHide}>{words.hide}</Button>
        <Button kind="primary" onClick={onWritten}>{words.written}</Button>
      </div>
    </>
  )
}
