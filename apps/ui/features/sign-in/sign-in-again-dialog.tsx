import { useEffect, useState } from 'react'
import { Dialog } from '../../components/dialog.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { CodeStep, type SentCode } from './code-step.tsx'
import { EmailStep } from './email-step.tsx'
import './sign-in.css'

/** For a device whose passport the node takes no more: a new one by e-mail and code, over the rooms that are here. */
export function SignInAgainDialog () {
  const words = useWords().signIn
  const { dialogs } = useUi()
  const account = useSignal(useClient().account)
  const [sent, setSent] = useState<SentCode | null>(null)
  const isIn = account.status === 'signed-in' && account.passport === 'valid'
  useEffect(() => { if (isIn) dialogs.close() }, [isIn, dialogs])
  return (
    <Dialog title={words.againTitle} onClose={() => dialogs.close()}>
      {sent === null
        ? <EmailStep isAgain hasPass={false} onSent={setSent} />
        : <CodeStep isAgain sent={sent} onSent={setSent} onBack={() => setSent(null)} />}
    </Dialog>
  )
}
