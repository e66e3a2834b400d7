import { readEnvelope } from '#shared/wire/envelope.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import type { Store } from '../store/index.ts'
import type { RoomLog } from './log/room-log.ts'

/**
 * Erases what is kept of a room on this device.
 * RULE: how far this device's own log went stays: whoever comes back goes on from there and never signs a position a second time.
 * @throws {ParleyError} `storage-denied`, `storage-full` (rejects)
 */
export async function forgetRoom (log: RoomLog, store: Store): Promise<void> {
  const { roomTag, devTag } = log
  const own = log.vector().get(devTag)
  const last = own === undefined ? null : await store.entries.at(roomTag, devTag, highestOf(own.have))
  await store.forgetRoom(roomTag, own === undefined || last === null
    ? null
    : { roomTag, ...own, have: [], written: { seq: last.seq, id: last.id, lamport: readEnvelope(last.bytes).header.lamport } })
}
