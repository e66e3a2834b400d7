import type { CreatedInvite, OpenInvite, Room } from '#client'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import type { Messages } from '../../i18n/index.ts'
import { useLanguage } from '../../state/app-context.ts'
import { PendingNote } from '../pending/pending-note.tsx'

interface OpenInvitesProps {
  room: Room
  /** Null: the link was made on another device and is not known here. */
  onRevoked: (link: string | null) => void
}

export function OpenInvites ({ room, onRevoked }: OpenInvitesProps) {
  const { words } = useLanguage()
  const invites = useSignal(room.entry.invites)
  const members = useSignal(room.people.members)
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

/** What makes a link different from the usual one. */
const factsOf = ({ role, needsApproval }: Pick<CreatedInvite, 'role' | 'needsApproval'>, words: Messages): string[] =>
  [role === 'member' ? '' : words.inviting.asRole(words.roles[role]), needsApproval ? words.inviting.needsApproval : ''].filter(Boolean)

/** One line about the link that is shown: how long, how often, as what. */
export function InviteFacts ({ invite }: { invite: CreatedInvite }) {
  const { words, moment } = useLanguage()
  const now = useNow(60_000)
  const uses = invite.maxUses === null ? '' : words.invite.times(invite.maxUses)
  return <p className="invite-facts">{[words.invite.expiresAt(moment(invite.expiresAt, now)), uses, ...factsOf(invite, words)].filter(Boolean).join(' · ')}</p>
}

function InviteItem ({ room, invite, by, onRevoked }: OpenInvitesProps & { invite: OpenInvite, by: string }) {
  const { words, moment } = useLanguage()
  const now = useNow(60_000)
  const task = useTask()
  const revoke = async (): Promise<void> => {
    if (await task.run(() => room.entry.revokeInvite(invite.id))) onRevoked(invite.link)
  }
  return (
    <li>
      <div className="open-invite-text">
        <span>{words.invite.expiresAt(moment(invite.expiresAt, now))}</span>
        <span className="muted">{[...factsOf(invite, words), words.invite.used(invite.uses, invite.maxUses), by].filter(Boolean).join(' · ')}</span>
        {task.error !== null && <ErrorText error={task.error} />}
        <PendingNote room={room} isOfThese={(action) => action.type === 'revoke-invite' && action.inviteId === invite.id} />
      </div>
      <Button kind="danger" isBusy={task.isBusy} onClick={revoke}>{words.invite.revoke}</Button>
    </li>
  )
}
