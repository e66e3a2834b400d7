import type { AccountState } from '#client'
import { Button } from '../components/button.tsx'
import { Logo } from '../components/logo.tsx'
import { useTask } from '../hooks/use-task.ts'
import { useLanguage } from '../state/app-context.ts'
import { ErrorText } from '../components/error-text.tsx'
import './sign-in/sign-in.css'

/** Parley cannot keep anything on this device, or another window does. */
export function BlockedScreen ({ account }: { account: Extract<AccountState, { status: 'blocked' }> }) {
  const { words, errorWords } = useLanguage()
  const task = useTask()
  const { what, next } = errorWords(account.error)
  const { takeOver } = account
  return (
    <main className="sign-in" id="content">
      <div className="sign-in-column">
        <header className="sign-in-brand"><Logo size={44} /><p className="sign-in-name">Parley</p></header>
        <section className="sign-in-card">
          <h1>{what}</h1>
          <p className="sign-in-text">{next}</p>
          {task.error !== null && <ErrorText error={task.error} />}
          {takeOver === null
            ? <Button kind="primary" className="button-full" onClick={() => { window.location.reload() }}>{words.blocked.reload}</Button>
            : <Button kind="primary" className="button-full" isBusy={task.isBusy} onClick={() => task.run(takeOver)}>{words.blocked.takeOver}</Button>}
        </section>
      </div>
    </main>
  )
}
