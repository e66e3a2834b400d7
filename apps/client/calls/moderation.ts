/**
 * What moderators order in the call of a room, as a pure function: each device judges for itself whether whoever gives an order may give it.
 * Nothing is stored: removals and locks last as long as the call does.
 */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { Roster } from './roster.ts'

export type OrderAction = 'mute' | 'remove' | 'lock' | 'unlock'

export interface CallOrder {
  action: OrderAction
  /** Whom it is about; for a lock the device that locks. */
  device: DeviceKey
  /** When that device joined, as it announced: an order is about one stay in one call. */
  joinedAt: number
  /** Unix ms by the clock of whoever orders. The same when it is said again. */
  at: number
}

export interface CallModeration {
  /** Who was removed, and by whose order: they stay out until the call is over. */
  removed: ReadonlyMap<UserKey, CallOrder>
  /** Devices that have locked the call, and are in it. */
  locks: ReadonlySet<DeviceKey>
  /** Who was in when it was locked, and may come back. */
  admitted: ReadonlySet<UserKey>
  /** The last request and the last lock of each device: an older one is late or played again. */
  lastAt: ReadonlyMap<string, number>
}

/** Who gives an order, and what the room says of them. */
export interface OrderContext {
  from: DeviceKey
  isModerator: (user: UserKey) => boolean
  mayActOn: (by: UserKey, of: UserKey) => boolean
  userOf: (device: DeviceKey) => UserKey | null
  roster: Roster
}

export type OrderVerdict = { order: 'ignored' } | { order: 'mute' | 'remove', user: UserKey } | { order: 'lock' | 'unlock' }

/** Clocks of members may differ by this much. */
const CLOCKS_MS = 120_000

export const noModeration: CallModeration = { removed: new Map(), locks: new Set(), admitted: new Set(), lastAt: new Map() }
const IGNORED: OrderVerdict = { order: 'ignored' }

export function hearOrder (state: CallModeration, order: CallOrder, context: OrderContext): [CallModeration, OrderVerdict] {
  const { from, roster } = context
  const by = context.userOf(from)
  const user = context.userOf(order.device)
  if (by === null || user === null) return [state, IGNORED]
  const kind = `${from}/${order.action === 'mute' ? 'mute' : 'lock'}`
  const lastAt = state.lastAt.get(kind) ?? -Infinity
  const heard: CallModeration = { ...state, lastAt: new Map(state.lastAt).set(kind, order.at) }
  switch (order.action) {
    case 'mute': {
      // RULE: asked to be quiet is who is in the call now, by somebody who outranks them, once per asking.
      const isHere = roster.get(order.device)?.joinedAt === order.joinedAt
      return isHere && order.at > lastAt && context.mayActOn(by, user) ? [heard, { order: 'mute', user }] : [state, IGNORED]
    }
    case 'remove':
      // RULE: out of this call is whom somebody removes who outranks them, on all their devices. An order of an earlier call is none.
      if (!context.mayActOn(by, user) || order.at < startOf(roster, order.joinedAt) - CLOCKS_MS) return [state, IGNORED]
      if (state.removed.has(user)) return [state, IGNORED]
      return [{ ...state, removed: new Map(state.removed).set(user, order) }, { order: 'remove', user }]
    case 'lock':
      // RULE: only moderators lock, and only while they are in the call themselves.
      if (order.at < lastAt || order.device !== from || !context.isModerator(by) || roster.get(from)?.joinedAt !== order.joinedAt || state.locks.has(from)) return [state, IGNORED]
      return [{
        ...heard,
        locks: new Set(state.locks).add(from),
        admitted: state.locks.size > 0 ? state.admitted : new Set([...roster.keys()].flatMap((device) => context.userOf(device) ?? []))
      }, { order: 'lock' }]
    case 'unlock':
      if (order.at < lastAt || order.device !== from || !state.locks.has(from)) return [state, IGNORED]
      return [without(heard, from), { order: 'unlock' }]
  }
}

/** A device has left: its lock goes with it. When nobody is left the call is over, and what was ordered in it too. */
export function dropLeft (state: CallModeration, roster: Roster): CallModeration {
  if (roster.size === 0) return state.removed.size + state.locks.size + state.lastAt.size === 0 ? state : { ...noModeration, lastAt: state.lastAt }
  return [...state.locks].filter((device) => !roster.has(device)).reduce(without, state)
}

/** Why somebody is not let into the call; null when they are. */
export function whyNotIn (state: CallModeration, user: UserKey, isModerator: (user: UserKey) => boolean): 'removed' | 'locked' | null {
  if (state.removed.has(user)) return 'removed'
  return state.locks.size > 0 && !state.admitted.has(user) && !isModerator(user) ? 'locked' : null
}

function without (state: CallModeration, device: DeviceKey): CallModeration {
  const locks = new Set(state.locks)
  locks.delete(device)
  return { ...state, locks, admitted: locks.size === 0 ? new Set() : state.admitted }
}

const startOf = (roster: Roster, otherwise: number): number =>
  [...roster.values()].reduce((first, { joinedAt }) => Math.min(first, joinedAt), roster.size === 0 ? otherwise : Infinity)
