import { useEffect, useMemo, useState } from 'react'
import { BadgeCheck } from 'lucide-react'
import type { Self } from '#client'
import type { ParleyError } from '#shared/errors.ts'
import type { UserKey } from '#shared/ids.ts'
import { Banner } from '../../components/banner.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'
import { QrCode } from '../invite/qr-code.tsx'
import { hasOtherKey, nameOf } from './known-people.ts'
import '../invite/invite.css'
import './safety.css'

/** The number that is the same on both people's devices, and whether they have compared it. */
export function SafetyDialog ({ user }: { user: UserKey }) {
  const words = useWords()
  const client = useClient()
  const { dialogs } = useUi()
  const self = useSignal(client.self)
  const name = useSignal(useMemo(() => nameOf(client, user), [client, user]))
  return (
    <Dialog title={words.self.safety.title} shape="wide" onClose={() => dialogs.close()}>
      {self === null ? <p className="dialog-text">{words.self.notYet}</p> : <SafetyNumber key={user} self={self} user={user} name={name} onClose={() => dialogs.close()} />}
    </Dialog>
  )
}

function SafetyNumber ({ self, user, name, onClose }: { self: Self, user: UserKey, name: string, onClose: () => void }) {
  const words = useWords()
  const w = words.self.safety
  const client = useClient()
  const task = useTask()
  const { digits, error } = useSafetyNumber(self, user)
  const isChecked = useSignal(useMemo(() => self.isVerified(user), [self, user]))
  const isOther = useSignal(useMemo(() => hasOtherKey(client, user), [client, user]))
  const mark = (next: boolean): Promise<boolean> => task.run(() => self.setVerified(user, next))
  return (
    <>
      {isOther && <Banner kind="trouble">{w.otherKeyText(name)}</Banner>}
      <p className="dialog-text">{w.intro(name)}</p>
      {error !== null && <ErrorText error={error} />}
      {digits === null && error === null && <p role="status" className="muted">{w.making}</p>}
      {digits !== null && (
        <div className="safety">
          <ol className="safety-digits" aria-label={w.number}>{digits.map((group, at) => <li key={at}>{group}</li>)}</ol>
          <QrCode text={digits.join('')} label={w.qr} />
        </div>
      )}
      <p className="safety-state" role="status">{isChecked && <><BadgeCheck size={18} aria-hidden />{w.isVerified(name)}</>}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      <footer className="dialog-foot">
        <Button onClick={onClose}>{words.close}</Button>
        <Button kind={isChecked ? 'danger' : 'primary'} isBusy={task.isBusy} disabled={digits === null && !isChecked} onClick={() => mark(!isChecked)}>
          {isChecked ? w.unmark : w.markVerified}
        </Button>
      </footer>
    </>
  )
}

function useSafetyNumber (self: Self, user: UserKey): { digits: string[] | null, error: ParleyError | null } {
  const [answer, setAnswer] = useState<{ digits: string[] | null, error: ParleyError | null }>({ digits: null, error: null })
  useEffect(() => {
    let isOver = false
    self.safetyNumber(user).then(
      (number) => { if (!isOver) setAnswer({ digits: number.replace(/\D/g, '').match(/\d{5}/g) ?? [], error: null }) },
      (cause: unknown) => { if (!isOver) setAnswer({ digits: null, error: toParleyError(cause) }) }
    )
    return () => { isOver = true }
  }, [self, user])
  return answer
}
