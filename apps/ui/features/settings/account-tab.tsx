import { useState } from 'react'
import type { Account } from '#client'
import { Ask } from '../../components/ask.tsx'
import { Button } from '../../components/button.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'

/** The way out, which asks before it erases. */
export function AccountTab ({ account }: { account: Account }) {
  const w = useWords().settings
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
        <Ask title={w.signOutTitle} confirm={w.signOutConfirm} task={task} onConfirm={leave} onCancel={() => setAsking(false)}>{w.signOutText}</Ask>
      ) : (
        <section>
          <p className="muted">{w.signOutIntro}</p>
          <Button kind="danger" onClick={() => setAsking(true)}>{w.signOut}</Button>
        </section>
      )}
    </>
  )
}
