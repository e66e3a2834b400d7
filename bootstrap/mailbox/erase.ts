/**
 * Bodies that members have taken back, or whose time in the room is over, go from the mailbox too: the entry stays as what it is without
 * its body, so that the chain can still be checked. The node cannot judge why; whoever has the room's access key may ask.
 */
import { ParleyError } from '#shared/errors.ts'
import { toHex } from '#shared/ids.ts'
import { encodeEnvelope, eraseBody, readEnvelope, type Envelope } from '#shared/wire/envelope.ts'
import type { Db } from '../store/index.ts'

/**
 * Answers how many bodies went. Operations and what is not there are passed over.
 * @param publicKey the raw key that has signed the request
 * @throws {ParleyError} `not-found`, `not-allowed` (rejects)
 */
export async function eraseBodies (db: Db, roomTag: string, { devTag, seqs }: { devTag: string, seqs: readonly number[] }, publicKey: Uint8Array): Promise<number> {
  const room = await db.selectFrom('mailbox_rooms').select('access_key').where('tag', '=', roomTag).executeTakeFirst()
  if (room === undefined) throw new ParleyError('not-found')
  if (room.access_key !== toHex(publicKey)) throw new ParleyError('not-allowed')
  return await db.transaction().execute(async (transaction) => {
    const rows = await transaction.selectFrom('mailbox_entries').select(['seq', 'id', 'envelope'])
      .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', 'in', [...seqs]).where('is_operation', '=', 0).execute()
    let erased = 0
    for (const row of rows) {
      const envelope = { ...readEnvelope(row.envelope), id: row.id } as Envelope
      if ('erasedHash' in envelope.body) continue
      const stub = encodeEnvelope(await eraseBody(envelope))
      await transaction.updateTable('mailbox_entries').set({ envelope: stub, bytes: stub.length })
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', '=', row.seq).execute()
      erased++
    }
    return erased
  })
}
