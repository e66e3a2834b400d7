import type { Room } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'
import { PendingNote } from '../pending/pending-note.tsx'

/** Who was banned, and the way back; `emptyText` is shown when nobody was, else nothing is. */
export function Bans ({ room, emptyText }: { room: Room, emptyText?: string }) {
  const words = useWords().people
  const bans = useSignal(room.people.bans)
  const unban = useSignal(room.people.unban)
  const attempt = useAttempt()
  if (bans.length === 0 && emptyText === undefined) return null
  return (
    <section className="bans">
      <h3 className="section-title">{words.banned}{bans.length > 0 && ` · ${bans.length}`}</h3>
      {bans.length === 0 && <p className="muted">{emptyText}</p>}
      {bans.map(({ user, name, nameMark, canUnban }) => (
        <div key={user} className="banned" role="group" aria-label={name}>
          <Avatar name={name} of={user} size={28} />
          <span className="banned-name" title={name}><bdi>{name}</bdi> <NameMark mark={nameMark} /></span>
          {unban !== null && canUnban && <Button kind="quiet" aria-label={words.unbanName(name)} onClick={() => attempt(() => unban(user))}>{words.unban}</Button>}
        </div>
      ))}
      <PendingNote room={room} isOfThese={({ type }) => type === 'unban'} />
    </section>
  )
}
