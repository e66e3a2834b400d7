/** The devices of this person: what the node lists for the account, joined with what the rooms know. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { Device as ListedDevice } from '#shared/http/index.ts'
import { deviceKeyThumbprint } from '#shared/http/passport.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { showableTime } from '#shared/time.ts'
import type { OwnDevice } from '../api-self.ts'
import type { DeviceLists } from '../identity/device-lists.ts'
import type { NodeApi } from '../node-api/index.ts'
import { removeDevice } from '../rooms/entry/device-admission.ts'
import type { Rooms } from '../rooms/index.ts'
import { tellDevices } from '../rooms/people/revocations.ts'
import type { Scope } from '../state/scope.ts'
import type { OwnDeviceParts } from './own-devices.ts'
import type { SelfRecords } from './self-record.ts'

/** Names and times of devices change rarely; linking and revoking look at once. */
const LOOK_EVERY_MS = 5 * 60_000

export interface DeviceList {
  readonly devices: ReadonlySignal<readonly OwnDevice[]>
  /** Asks the node again. Never rejects. */
  refresh(): Promise<void>
  revoke(device: DeviceKey): Promise<void>
}

export interface DeviceListOptions {
  api: Pick<NodeApi, 'devices' | 'revokeDevice'>
  passport: () => string
  isOnline: () => boolean
  local: DeviceKey
  myUser: UserKey
  rooms: Rooms
  records: SelfRecords
  ownDevices: Pick<OwnDeviceParts, 'revoke'>
  lists: DeviceLists
  scope: Scope
}

export function createDeviceList ({ api, passport, isOnline, local, myUser, rooms, records, ownDevices, lists, scope }: DeviceListOptions): DeviceList {
  const listed = signal<readonly ListedDevice[] | null>(null)
  const ids = signal<ReadonlyMap<DeviceKey, string>>(new Map())
  const revoked = signal<ReadonlySet<DeviceKey>>(new Set())

  const inRooms = computed(() => new Set([...rooms.all.value.values()].flatMap(({ log }) => [...log.membership.value.members.get(myUser)?.devices.keys() ?? []])))
  const known = computed(() => new Set([local, ...inRooms.value, ...records.record.value.knownDevices]))
  scope.defer(effect(() => {
    const missing = [...known.value].filter((device) => !ids.peek().has(device))
    if (missing.length === 0) return
    scope.run(Promise.all(missing.map(async (device) => [device, await deviceKeyThumbprint(device)] as const)).then((found) => {
      ids.value = new Map([...ids.peek(), ...found])
    }))
  }))

  const refresh = async (): Promise<void> => {
    listed.value = await api.devices(passport(), { signal: scope.signal }).catch(() => listed.peek())
  }
  let cancel = (): void => {}
  const look = (): void => {
    cancel()
    scope.run(refresh())
    cancel = scope.later(LOOK_EVERY_MS, look)
  }
  scope.defer(effect(() => { if (isOnline()) look() }))

  return {
    refresh,
    devices: computed(() => [...known.value].flatMap((device): OwnDevice[] => {
      const entry = listed.value?.find(({ id }) => id === ids.value.get(device))
      // One that is in no room is there only if the node says so: it may have been signed out elsewhere.
      if (revoked.value.has(device) || lists.isRevoked(myUser, device) || (entry === undefined && device !== local && !inRooms.value.has(device))) return []
      return [{ device, label: entry?.label ?? null, isThis: device === local, lastSeenAt: entry === undefined ? null : showableTime(entry.lastSeenAt) }]
    }).sort((a, b) => Number(b.isThis) - Number(a.isThis) || (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0))),
    async revoke (device) {
      if (device === local) throw new ParleyError('not-allowed')
      // First what lasts: from here on every room does it by itself, those that cannot be written to now and those entered later too.
      await ownDevices.revoke(device)
      // And the rooms that are here at once, also while the node is away: it is what keeps what comes later from the device.
      for (const { log } of rooms.all.peek().values()) {
        if (log.membership.peek().memberOf(local) === null) continue
        await removeDevice(log, device).then(async () => await tellDevices(log, lists.newestOf(myUser))).catch((error: unknown) => {
          if (!(error instanceof ParleyError)) throw error
        })
      }
      await api.revokeDevice(passport(), await deviceKeyThumbprint(device)).catch((error: unknown) => {
        if (!(error instanceof ParleyError) || error.code !== 'not-found') throw error
      })
      revoked.value = new Set([...revoked.peek(), device])
      await refresh()
    }
  }
}
