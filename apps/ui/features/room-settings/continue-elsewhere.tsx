import { useState } from 'react'
import type { Room } from '#client'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { Button } from '../../components/button.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'

/** Makes a room like this one that belongs to this person, and opens it. */
export function ContinueElsewhere ({ room }: { room: Room }) {
  const { continuing: words } = useWords()
  const { dialogs, navigation } = useUi()
  const { name } = useSignal(room.summary)
  const continueInNewRoom = useSignal(room.settings.continueInNewRoom)
  const bans = useSignal(room.people.bans).length
  const [isAsking, setAsking] = useState(false)
  const [withBans, setWithBans] = useState(true)
  if (continueInNewRoom === null) return null
  const run = async (): Promise<void> => {
    const tag = await continueInNewRoom({ withBans })
    dialogs.close()
    navigation.go({ page: 'room', tag })
  }
  return (
    <section className="way-out">
      <p className="muted">{words.text}</p>
      <Button onClick={() => setAsking(true)}>{words.title}</Button>
      {isAsking && (
        <AskDialog title={words.askTitle(name)} confirm={words.confirm} isDanger={false} onConfirm={run} onClose={() => setAsking(false)}>
          <p>{words.askText}</p>
          <p>{words.askStays}</p>
          {bans > 0 && (
            <label className="check">
              <input type="checkbox" checked={withBans} onChange={(event) => setWithBans(event.target.checked)} />
              <span>{words.bans(bans)}</span>
            </label>
          )}
        </AskDialog>
      )}
    </section>
  )
}
