/**
 * Carries out in a room what the root keys of its people say of their devices, as far as this device may, and tells the room of it: RULE: a device that
 * its own person has revoked is put out of every room, by another of that person's devices at once, and else by a moderator's in turn.
 */
import { effect, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { DeviceList } from '../../identity/device-list.ts'
import type { DeviceLists } from '../../identity/device-lists.ts'
import { createMutex } from '../../state/mutex.ts'
import type { Scope } from '../../state/scope.ts'
import { removeDevice } from '../entry/device-admission.ts'
import type { DeviceJudge } from '../entry/device-judge.ts'
import type { Membership } from '../membership/membership.ts'
import type { Renewal } from '../membership/operations.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Between two devices that could do the same: an operation reaches the others by gossip within a second. */
const TURN_MS = 3000
/** A moderator's device leaves it to the person's own devices for this long. */
const MODERATOR_AFTER_MS = 15_000
const TURNS_MAX = 20
/** After an operation could not be written: on a full disk, say. */
const RETRY_MS = 60_000

/** What is known of the devices of people, and of this one's person. */
export interface RoomDevices {
  readonly lists: DeviceLists
  readonly judge: DeviceJudge
  /** The newest certificate of this device; null where that is one of protocol 2, without a date. */
  readonly certified: ReadonlySignal<Renewal | null>
  /** Devices that were revoked on this one, while the list that says so waits for the root key. */
  readonly wished: ReadonlySignal<ReadonlySet<DeviceKey>>
}

/** Whether the members of a room have not heard yet what this list revokes. */
const isNewTo = ({ deviceLists }: Membership, list: DeviceList): boolean => {
  const heard = new Set(deviceLists.filter(({ user }) => user === list.user).flatMap(({ revoked }) => revoked))
  return list.revoked.some((other) => !heard.has(other))
}

/** Tells a room of a list, where that is news there. */
export async function tellDevices (log: Pick<RoomLog, 'membership' | 'writeOperation'>, list: DeviceList | null): Promise<void> {
  if (list !== null && isNewTo(log.membership.peek(), list)) await log.writeOperation({ type: 'devices', list })
}

/** Works until `scope` ends. */
export function keepDevices ({ log, scope, device, myUser, lists, wished, isFresh }: {
  log: RoomLog
  scope: Scope
  device: DeviceKey
  myUser: UserKey
  /** Whether actions on others may be written now. */
  isFresh: ReadonlySignal<boolean>
} & Pick<RoomDevices, 'lists' | 'wished'>): void {
  const locked = createMutex()
  /** RULE: a device is put out once: where that has no effect, it would be written again and again. */
  const tried = new Set<DeviceKey>()
  const told = new Set<DeviceList>()

  const isRevoked = (user: UserKey, other: DeviceKey): boolean => lists.isRevoked(user, other) || (user === myUser && wished.value.has(other))
  /** What is to be done here, the own devices first. Reactive. */
  const due = (): { target: DeviceKey, afterMs: number }[] => {
    const membership = log.membership.value
    if (membership.memberOf(device) === null) return []
    const rights = membership.rightsOf(myUser)
    return [...membership.members.values()].flatMap(({ user, devices }) => [...devices.keys()]
      .filter((other) => other !== device && !tried.has(other) && isRevoked(user, other) && (user === myUser || (isFresh.value && rights.mayActOn(user))))
      .map((target) => ({ target, afterMs: delayOf(membership, device, myUser, user) })))
  }
  /** Whether the room has not heard yet what this person has revoked. Reactive. */
  const isToTell = (): boolean => {
    const membership = log.membership.value, list = lists.newestOf(myUser)
    return list !== null && membership.memberOf(device) !== null && !told.has(list) && isNewTo(membership, list)
  }

  const putOut = async (target: DeviceKey): Promise<void> => await attempt(async () => {
    if (!due().some((one) => one.target === target)) return
    await removeDevice(log, target)
    tried.add(target)
  })
  const tell = async (): Promise<void> => await attempt(async () => {
    const list = lists.newestOf(myUser)
    if (list === null || !isToTell()) return
    await tellDevices(log, list)
    told.add(list)
  })
  const attempt = async (act: () => Promise<void>): Promise<void> => await locked(async () => {
    await act().catch((error: unknown) => {
      if (!(error instanceof ParleyError)) throw error
      scope.later(RETRY_MS, plan)
    })
  })

  const planned = new Set<string>()
  /** Once each until its time has come, so that nothing that happens in the room puts it off. */
  const planOnce = (what: string, afterMs: number, act: () => Promise<void>): void => {
    if (planned.has(what)) return
    planned.add(what)
    scope.later(afterMs, () => {
      planned.delete(what)
      scope.run(act())
    })
  }
  const plan = (): void => {
    for (const { target, afterMs } of due()) planOnce(target, afterMs, async () => await putOut(target))
    if (isToTell()) planOnce('tell', turnIn(log.membership.value, device, myUser) * TURN_MS, tell)
  }
  scope.defer(effect(plan))
  scope.defer(effect(() => {
    for (const list of log.membership.value.deviceLists) scope.run(lists.take(list))
  }))
}

/** The place of a device among those of its person. */
function turnIn ({ members }: Membership, device: DeviceKey, user: UserKey): number {
  return Math.max(0, [...members.get(user)?.devices.keys() ?? []].sort().indexOf(device))
}

function delayOf (membership: Membership, device: DeviceKey, myUser: UserKey, target: UserKey): number {
  if (target === myUser) return turnIn(membership, device, myUser) * TURN_MS
  const moderators = [...membership.members.values()].flatMap(({ user, devices }) => membership.rightsOf(user).mayActOn(target) ? [...devices.keys()] : [])
  return MODERATOR_AFTER_MS + Math.min(Math.max(0, moderators.sort().indexOf(device)), TURNS_MAX) * TURN_MS
}
