import type { Privacy } from '#client'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Choice } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useWords } from '../../state/app-context.ts'
import { nameOf } from '../safety/known-people.ts'

const FROM = ['nobody', 'strangers', 'everybody'] as const

/** From whom this person's addresses are hidden, and whom they have blocked. */
export function AddressPrivacy ({ privacy }: { privacy: Privacy }) {
  const words = useWords().self.privacy
  const client = useClient()
  const from = useSignal(privacy.hidesFrom)
  const blocked = useSignal(privacy.blocked)
  const task = useTask()
  return (
    <>
      <h3 className="section-title settings-first">{words.hide}</h3>
      <p className="muted">{words.hideText}</p>
      <Choice
        label={words.hideFrom} value={from} options={FROM.map((value) => ({ value, label: words.hideFromOptions[value] }))}
        onChange={(next) => { task.run(async () => await privacy.setHidesFrom(next)).catch(() => {}) }}
      />
      <p className="muted">{words.contacts}</p>
      <h3 className="section-title">{words.blocked}</h3>
      <p className="muted">{blocked.size === 0 ? words.nobodyBlocked : words.blockedText}</p>
      <ul>
        {[...blocked].map((user) => {
          const name = nameOf(client, user).value || user.slice(0, 8)
          return (
            <li key={user} className="switch">
              <span>{name}</span>
              <Button onClick={() => { task.run(async () => await privacy.setBlocked(user, false)).catch(() => {}) }} aria-label={words.unblock(name)}>{words.unblock(name)}</Button>
            </li>
          )
        })}
      </ul>
      {task.error !== null && <ErrorText error={task.error} />}
    </>
  )
}
