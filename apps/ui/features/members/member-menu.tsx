import { Ban, Crown, MessageSquare, MicOff, OctagonX, Mic, ShieldCheck, UserCog, UserMinus } from 'lucide-react'
import type { Member, MemberActions } from '#client'
import type { MenuItem } from '../../components/menu.tsx'
import type { Messages } from '../../i18n/index.ts'
import { ROLES } from './group-members.ts'
import { MUTE_MS, UNTIL_LIFTED_AT } from './mute.ts'

export interface MemberMenuContext {
  member: Member
  /** What this person may do with the member; undefined for nothing. */
  actions: MemberActions | undefined
  words: Messages
  now: () => number
  /** Null while no direct conversation can be opened. */
  onMessage: (() => void) | null
  /** Shows the safety number. */
  onCompare: () => void
  /** Whether this person has blocked the member, and the other way round; null while signed out. */
  blocking: { isBlocked: boolean, set: (isBlocked: boolean) => Promise<void> } | null
  /** Asks first. */
  onAsk: (what: 'kick' | 'ban' | 'own' | 'hand-over') => void
  /** Runs what needs no question. */
  run: (work: () => Promise<unknown>) => void
}

/** Everything that can be done with a member right now; empty when there is nothing. */
export function memberMenu ({ member, actions, words, now, onMessage, onCompare, blocking, onAsk, run }: MemberMenuContext): MenuItem[] {
  const { people: w, roles, roleMeans } = words
  const items: MenuItem[] = []
  if (onMessage !== null && !member.isMe) items.push({ id: 'message', label: w.message, icon: <MessageSquare size={16} aria-hidden />, perform: onMessage })
  if (!member.isMe) items.push({ id: 'safety', label: words.self.safety.title, icon: <ShieldCheck size={16} aria-hidden />, perform: onCompare })
  const setRole = actions?.setRole ?? null
  if (setRole !== null && (actions?.roles.some((role) => role !== member.role) ?? false)) {
    items.push({
      id: 'role', label: w.changeRole, icon: <UserCog size={16} aria-hidden />,
      items: ROLES.filter((role) => role === member.role || actions?.roles.includes(role)).map((role) => ({
        id: role, label: roles[role], hint: roleMeans[role], isChecked: role === member.role,
        perform: () => {
          if (role === 'owner' && member.role !== 'owner') onAsk('own')
          else if (role !== member.role) run(() => setRole(role))
        }
      }))
    })
  }
  if (actions?.offerRoom != null) items.push({ id: 'hand-over', label: words.handingOver.menu, icon: <Crown size={16} aria-hidden />, perform: () => onAsk('hand-over') })
  const mute = actions?.mute ?? null
  if (mute !== null) {
    const muteFor = (id: string, label: string, until: () => number): MenuItem => ({ id, label, perform: () => run(() => mute(until())) })
    if (member.mutedUntil !== null) {
      items.push({ id: 'unmute', label: w.unmute, icon: <Mic size={16} aria-hidden />, perform: () => run(() => mute(null)) })
    } else {
      items.push({
        id: 'mute', label: w.muteFor, icon: <MicOff size={16} aria-hidden />,
        items: [
          muteFor('ten-minutes', w.tenMinutes, () => now() + MUTE_MS.tenMinutes), muteFor('hour', w.hour, () => now() + MUTE_MS.hour),
          muteFor('day', w.day, () => now() + MUTE_MS.day), muteFor('until-lifted', w.untilLifted, () => UNTIL_LIFTED_AT)
        ]
      })
    }
  }
  if (blocking !== null && !member.isMe) {
    items.push({ id: 'block', label: blocking.isBlocked ? w.unblock : w.block, icon: <OctagonX size={16} aria-hidden />, perform: () => run(() => blocking.set(!blocking.isBlocked)) })
  }
  const startsGroup = items.length > 0
  if (actions?.kick != null) items.push({ id: 'kick', label: w.remove, isDanger: true, startsGroup, icon: <UserMinus size={16} aria-hidden />, perform: () => onAsk('kick') })
  if (actions?.ban != null) items.push({ id: 'ban', label: w.ban, isDanger: true, startsGroup: startsGroup && actions.kick === null, icon: <Ban size={16} aria-hidden />, perform: () => onAsk('ban') })
  return items
}
