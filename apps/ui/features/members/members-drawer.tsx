import { useEffect } from 'react'
import { X } from 'lucide-react'
import type { Member, Role, Room } from '#client'
import { IconButton } from '../../components/button.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { Bans } from './bans.tsx'
import { groupMembers, isOnline } from './group-members.ts'
import { MemberItem } from './member-item.tsx'
import { Requests } from './requests.tsx'
import './members.css'

/** Beside the conversation where there is room, else over it. */
export function MembersDrawer ({ room, isSheet, onClose }: { room: Room, isSheet: boolean, onClose: () => void }) {
  const words = useWords()
  const { dialogs } = useUi()
  const members = useSignal(room.people.members)
  const isDirect = useSignal(room.summary).kind === 'direct'
  const isDialogOpen = useSignal(dialogs.open) !== null

  useEffect(() => {
    if (!isSheet || isDialogOpen) return
    const onKey = (event: KeyboardEvent): void => {
      // A question about a member lies over the sheet and closes first.
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose()
    }
    window.addEventListener('keydown', onKey)
    return () => { window.removeEventListener('keydown', onKey) }
  }, [isSheet, isDialogOpen, onClose])

  return (
    <>
      {isSheet && <div className="scrim" onClick={onClose} aria-hidden="true" />}
      <aside className={`members ${isSheet ? 'members-sheet' : ''}`} aria-label={words.members.title}>
        <header className="pane-head">
          <h2>{words.members.title}</h2>
          <IconButton label={words.close} icon={<X size={18} aria-hidden />} onClick={onClose} />
        </header>
        <div className="members-scroll">
          <Requests room={room} />
          {isDirect
            ? <ul>{members.map((member) => <MemberItem key={member.user} room={room} member={member} />)}</ul>
            : groupMembers(members).map(({ role, members: inRole }) => <MemberGroup key={role} room={room} role={role} members={inRole} />)}
          <Bans room={room} />
        </div>
      </aside>
    </>
  )
}

function MemberGroup ({ room, role, members }: { room: Room, role: Role, members: readonly Member[] }) {
  const { roleGroups, handingOver, members: w } = useWords()
  const isOrdered = role === 'owner' && members.length > 1
  const List = isOrdered ? 'ol' : 'ul'
  return (
    <section>
      <h3 className="section-title" title={w.online(members.filter(isOnline).length)}>{isOrdered ? handingOver.owners : roleGroups[role]} · {members.length}</h3>
      {isOrdered && <p className="muted members-note">{handingOver.ownersNote}</p>}
      <List>{members.map((member) => <MemberItem key={member.user} room={room} member={member} />)}</List>
    </section>
  )
}
