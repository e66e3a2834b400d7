import { useState } from 'react'
import { EllipsisVertical, MicOff } from 'lucide-react'
import type { Member, MemberActions, Room } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { Avatar } from '../../components/avatar.tsx'
import { MenuButton } from '../../components/menu.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useBlocked } from '../../hooks/use-blocked.ts'
import { useDirect } from '../../hooks/use-direct.ts'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import type { Messages } from '../../i18n/index.ts'
import { useClient, useLanguage, useUi } from '../../state/app-context.ts'
import { isOnMember } from '../pending/pending-words.ts'
import { VerifiedBadge } from '../safety/verified-badge.tsx'
import { memberMenu } from './member-menu.tsx'
import { muteWords } from './mute.ts'

export function MemberItem ({ room, member }: { room: Room, member: Member }) {
  const language = useLanguage()
  const now = useNow(30_000)
  const mutedText = muteWords(member.mutedUntil, now, language)
  const detail = detailOf(member, now, language)
  const waiting = useSignal(room.people.pending).filter(({ action }) => isOnMember(action, member.user)).length
  return (
    <li className="member" data-presence={member.presence} data-link={member.link}>
      <span className="member-avatar">
        <Avatar name={member.name} of={member.user} size={32} />
        <span className={`dot dot-${member.isMe ? 'direct' : member.presence === 'online' && member.link === 'none' ? 'online' : member.link}`} />
      </span>
      <span className="member-text">
        <span className="member-name">
          <bdi title={member.name}>{member.name}</bdi>
          {mutedText !== null && <span className="member-muted" role="img" aria-label={mutedText} title={mutedText}><MicOff size={13} aria-hidden /></span>}
          {!member.isMe && <VerifiedBadge user={member.user} />}
          <NameMark mark={member.nameMark} size={13} />
        </span>
        {member.nameMark === 'look-alike' && <span className="member-detail member-look-alike">{language.words.names.lookAlikeShort}</span>}
        {member.isCopied && <span className="member-detail member-copied" title={language.words.people.copiedLong(member.name)}>{language.words.people.copied}</span>}
        {member.isDisagreeing && <span className="member-detail member-copied" title={language.words.agreement.shortLong(member.name)}>{language.words.agreement.short}</span>}
        {waiting > 0 && <span className="member-detail member-waiting">{language.words.pending.waitingShort(waiting)}</span>}
        {detail !== '' && <span className={`member-detail link-${member.isMe ? 'none' : member.link}`} title={detail}>{detail}</span>}
      </span>
      <MemberMenu room={room} member={member} />
    </li>
  )
}

/** How the member is reached, or when they were there last; with how many devices, when that is more than one. */
function detailOf (member: Member, now: number, { words, moment }: ReturnType<typeof useLanguage>): string {
  const w = words.members
  const parts: string[] = []
  if (member.isMe) parts.push(words.you)
  else if (member.link !== 'none') {
    parts.push(member.link === 'direct' ? w.direct : w.relayed)
    if (member.latencyMs !== null) parts.push(w.latency(Math.round(member.latencyMs)))
  } else if (member.presence === 'online') parts.push(w.noLink)
  else if (member.lastSeenAt !== null) parts.push(w.lastSeen(moment(member.lastSeenAt, now)))
  if (member.devices > 1) parts.push(words.people.devices(member.devices))
  return parts.join(' · ')
}

interface Question {
  title: string
  text: string
  confirm: string
  perform: (also: readonly UserKey[]) => Promise<void>
  /** Who may be removed with them, and the words that offer it. */
  also?: { users: readonly UserKey[], label: (n: number) => string }
}

/** What has to be confirmed; null when it may not be done any more. */
function questionAbout (
  name: string, what: 'kick' | 'ban' | 'own' | 'hand-over', { kick, ban, broughtIn: users, setRole, offerRoom }: MemberActions, { people: w, handingOver }: Messages
): Question | null {
  switch (what) {
    case 'hand-over': return offerRoom && { title: handingOver.title(name), text: handingOver.text(name), confirm: handingOver.confirm, perform: () => offerRoom() }
    case 'kick': return kick && {
      title: w.removeTitle(name), text: w.removeText(name), confirm: w.removeConfirm, perform: kick, also: { users, label: w.removeAlso }
    }
    case 'ban': return ban && { title: w.banTitle(name), text: w.banText(name), confirm: w.banConfirm, perform: ban, also: { users, label: w.banAlso } }
    case 'own': return setRole && { title: w.ownerTitle(name), text: w.ownerText(name), confirm: w.ownerConfirm, perform: () => setRole('owner') }
  }
}

const clock = (): number => Date.now()

function MemberMenu ({ room, member }: { room: Room, member: Member }) {
  const { words } = useLanguage()
  const w = words.people
  const direct = useDirect()
  const attempt = useAttempt()
  const { dialogs } = useUi()
  const privacy = useSignal(useClient().privacy)
  const isBlocked = useBlocked().has(member.user)
  const actions = useSignal(room.people.actions).get(member.user)
  const isHere = useSignal(room.summary).kind === 'direct'
  const [asked, setAsked] = useState<Question | null>(null)
  const items = memberMenu({
    member, actions, words, now: clock,
    onMessage: direct === null || isHere ? null : () => { direct(member.user).catch(() => {}) },
    onCompare: () => dialogs.show('safety', { user: member.user }),
    blocking: privacy === null ? null : { isBlocked, set: (next) => privacy.setBlocked(member.user, next) },
    onAsk: (what) => setAsked(actions === undefined ? null : questionAbout(member.name, what, actions, words)),
    run: (work) => { attempt(work).catch(() => {}) }
  })
  return (
    <>
      {items.length > 0 && <MenuButton label={w.more(member.name)} icon={<EllipsisVertical size={16} aria-hidden />} items={items} className="member-more" />}
      {asked !== null && (
        <MemberQuestion room={room} question={asked} onClose={() => setAsked(null)} />
      )}
    </>
  )
}

function MemberQuestion ({ room, question: { title, text, confirm, perform, also }, onClose }: { room: Room, question: Question, onClose: () => void }) {
  const { code } = useLanguage()
  const members = useSignal(room.people.members)
  const [isWithOthers, setWithOthers] = useState(false)
  const others = members.filter(({ user }) => also?.users.includes(user))
  return (
    <AskDialog title={title} confirm={confirm} onConfirm={() => perform(isWithOthers ? others.map(({ user }) => user) : [])} onClose={onClose}>
      <p>{text}</p>
      {also !== undefined && others.length > 0 && (
        <>
          <label className="check">
            <input type="checkbox" checked={isWithOthers} onChange={(event) => setWithOthers(event.target.checked)} />
            <span>{also.label(others.length)}</span>
          </label>
          <p className="muted others">{new Intl.ListFormat(code).format(others.map(({ name }) => name))}</p>
        </>
      )}
    </AskDialog>
  )
}
