/** Making this device another person's: what linking, recovery and import end in. */
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { AccountParts } from '../account.ts'
import type { Person } from '../identity/index.ts'
import { keepRoomKeys, type RoomKeys } from '../rooms/room-keys.ts'
import type { Rooms } from '../rooms/index.ts'
import type { ProfileRecord, SelfRecord, Store } from '../store/index.ts'
import { emptySelfRecord } from './self-record.ts'

export interface PersonChange {
  userKey: UserKey
  profile: Pick<ProfileRecord, 'rootEntropy' | 'linked'>
  rooms: readonly RoomKeys[]
  record: Partial<SelfRecord>
}

/**
 * RULE: a device is made another person's only while its own is in no room: nobody's history is given to somebody else.
 * @throws {ParleyError} `device-in-use`
 */
export function requireFree ({ person, rooms }: { person: Person, rooms: Rooms }, userKey: UserKey): void {
  if (person.userKey !== userKey && rooms.all.peek().size > 0) throw new ParleyError('device-in-use')
}

/** Writes down who this device is now. It counts with the next session. */
export async function becomePerson (
  { account, store, rooms, local }: { account: AccountParts, store: Store, rooms: Rooms, local: DeviceKey }, change: PersonChange
): Promise<void> {
  for (const keys of change.rooms) if (rooms.get(keys.tag) === null) await keepRoomKeys(store, keys)
  const { knownRooms = [], knownDevices = [], ...record } = change.record
  await store.saveSelf({
    ...emptySelfRecord(),
    ...await store.loadSelf(),
    ...record,
    knownRooms: [...new Set([...knownRooms, ...change.rooms.map(({ tag }) => tag)])],
    knownDevices: [...new Set([...knownDevices, local])]
  })
  // Last, so that a device that is switched off half way is still nobody else's.
  await account.become(change.profile)
}
