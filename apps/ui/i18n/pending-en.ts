/** English words of actions on others that wait until a device has caught up. */
import type { Role } from '#client'

const others = (n: number): string => n === 0 ? '' : ` and ${n === 1 ? '1 other' : `${n} others`}`

export const pendingEn = {
  /** Names the group of actions for screen readers. */
  title: 'Actions that wait',
  kick: (name: string, also: number) => `Remove ${name}${others(also)}?`,
  ban: (name: string, also: number) => `Ban ${name}${others(also)}?`,
  mute: (name: string) => `Mute ${name}?`,
  muteUntil: (name: string, when: string) => `Mute ${name} until ${when}?`,
  unmute: (name: string) => `Unmute ${name}?`,
  role: (name: string, label: string, role: Role) =>
    `Make ${name} ${/^[aeiou]/.test(role) ? 'an' : 'a'} ${label.toLowerCase()}?`,
  unban: (name: string) => `Unban ${name}?`,
  offerRoom: (name: string) => `Offer the room to ${name}?`,
  /** `settings` lists several. */
  policy: (settings: string) => `Set ${settings}?`,
  setting: (label: string, value: string) => `“${label}” to “${value}”`,
  revokeInvite: (name: string) => `Revoke a link from ${name}?`,
  deleteMessage: (name: string) => `Delete a message from ${name}?`,

  waiting: 'Waiting until this device has caught up.',
  waitingShort: (n: number) => n === 1 ? '1 action waits' : `${n} actions wait`,
  more: (n: number) => n === 1 ? '1 more action waits.' : `${n} more actions wait.`,
  kept: 'Waiting until this device has caught up. You are asked again above the conversation.',
  unchanged: 'This device has caught up, and nothing about this has changed.',
  /** `changes` is a list of the clauses below. */
  changed: (changes: string) => `Since you asked for this, ${changes}.`,
  removedBy: (name: string, by: string) => `${by} has removed ${name}`,
  bannedBy: (name: string, by: string) => `${by} has banned ${name}`,
  gone: (name: string) => `${name} has left`,
  cameIn: (name: string, people: string, n: number) =>
    `${people} ${n === 1 ? 'has' : 'have'} come in by links from ${name}`,
  people: (n: number) => `${n} people`,
  roleNow: (name: string, role: string) => `${name} has got the role ${role}`,
  mutedNow: (name: string) => `${name} has been muted`,
  unmutedNow: (name: string) => `${name} has been unmuted`,
  expired: 'that time has passed',
  policyNow: 'someone has changed the same settings',
  used: (n: number) => n === 1 ? '1 person has come in by it' : `${n} people have come in by it`,
  done: 'someone else has done it',
  notAllowed: 'you have lost the right to do it',
  confirm: 'Do it',
  discard: 'Discard'
}
