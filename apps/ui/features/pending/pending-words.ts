/** Pure words about actions on others that wait: what was asked for, and what has changed since. */
import type { ActionChange, AuthorityAction, PendingAction, RoomPolicy } from '#client'
import type { UserKey } from '#shared/ids.ts'
import type { Language } from '../../i18n/index.ts'
import { UNTIL_LIFTED_AT } from '../members/mute.ts'
import { daysOf, slowWords } from '../room-settings/policy.ts'

/** More people than that are counted. */
const NAMED_MAX = 3

/** The action as a question. @param now Unix ms */
export function askedFor (
  { action, name }: Pick<PendingAction, 'action' | 'name'>, language: Language, now: number
): string {
  const { words: { pending: w, roles }, code, moment } = language
  const who = name?.text ?? ''
  switch (action.type) {
    case 'kick':
    case 'ban': return w[action.type](who, action.also.length)
    case 'mute': {
      if (action.until === null) return w.unmute(who)
      return action.until >= UNTIL_LIFTED_AT ? w.mute(who) : w.muteUntil(who, moment(action.until, now))
    }
    case 'role': return w.role(who, roles[action.role], action.role)
    case 'unban': return w.unban(who)
    case 'offer-room': return w.offerRoom(who)
    case 'policy': {
      const settings = settingsOf(action.change, language).map(([label, value]) => w.setting(label, value))
      return w.policy(new Intl.ListFormat(code).format(settings))
    }
    case 'revoke-invite': return w.revokeInvite(who)
    case 'delete-message': return w.deleteMessage(who)
  }
}

/** What is to be said beside it: why it waits, or what is another than when it was asked for. */
export function stateOf (
  { name, state, changes }: Pick<PendingAction, 'name' | 'state' | 'changes'>, language: Language
): string {
  const { words: { pending: w }, code } = language
  if (state === 'waiting') return w.waiting
  if (changes.length === 0) return w.unchanged
  const clauses = changes.map((change) => clauseOf(change, name?.text ?? '', language))
  return w.changed(new Intl.ListFormat(code).format(clauses))
}

function clauseOf (change: ActionChange, name: string, { words: { pending: w, roles }, code }: Language): string {
  switch (change.type) {
    case 'gone':
      if (change.by === null) return w.gone(name)
      return change.isBan ? w.bannedBy(name, change.by.text) : w.removedBy(name, change.by.text)
    case 'came-in': {
      const { people } = change
      const named = new Intl.ListFormat(code).format(people.map((one) => one.text))
      return w.cameIn(name, people.length > NAMED_MAX ? w.people(people.length) : named, people.length)
    }
    case 'role': return w.roleNow(name, roles[change.role])
    case 'muted': return change.until === null ? w.unmutedNow(name) : w.mutedNow(name)
    case 'expired': return w.expired
    case 'policy': return w.policyNow
    case 'used': return w.used(change.count)
    case 'done': return w.done
    case 'not-allowed': return w.notAllowed
  }
}

/** Label and value of each setting that is to change, as the settings of the room name them. */
function settingsOf (change: Partial<RoomPolicy>, { words, number }: Language): [label: string, value: string][] {
  const { roomSettings: w } = words
  const { slowModeMs, history, retentionMs, retentionCount, invites } = change
  const settings: [string, string][] = []
  if (slowModeMs !== undefined) settings.push([w.slowMode, slowWords(slowModeMs, w)])
  if (history !== undefined) settings.push([w.newcomers, history === 'everything' ? w.everything : w.sinceJoining])
  if (retentionMs !== undefined || retentionCount !== undefined) {
    const counted = retentionCount == null ? w.eraseNever : `${w.eraseCount} ${number(retentionCount)}`
    settings.push([w.erase, retentionMs == null ? counted : w.eraseDays(daysOf(retentionMs))])
  }
  if (invites !== undefined) settings.push([w.invites, invites === 'members' ? w.invitesMembers : w.invitesModerators])
  return settings
}

/** Whether an action is on a member themselves rather than on a message or link of theirs. */
export function isOnMember (action: AuthorityAction, user: UserKey): boolean {
  const isOnOther = action.type === 'policy' || action.type === 'revoke-invite' || action.type === 'delete-message'
  return !isOnOther && action.user === user
}
