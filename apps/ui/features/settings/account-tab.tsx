import { useState } from 'react'
import type { Account } from '#client'
import { Button } from '../../components/button.tsx'
import { focusOnMount } from '../../components/focus-on-mount.ts'
import { ErrorText } from '../../components/error-text.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'

/** The way out, which asks before it erases. */
export function AccountTab ({ account }: { account: Account }) {
  const words = useWords()
  const w = words.settings
  const client = useClient()
  const { dialogs, navigation } = useUi()
  const task = useTask()
  const [isAsking, setAsking] = useState(false)
  const leave = (): Promise<boolean> => task.run(async () => {
    await client.signOut()
    dialogs.close()
    navigation.go({ page: 'home' })
  })
  return (
    <>
      <dl className="facts"><dt>{w.deviceKey}</dt><dd className="mono">{account.deviceKey.replace(/(.{8})/g, '$1 ').trim()}</dd></dl>
      {isAsking ? (
        <section className="sign-out-ask" aria-labelledby="sign-out-title">
          <h3 id="sign-out-title">{w.signOutTitle}</h3>
          <p>{w.signOutText}</p>
          {task.error !== null && <ErrorText error={task.error} />}
          <div className="dialog-foot">
            <Button ref={focusOnMount} onClick={() => setAsking(false)}>{words.cancel}</Button>
            <Button kind="danger" isBusy={task.isBusy} onClick={leave}>{w.signOutConfirm}</Button>
          </div>
        </section>
      ) : (
        <section>
          <p className="muted">{w.signOutIntro}</p>
          <Button kind="danger" onClick={() => setAsking(true)}>{w.signOut}</Button>
        </section>
      )}
    </>
  )
}
