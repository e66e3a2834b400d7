import { useState } from 'react'
import type { Room } from '#client'
import { Choice } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'
import { Bans } from '../members/bans.tsx'
import { slowModes, slowWords } from './policy.ts'
import { Fact, PolicyForm, ReadOnly } from './policy-form.tsx'

export function ModerationTab ({ room }: { room: Room }) {
  const words = useWords()
  const w = words.roomSettings
  const { slowModeMs } = useSignal(room.settings.policy)
  const mayChange = useSignal(room.settings.changePolicy) !== null
  const [chosen, setChosen] = useState(slowModeMs)
  return (
    <>
      {mayChange ? (
        <PolicyForm room={room} change={chosen === slowModeMs ? {} : { slowModeMs: chosen }}>
          <Choice
            label={w.slowMode} value={String(chosen)} onChange={(next) => setChosen(Number(next))}
            options={slowModes(slowModeMs).map((ms) => ({ value: String(ms), label: slowWords(ms, w) }))}
          />
          <p className="policy-note">{w.slowNote}</p>
        </PolicyForm>
      ) : (
        <>
          <dl className="facts-list"><Fact label={w.slowMode} value={slowWords(slowModeMs, w)} /></dl>
          <ReadOnly>{w.readOnlyModerator}</ReadOnly>
        </>
      )}
      <Bans room={room} emptyText={words.people.nobodyBanned} />
    </>
  )
}
