/** Tells when a name that this person has verified appears in a room with another key. */
import { effect } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import { isAlike } from '#shared/names/look-alike.ts'
import type { Rooms } from '../rooms/index.ts'
import type { SelfRecords } from './self-record.ts'

/** @returns end */
export function watchNames ({ rooms, records, onChanged }: {
  rooms: Rooms, records: SelfRecords, onChanged: (name: string) => void
}): () => void {
  const told = new Set<UserKey>()
  return effect(() => {
    const verified = records.record.value.verified.filter(({ isVerified }) => isVerified)
    if (verified.length === 0) return
    const keys = new Set(verified.map(({ user }) => user))
    for (const { log } of rooms.all.value.values()) {
      for (const { user, name } of log.membership.value.members.values()) {
        if (keys.has(user) || told.has(user) || !verified.some((known) => isAlike(known.name, name))) continue
        told.add(user)
        onChanged(name)
      }
    }
  })
}
