/** Has the root key's certificates of this person's other devices renewed while this device runs, where it holds the key. */
import { effect } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import type { Rooms } from '../rooms/index.ts'
import type { ResolvedDevice } from '../rooms/membership/resolve.ts'
import type { Scope } from '../state/scope.ts'
import type { OwnDeviceParts } from './own-devices.ts'

const LOOK_EVERY_MS = 3_600_000

export function renewDevices ({ rooms, ownDevices, myUser, scope, now = Date.now }: {
  rooms: Pick<Rooms, 'all'>, ownDevices: Pick<OwnDeviceParts, 'renew'>, myUser: UserKey, scope: Scope, now?: () => number
}): void {
  let known = ''
  const look = (): void => scope.run(ownDevices.renew(now(), renewable(rooms, myUser)))
  const lookAgain = (): void => {
    look()
    scope.later(LOOK_EVERY_MS, lookAgain)
  }
  lookAgain()
  scope.defer(effect(() => {
    const devices = renewable(rooms, myUser).map(({ device }) => device).sort().join()
    if (known !== (known = devices)) look()
  }))
}

/** RULE: a device that was put out of any room is not renewed: before there were lists, that was how one was revoked. Reactive. */
function renewable (rooms: Pick<Rooms, 'all'>, myUser: UserKey): ResolvedDevice[] {
  const memberships = [...rooms.all.value.values()].map(({ log }) => log.membership.value).filter(({ members }) => members.has(myUser))
  const isOut = (device: string): boolean => memberships.some(({ authors, members }) =>
    members.get(myUser)?.devices.has(device as ResolvedDevice['device']) === false && [...authors.values()].some((author) => author.device === device))
  return [...new Map(memberships.flatMap(({ members }) => [...members.get(myUser)?.devices.values() ?? []]).map((one) => [one.device, one])).values()]
    .filter(({ device }) => !isOut(device))
}
