/**
 * Continuing in a new room: somebody makes a room of their own like this one, and announces it here with a link for everybody who is in. The
 * announcement is an operation, so that it reaches who is away, and lasts where messages are erased.
 */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { formatInvite, parseInvite } from '#shared/invite.ts'
import { cleanLine } from '#shared/names/clean-line.ts'
import type { RoomSettings } from './facet.ts'
import type { PartyHooks } from '../parties/parties.ts'
import type { Naming } from '../people/naming.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Who is away longer needs a link from somebody. */
const OPEN_FOR_MS = 30 * 24 * 3_600_000

export interface ContinuingOptions {
  log: RoomLog
  naming: ReadonlySignal<Naming>
  myUser: UserKey
  isMember: ReadonlySignal<boolean>
  isBlocked: (user: UserKey) => boolean
  nodeOrigin: string
  /** Unix ms by the node's clock as far as it is known. */
  now: () => number
  hooks: Pick<PartyHooks, 'joinedName' | 'createLike'>
  /** Announcements that this person has put away on this device. */
  hidden: () => readonly RoomTag[]
  hide: (tag: RoomTag) => Promise<void>
}

export function createContinuing (options: ContinuingOptions): Pick<RoomSettings, 'continueInNewRoom' | 'continuations'> {
  const { log, naming, myUser, isMember, hooks, now } = options

  const continueInNewRoom = async ({ withBans }: { withBans: boolean }): Promise<RoomTag> => {
    const { name, topic, policy, bans, kind } = log.membership.peek()
    if (name === null || kind !== 'group' || !isMember.peek()) throw new ParleyError('not-allowed')
    const child = await hooks.createLike({ name, topic, policy })
    // Before anybody can come in.
    for (const user of withBans ? bans.keys() : []) {
      await child.log.writeRemoval(() => false, (rotation) => ({ type: 'remove', user, isBan: true, cuts: [], rotation }))
    }
    const { secret, link, expiresAt } = await child.invitations.create({ expiresInMs: OPEN_FOR_MS })
    await log.writeOperation({ type: 'continue', childTag: child.tag, name, inviteSecret: secret, access: parseInvite(link).access, expiresAt: Math.round(expiresAt) })
    return child.tag
  }

  return {
    continueInNewRoom: computed(() => isMember.value && log.membership.value.kind === 'group' && log.membership.value.name !== null ? continueInNewRoom : null),
    continuations: computed(() => [...log.membership.value.continuations.values()].flatMap(({ tag, name, by, inviteSecret, access, expiresAt }) => {
      const joined = hooks.joinedName(tag)
      const isShown = joined !== null || (isMember.value && expiresAt > now() && !options.isBlocked(by))
      if (!isShown || options.hidden().includes(tag)) return []
      const author = naming.value.of(by)
      const invite = { nodeOrigin: options.nodeOrigin, roomTag: tag, secret: inviteSecret, access, roomName: name, inviterName: author.text }
      return [{
        tag, name: joined ?? cleanLine(name), by: author, isMine: by === myUser, isJoined: joined !== null, link: formatInvite(invite),
        hide: async () => await options.hide(tag)
      }]
    }))
  }
}
