/** Makes `Room.entry`: whom this device lets in, directly and by the node. */
import { computed, effect } from '@preact/signals-core'
import type { InviteId, UserKey } from '#shared/ids.ts'
import type { Actions } from '../people/actions/open-actions.ts'
import type { RoomCore } from '../room-core.ts'
import { createShelf } from './at-node/shelf.ts'
import { createAdmitting, type Admitting } from './admitting.ts'
import type { RoomEntry } from './facet.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import { createJudge } from './judge.ts'
import { createRequests } from './requests.ts'

/** Declined requests that are remembered per room: who asks again by the same link is told at once. */
const DECLINED_MAX = 200

export interface Entry {
  readonly facet: RoomEntry
  readonly admitting: Admitting
  /** `revokeInvite`: whether or not this device has caught up. */
  readonly invitations: Pick<Invitations, 'create' | 'revokeInvite'>
  /** The node was reached, or knows the room now. */
  visit(): void
  start(): void
}

export async function openEntry (core: RoomCore, { act }: Pick<Actions, 'act'>): Promise<Entry> {
  const { context, log, scope, keys, naming, me, title, record, saveRecord, firstEpoch, onTrouble } = core
  const { mesh, device, myUser, now, nodeOrigin, givePass } = context
  const judge = createJudge({
    log, myUser, now,
    judgeDevice: context.devices.judge,
    mayEnter: async (user, inviteId) => await context.mayEnter(log, user, inviteId),
    hasDeclined: ({ inviteId, device: of }) => (record.peek().declined ?? []).some((known) => known.inviteId === inviteId && known.device === of)
  })
  const shelf = createShelf({
    scope, onTrouble, now,
    api: () => context.invitationsApi(log.roomTag, keys),
    isReachable: () => mesh.node.peek() === 'online',
    jobs: () => record.peek().shelfJobs ?? [],
    saveJobs: async (shelfJobs) => await saveRecord({ shelfJobs })
  })
  const requests = createRequests({
    log, keys, naming, myUser, now, shelf, judge,
    first: firstEpoch,
    decline: async (of, inviteId) => await saveRecord({ declined: [...record.peek().declined ?? [], { inviteId, device: of }].slice(-DECLINED_MAX) })
  })
  shelf.start({
    wantsRequests: () => log.membership.peek().rightsOf(myUser).canAdmit && [...log.membership.peek().invites.values()].some((invite) => !invite.isRevoked),
    onRequest: async (request) => await requests.take(request)
  })
  const invitations = await createInvitations({
    log, keys, shelf, myUser, nodeOrigin, now, givePass,
    first: firstEpoch,
    names: () => ({ room: title.peek().name, me: me.peek()?.name ?? '' }),
    secrets: computed(() => record.value.inviteSecrets),
    passes: computed(() => record.value.invitePasses ?? {}),
    keepSecret: async (id, secret, pass) => await saveRecord({
      inviteSecrets: { ...record.peek().inviteSecrets, [id]: secret },
      ...(pass === null ? {} : { invitePasses: { ...record.peek().invitePasses, [id]: pass } })
    })
  })
  const makerOf = (id: InviteId): UserKey => log.membership.peek().invites.get(id)?.createdBy ?? myUser
  return {
    facet: {
      invite: invitations.invite,
      invites: invitations.invites,
      revokeInvite: async (inviteId) => await act({ type: 'revoke-invite', inviteId, user: makerOf(inviteId) }),
      requests: requests.requests
    },
    invitations,
    admitting: createAdmitting({ log, keys, myUser, judge, device: device.key, onPending: (applicant) => requests.note(applicant) }),
    visit: () => shelf.visit(),
    start () { scope.defer(effect(() => { if (mesh.node.value === 'online') shelf.visit(true) })) }
  }
}
