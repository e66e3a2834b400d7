/** Writes an action on others, by the rights that this person has at that moment. */
import { ParleyError } from '#shared/errors.ts'
import type { EnvelopeId, InviteId, UserKey } from '#shared/ids.ts'
import { putOutAgain } from '../../entry/device-admission.ts'
import type { RoomLog } from '../../log/room-log.ts'
import { rankOf } from '../../membership/operations.ts'
import { cutsOf } from '../cuts.ts'
import { offerRoom } from '../handing-over.ts'
import { mayDo } from './action-changes.ts'
import type { AuthorityAction } from './facet.ts'

export interface Performing {
  log: RoomLog
  myUser: UserKey
  revokeInvite: (id: InviteId) => Promise<void>
  deleteMessage: (id: EnvelopeId) => Promise<void>
}

/** @throws {ParleyError} `not-allowed`, `not-found`, `storage-full` (rejects) */
export async function performAction (action: AuthorityAction, performing: Performing): Promise<void> {
  const { log, myUser, revokeInvite, deleteMessage } = performing
  if (!mayDo(action, log.membership.peek(), myUser)) throw new ParleyError('not-allowed')
  switch (action.type) {
    case 'kick':
    case 'ban': await removeAll(log, myUser, [action.user, ...action.also], action.type); break
    case 'mute':
      await log.writeOperation({ type: 'mute', user: action.user, until: action.until, cuts: cutsOf(log, action.user) })
      break
    case 'role':
      await log.writeOperation({ type: 'role', user: action.user, role: action.role, cuts: cutsOf(log, action.user) })
      // RULE: a device that somebody has put out does nothing by a role that stands above them: who gives that role
      // puts it out too.
      if (rankOf(action.role) > rankOf('moderator')) await putOutAgain(log, action.user)
      break
    case 'unban': await log.writeOperation({ type: 'unban', user: action.user }); break
    case 'offer-room': await offerRoom(log, { by: myUser, to: action.user }); break
    case 'policy':
      await log.writeOperation({ type: 'policy', policy: { ...log.membership.peek().policy, ...action.change } })
      break
    case 'revoke-invite': await revokeInvite(action.inviteId); break
    case 'delete-message': await deleteMessage(action.messageId); break
  }
}

/** One after the other; who may not be removed any more is left out. */
async function removeAll (
  log: RoomLog, myUser: UserKey, users: readonly UserKey[], type: 'kick' | 'ban'
): Promise<void> {
  for (const user of users) {
    const membership = log.membership.peek()
    if (!mayDo({ type, user, also: [] }, membership, myUser)) continue
    const leaving = membership.members.get(user)?.devices
    await log.writeRemoval((device) => leaving?.has(device) ?? false, (rotation) =>
      ({ type: 'remove', user, isBan: type === 'ban', cuts: cutsOf(log, user), rotation }))
  }
}
