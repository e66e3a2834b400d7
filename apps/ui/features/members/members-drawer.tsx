import { useEffect } from 'react'
import { Crown, ShieldQuestion, X } from 'lucide-react'
import type { Member, Room } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { IconButton } from '../../components/button.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage, useUi, useWords } from '../../state/app-context.ts'
import { VerifiedBadge } from '../safety/verified-badge.tsx'
import { groupMembers } from './group-members.ts'
import './members.css'

/** Beside the conversation where there is room, else over it. */
export function MembersDrawer ({ room, isSheet, onClose }: { room: Room, isSheet: boolean, onClose: () => void }) {
  const words = useWords()
  const { dialogs } = useUi()
  const { online, offline } = groupMembers(useSignal(room.members))
  const isDialogOpen = useSignal(dialogs.open) !== null

  useEffect(() => {
    if (!isSheet || isDialogOpen) return
    const onKey = (event: KeyboardEvent): void => { if (event.key === 'Escape') onClose() }
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
          <MemberGroup title={words.members.online(online.length)} members={online} />
          <MemberGroup title={words.members.offline(offline.length)} members={offline} />
        </div>
      </aside>
    </>
  )
}

function MemberGroup ({ title, members }: { title: string, members: readonly Member[] }) {
  if (members.length === 0) return null
  return (
    <section>
      <h3 className="section-title">{title}</h3>
      <ul>{members.map((member) => <MemberItem key={member.user} member={member} />)}</ul>
    </section>
  )
}

function MemberItem ({ member }: { member: Member }) {
  const { words, moment } = useLanguage()
  const w = words.members
  const now = useNow(60_000)
  const path = member.link === 'direct' ? w.direct : w.relayed
  let detail = member.lastSeenAt === null ? '' : w.lastSeen(moment(member.lastSeenAt, now))
  if (member.isMe) detail = words.you
  else if (member.link !== 'none') detail = member.latencyMs === null ? path : `${path} · ${w.latency(Math.round(member.latencyMs))}`
  else if (member.presence === 'online') detail = w.noLink
  return (
    <li className="member" data-presence={member.presence} data-link={member.link}>
      <span className="member-avatar">
        <Avatar name={member.name} size={32} />
        <span className={`dot dot-${member.isMe ? 'direct' : member.presence === 'online' && member.link === 'none' ? 'online' : member.link}`} />
      </span>
      <span className="member-text">
        <span className="member-name">
          <span title={member.name}>{member.name}</span>
          {member.role === 'owner' && <span role="img" aria-label={w.owner} title={w.owner}><Crown size={13} aria-hidden /></span>}
          {!member.isMe && <VerifiedBadge user={member.user} />}
          {!member.isVerified && !member.isMe && <span role="img" aria-label={w.unverified} title={w.unverified}><ShieldQuestion size={13} aria-hidden /></span>}
        </span>
        {detail !== '' && <span className={`member-detail link-${member.isMe ? 'none' : member.link}`}>{detail}</span>}
      </span>
    </li>
  )
}
