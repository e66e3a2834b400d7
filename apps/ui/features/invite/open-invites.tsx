import type { OpenInvite, Room } from '#client'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useLanguage } from '../../state/app-context.ts'

interface OpenInvitesProps {
  room: Room
  /** Null: the link was made on another device and is not known here. */
  onRevoked: (link: string | null) => void
}

export function OpenInvites ({ room, onRevoked }: OpenInvitesProps) {
  const { words } = useLanguage()
  const invites = useSignal(room.invites)
  const members = useSignal(room.members)
  if (invites.length === 0) return null
  return (
    <section className="open-invites">
      <h3 className="section-title">{words.invite.open}</h3>
      <ul>
        {invites.map((invite) => (
          <InviteItem key={invite.id} room={room} invite={invite} onRevoked={onRevoked} by={members.find((member) => member.user === invite.createdBy)?.name ?? ''} />
        ))}
      </ul>
    </section>
  )
}

function InviteItem ({ room, invite, by, onRevoked }: OpenInvitesProps & { invite: OpenInvite, by: string }) {
  const { words, moment } = useLanguage()
  const now = useNow(60_000)
  const task = useTask()
  const revoke = async (): Promise<void> => {
    if (await task.run(() => room.revokeInvite(invite.id))) onRevoked(invite.link)
  }
  return (
    <li>
      <div className="open-invite-text">
        <span>{words.invite.expiresAt(moment(invite.expiresAt, now))}</span>
        <span className="muted">{[words.invite.used(invite.uses, invite.maxUses), by].filter(Boolean).join(' · ')}</span>
        {task.error !== null && <ErrorText error={task.error} />}
      </div>
      <Button kind="danger" isBusy={task.isBusy} onClick={revoke}>{words.invite.revoke}</Button>
    </li>
  )
}
