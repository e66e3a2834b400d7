import { useEffect, useState, type ReactNode } from 'react'
import { LockKeyhole } from 'lucide-react'
import type { AccountState, Client } from '#client'
import { Logo } from '../../components/logo.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { CodeStep, type SentCode } from './code-step.tsx'
import { EmailStep } from './email-step.tsx'
import { NameStep } from './name-step.tsx'
import './sign-in.css'

/** E-mail, code, name: at most three questions from an empty browser to being somebody. */
export function SignInScreen ({ account, prepare }: {
  account: Extract<AccountState, { status: 'signed-out' | 'needs-name' }>
  /** Fetches what comes after it; called once it is likely to be needed. */
  prepare: () => void
}) {
  const client = useClient()
  const words = useWords()
  const [sent, setSent] = useState<SentCode | null>(null)
  const invite = usePendingPreview(client)
  const isLinking = useSignal(useUi().joining.pendingDevice) !== null
  const isOnTheWay = sent !== null || account.status === 'needs-name'
  useEffect(() => { if (isOnTheWay) prepare() }, [isOnTheWay, prepare])

  let step: ReactNode
  if (account.status === 'needs-name') step = <NameStep suggestedName={account.suggestedName} />
  else if (sent === null) step = <EmailStep hasPass={invite?.hasPass ?? false} onSent={setSent} />
  else step = <CodeStep sent={sent} onSent={setSent} onBack={() => setSent(null)} />

  return (
    <main className="sign-in" id="content">
      <div className="sign-in-column">
        <header className="sign-in-brand">
          <Logo size={44} />
          <div>
            <p className="sign-in-name">Parley</p>
            <p className="sign-in-line">{words.productLine}</p>
          </div>
        </header>
        <section className="sign-in-card">
          {isLinking && <p className="sign-in-invite">{words.signIn.linking}</p>}
          {invite !== null && <p className="sign-in-invite">{words.signIn.invitedTo(invite.roomName === '' ? words.names.unnamedRoom : invite.roomName, invite.inviterName === '' ? words.names.someone : invite.inviterName)}</p>}
          {step}
        </section>
        <p className="sign-in-foot"><LockKeyhole size={14} aria-hidden />{words.signIn.privacy}</p>
      </div>
    </main>
  )
}

/** What the link that opened the app says; a link that cannot be read is told about after the sign-in, not before. */
function usePendingPreview (client: Client) {
  const link = useSignal(useUi().joining.pendingLink)
  if (link === null) return null
  try {
    return client.readInvite(link)
  } catch {
    return null
  }
}
