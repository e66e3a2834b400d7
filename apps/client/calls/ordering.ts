/** Orders of moderators in calls: given, heard, judged (`moderation.ts`), and done where they are about this device. */
import { signal } from '@preact/signals-core'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { CallNotice, ParticipantActions } from '../api-calls.ts'
import type { CallRoom } from './call-room.ts'
import { NO_MEDIA } from './machine.ts'
import { dropLeft, hearOrder, noModeration, whyNotIn, type CallModeration, type CallOrder, type OrderAction } from './moderation.ts'
import type { Roster } from './roster.ts'

export interface Ordering {
  /** An order that came by the room's gossip, signed by `from`. */
  heard(tag: RoomTag, from: DeviceKey, order: CallOrder): void
  /** Why a person is not let into the call of a room; null when they are. */
  whyNotIn(tag: RoomTag, user: UserKey): 'removed' | 'locked' | null
  /** Somebody has come or gone. */
  rosterChanged(tag: RoomTag): void
  /** Says again what this device has ordered and what goes on being so, for who came later. */
  repeat(tag: RoomTag): void
  /** What this person may order about a device; nothing about themselves. */
  actionsOn(tag: RoomTag, device: DeviceKey): ParticipantActions
  /** Null where they may not. */
  setLocked(tag: RoomTag): ((isLocked: boolean) => void) | null
  lockOf(tag: RoomTag): 'open' | 'mine' | 'theirs'
}

export function createOrdering ({ self, myUser, roomOf, rosterOf, joinedAt, onMute, onRemoved, onNotice }: {
  self: DeviceKey
  myUser: UserKey
  roomOf: (tag: RoomTag) => CallRoom | null
  rosterOf: (tag: RoomTag) => Roster
  /** When this device joined the call of this room; null when it is not in it. */
  joinedAt: (tag: RoomTag) => number | null
  onMute: () => void
  /** Somebody is out of the call, maybe this person. */
  onRemoved: (tag: RoomTag, user: UserKey) => void
  onNotice: (notice: CallNotice) => void
}): Ordering {
  const all = signal<ReadonlyMap<RoomTag, CallModeration>>(new Map())
  const mine = new Map<RoomTag, CallOrder[]>()
  let lastAt = 0

  const of = (tag: RoomTag): CallModeration => all.value.get(tag) ?? noModeration
  const set = (tag: RoomTag, next: CallModeration): void => {
    if (next !== (all.peek().get(tag) ?? noModeration)) all.value = new Map(all.peek()).set(tag, next)
  }
  /** Everybody in the call, this device too. */
  const present = (tag: RoomTag): Roster => {
    const since = joinedAt(tag)
    return since === null ? rosterOf(tag) : new Map(rosterOf(tag)).set(self, { device: self, joinedAt: since, media: NO_MEDIA, heardAt: 0 })
  }

  const hear = (tag: RoomTag, from: DeviceKey, order: CallOrder): void => {
    const room = roomOf(tag)
    if (room === null) return
    const [next, verdict] = hearOrder(all.peek().get(tag) ?? noModeration, order, {
      from, roster: present(tag),
      isModerator: (user) => room.isModerator(user),
      mayActOn: (by, user) => room.mayActOn(by, user),
      userOf: (device) => room.personOf(device)?.user ?? null
    })
    set(tag, next)
    const byName = room.personOf(from)?.name ?? ''
    if (verdict.order === 'mute' && order.device === self) {
      onMute()
      onNotice({ kind: 'muted', byName, roomTag: tag })
    }
    if (verdict.order === 'remove') {
      if (verdict.user === myUser && joinedAt(tag) !== null) onNotice({ kind: 'removed', byName, roomTag: tag })
      onRemoved(tag, verdict.user)
    }
  }

  const give = (tag: RoomTag, action: OrderAction, device: DeviceKey): void => {
    const since = device === self ? joinedAt(tag) : rosterOf(tag).get(device)?.joinedAt
    if (since == null) return
    lastAt = Math.max(Date.now(), lastAt + 1)
    const order: CallOrder = { action, device, joinedAt: since, at: lastAt }
    roomOf(tag)?.say({ type: 'order', ...order })
    hear(tag, self, order)
    const lasting = (mine.get(tag) ?? []).filter((one) => one.action !== 'lock' || (action !== 'unlock' && action !== 'lock'))
    mine.set(tag, action === 'remove' || action === 'lock' ? [...lasting, order] : lasting)
  }

  const isMine = (tag: RoomTag, device: DeviceKey): boolean => roomOf(tag)?.personOf(device)?.user === myUser

  return {
    heard: hear,
    whyNotIn (tag, user) {
      const room = roomOf(tag)
      return room === null ? null : whyNotIn(of(tag), user, (one) => room.isModerator(one))
    },
    rosterChanged (tag) {
      set(tag, dropLeft(all.peek().get(tag) ?? noModeration, present(tag)))
      if (joinedAt(tag) === null) mine.delete(tag)
    },
    repeat (tag) {
      for (const order of mine.get(tag) ?? []) roomOf(tag)?.say({ type: 'order', ...order })
    },
    actionsOn (tag, device) {
      const user = roomOf(tag)?.personOf(device)?.user
      const may = user !== undefined && !isMine(tag, device) && joinedAt(tag) !== null && roomOf(tag)?.mayActOn(myUser, user) === true
      return { mute: may ? () => give(tag, 'mute', device) : null, remove: may ? () => give(tag, 'remove', device) : null }
    },
    setLocked: (tag) => roomOf(tag)?.isModerator(myUser) === true && joinedAt(tag) !== null
      ? (isLocked) => give(tag, isLocked ? 'lock' : 'unlock', self)
      : null,
    lockOf (tag) {
      const { locks } = of(tag)
      return locks.has(self) ? 'mine' : locks.size > 0 ? 'theirs' : 'open'
    }
  }
}
