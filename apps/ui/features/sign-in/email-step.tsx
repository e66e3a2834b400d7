import { useEffect, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useWords } from '../../state/app-context.ts'
import type { SentCode } from './code-step.tsx'

/** What someone without an account has to know before they ask for a code; null where everyone may have one, or it is not known. */
function useNewcomersNote (hasPass: boolean): string | null {
  const { signIn } = useClient()
  const words = useWords().signIn.newcomers
  const [registration, setRegistration] = useState<Awaited<ReturnType<typeof signIn.registration>>>(null)
  useEffect(() => {
    let isGone = false
    signIn.registration().then((kind) => { if (!isGone) setRegistration(kind) }, () => undefined)
    return () => { isGone = true }
  }, [signIn])
  if (registration === null || registration === 'open' || (registration === 'invite' && hasPass)) return null
  return words[registration]
}

/**
 * @param hasPass whether the link by which someone came lets newcomers have an account
 * @param isAgain inside a dialog that has the title, by somebody who has been here before
 */
export function EmailStep ({ hasPass, isAgain = false, onSent }: { hasPass: boolean, isAgain?: boolean, onSent: (sent: SentCode) => void }) {
  const words = useWords().signIn
  const { signIn } = useClient()
  const task = useTask()
  const [email, setEmail] = useState('')
  const note = useNewcomersNote(hasPass)

  const submit = async (): Promise<void> => {
    const address = email.trim()
    await task.run(async () => {
      const answer = await signIn.requestCode(address)
      onSent({ email: address, retryAt: Date.now() + answer.retryInMs, devMailUrl: answer.devMailUrl })
    })
  }

  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
      {!isAgain && <h1>{words.title}</h1>}
      <p className="sign-in-text">{isAgain ? words.againIntro : words.intro}</p>
      {note !== null && !isAgain && <p className="sign-in-note" role="note">{note}</p>}
      <Field
        label={words.email} type="email" name="email" autoComplete="email" inputMode="email" placeholder={words.emailHint} spellCheck={false}
        isFirst value={email} error={task.error} onChange={(event) => { setEmail(event.target.value); task.clear() }}
      />
      <Button kind="primary" type="submit" isBusy={task.isBusy} className="button-full">{words.sendCode}</Button>
    </form>
  )
}
