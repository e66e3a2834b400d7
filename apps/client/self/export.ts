/**
 * What goes into an export: the person, the rooms with their keys, and the logs as they came over the wire. Never the keys of this device nor
 * where its own log stands: what is imported is read, and written on by another device.
 *
 *     records = [0, exportedAt, name, root entropy (16), recovery confirmed at | null, [[user key (32), name, is verified, changed at]…], entries]
 *             | [1, room keys]
 *             | [2, room tag (16), device key (32), [envelope (bytes)…]]        a stretch of one log, ascending
 */
import { ParleyError } from '#shared/errors.ts'
import { fromHex } from '#shared/ids.ts'
import { encodeEnvelope } from '#shared/wire/envelope.ts'
import { countOf } from '#shared/wire/sync/ranges.ts'
import type { Person } from '../identity/index.ts'
import type { Rooms } from '../rooms/index.ts'
import { keysOf, roomKeysFields } from '../rooms/room-keys.ts'
import { createExportWriter } from './export-file.ts'
import type { SelfRecords } from './self-record.ts'

/** Entries of one record: about a tenth of a chunk. */
const STRETCH = 100

/** @throws {ParleyError} `root-key-missing`, `passphrase-short` (rejects) */
export async function exportProfile ({ person, name, rooms, records, passphrase, onProgress }: {
  person: Person
  name: string
  rooms: Rooms
  records: SelfRecords
  passphrase: string
  onProgress?: ((done: number, total: number) => void) | undefined
}): Promise<Blob> {
  if (person.rootEntropy === null) throw new ParleyError('root-key-missing')
  const writer = await createExportWriter(passphrase)
  const all = [...rooms.all.peek().values()]
  const total = all.reduce((sum, { log }) => sum + [...log.vector().values()].reduce((entries, { have }) => entries + countOf(have), 0), 0)
  const { recoveryConfirmedAt, verified } = records.record.peek()
  const verifiedFields = verified.map((entry) => [fromHex(entry.user), entry.name, entry.isVerified, entry.changedAt])
  await writer.write([0, Date.now(), name, person.rootEntropy, recoveryConfirmedAt, verifiedFields, total])
  let done = 0
  onProgress?.(0, total)
  for (const { log, room } of all) {
    const keys = keysOf(log, room.summary.peek().name)
    // A room that this device knows by its keys only has nothing to export yet; the backup has the keys.
    if (keys === null) continue
    await writer.write([1, roomKeysFields(keys)])
    for (const { devTag, device, have } of log.vector().values()) {
      for (const range of have) {
        for (let from = range.from; from <= range.to; from += STRETCH) {
          const to = Math.min(range.to, from + STRETCH - 1)
          const entries = await log.read(devTag, { from, to }, { maxBytes: Number.MAX_SAFE_INTEGER })
          await writer.write([2, fromHex(log.roomTag), fromHex(device), entries.map(encodeEnvelope)])
          done += entries.length
          onProgress?.(done, total)
        }
      }
    }
  }
  return await writer.finish()
}
