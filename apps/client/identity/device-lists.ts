/**
 * The device lists that this device has heard of, of all people, from whatever room or device it heard of them.
 *
 * @example
 *   const lists = await openDeviceLists({ store, myUser, isMet })
 *   await lists.take(list)
 *   lists.isRevoked(user, device)
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { DEVICE_LISTS_MAX, REVOKED_KEPT_MAX } from '#shared/limits.ts'
import { createMutex } from '../state/mutex.ts'
import type { Store } from '../store/index.ts'
import { decodeDeviceList, encodeDeviceList, isNewer, isSigned, type DeviceList } from './device-list.ts'

interface Known { newest: DeviceList, revoked: ReadonlySet<DeviceKey> }

export interface DeviceLists {
  /** Changes with what is known. */
  readonly known: ReadonlySignal<ReadonlyMap<UserKey, Known>>
  /** Adds what a list says. False when its root key has not signed it. Durable when it resolves. */
  take(list: DeviceList): Promise<boolean>
  /** The list of a person to show to others; null when none was heard of. Reactive. */
  newestOf(user: UserKey): DeviceList | null
  /** What any list of this person revokes. Reactive. */
  revokedOf(user: UserKey): ReadonlySet<DeviceKey>
  /** RULE: only the root key of a device's own person revokes it. Reactive. */
  isRevoked(user: UserKey, device: DeviceKey): boolean
}

const NONE: ReadonlySet<DeviceKey> = new Set()

export async function openDeviceLists ({ store, myUser, isMet }: {
  store: Pick<Store, 'loadDeviceLists' | 'saveDeviceLists'>
  myUser: UserKey
  /** RULE: strangers, of whom anybody can make up as many as they like, crowd out nobody who is in a room with this person. */
  isMet: (user: UserKey) => boolean
}): Promise<DeviceLists> {
  const known = signal<ReadonlyMap<UserKey, Known>>(new Map((await store.loadDeviceLists()).map(({ user, newest, revoked }) =>
    [user, { newest: decodeDeviceList(newest), revoked: new Set(revoked) }])))
  const saving = createMutex()
  const save = async (): Promise<void> => await saving(async () => await store.saveDeviceLists([...known.peek()].map(([user, { newest, revoked }]) =>
    ({ user, newest: encodeDeviceList(newest), revoked: [...revoked] }))))

  const adds = (list: DeviceList): boolean => {
    const before = known.peek().get(list.user)
    // Of others only what they revoke is worth a place.
    if (before === undefined) return list.revoked.length > 0 || list.user === myUser
    return isNewer(list, before.newest) || (before.revoked.size < REVOKED_KEPT_MAX && list.revoked.some((device) => !before.revoked.has(device)))
  }
  return {
    known,
    async take (list) {
      if (!adds(list)) return true
      if (!await isSigned(list)) return false
      const before = known.peek().get(list.user)
      const newest = isNewer(list, before?.newest ?? null) || before === undefined ? list : before.newest
      const revoked = new Set([...new Set([...before?.revoked ?? [], ...list.revoked])].slice(0, REVOKED_KEPT_MAX))
      const next = new Map([...known.peek()].filter(([user]) => user !== list.user)).set(list.user, { newest, revoked })
      const [oldest] = [...next.keys()].filter((user) => user !== myUser && user !== list.user && !isMet(user))
      if (next.size > DEVICE_LISTS_MAX && oldest !== undefined) next.delete(oldest)
      known.value = next
      await save()
      return true
    },
    newestOf: (user) => known.value.get(user)?.newest ?? null,
    revokedOf: (user) => known.value.get(user)?.revoked ?? NONE,
    isRevoked: (user, device) => known.value.get(user)?.revoked.has(device) === true
  }
}
