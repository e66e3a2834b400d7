import { useState } from 'react'
import { Inbox } from 'lucide-react'
import { CODE_DIGITS } from '#shared/limits.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'

export interface SentCode {
  email: string
  /** Unix ms from which another code may be asked for. */
  retryAt: number
  /** The node's own inbox, on a node without mail. */
  devMailUrl: string | null
}

/** @param isAgain inside a dialog that has the title */
export function CodeStep ({ sent, isAgain = false, onSent, onBack }: { sent: SentCode, isAgain?: boolean, onSent: (sent: SentCode) => void, onBack: () => void }) {
  const words = useWords().signIn
  const { signIn } = useClient()
  const task = useTask()
  const link = useSignal(useUi().joining.pendingLink)
  const now = useNow(1000)
  const [code, setCode] = useState('')
  const [wasResent, setResent] = useState(false)
  const waitSeconds = Math.max(0, Math.ceil((sent.retryAt - now) / 1000))

  const submit = (): Promise<boolean> => task.run(() => signIn.verifyCode(sent.email, code, link))
  const resend = async (): Promise<void> => {
    await task.run(async () => {
      const answer = await signIn.requestCode(sent.email)
      onSent({ ...sent, retryAt: Date.now() + answer.retryInMs, devMailUrl: answer.devMailUrl })
      setCode('')
      setResent(true)
    })
  }

  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
      {!isAgain && <h1>{words.codeTitle}</h1>}
      <p className="sign-in-text" role="status">{wasResent ? words.resent : words.codeSentTo(sent.email)}</p>
      {sent.devMailUrl !== null && (
        <p className="sign-in-dev">
          <Inbox size={16} aria-hidden />
          <span>{words.devInboxHint} <a href={sent.devMailUrl} target="_blank" rel="noopener noreferrer">{words.devInbox}</a></span>
        </p>
      )}
      <Field
        className="field-code" label={words.code} name="code" inputMode="numeric" autoComplete="one-time-code" spellCheck={false} isFirst
        placeholder={'0'.repeat(CODE_DIGITS)} value={code} error={task.error}
        // People paste "123 456" or a whole sentence of the mail: only its digits count.
        onChange={(event) => { setCode(event.target.value.replace(/\D/g, '').slice(0, CODE_DIGITS)); task.clear() }}
      />
      <Button kind="primary" type="submit" isBusy={task.isBusy} disabled={code.length < CODE_DIGITS} className="button-full">{words.submit}</Button>
      <div className="sign-in-links">
        <button type="button" className="text-button" onClick={onBack}>{words.otherEmail}</button>
        {waitSeconds > 0
          ? <span className="muted">{words.resendIn(waitSeconds)}</span>
          : <button type="button" className="text-button" onClick={() => resend()}>{words.resend}</button>}
      </div>
    </form>
  )
}
