/**
 * Bodies that members have taken back, or whose time in the room is over, go from the mailbox too: the entry stays as what it is without
 * its body, so that the chain can still be checked. The node cannot judge why; whoever has the room's access key may ask.
 */
import { ParleyError } from '#shared/errors.ts'
import { toHex } from '#shared/ids.ts'
import { encodeEnvelope, eraseBody, readEnvelope } from '#shared/wire/envelope.ts'
import type { MailboxStore } from '../store/mailbox.ts'

/**
 * Answers how many bodies went. Operations and what is not there are passed over.
 * @param publicKey the raw key that has signed the request
 * @throws {ParleyError} `not-found`, `not-allowed` (rejects)
 */
export async function eraseBodies (
  store: MailboxStore, roomTag: string,
  { devTag, seqs }: { devTag: string, seqs: readonly number[] }, publicKey: Uint8Array
): Promise<number> {
  const accessKey = await store.rooms.accessKeyOf(roomTag)
  if (accessKey === null) throw new ParleyError('not-found')
  if (accessKey !== toHex(publicKey)) throw new ParleyError('not-allowed')
  return await store.transaction(async ({ entries }) => {
    let erased = 0
    for (const row of await entries.messagesAt(roomTag, devTag, seqs)) {
      const envelope = { ...readEnvelope(row.envelope), id: row.id }
      if ('erasedHash' in envelope.body) continue
      await entries.replaceEnvelope({ roomTag, devTag, seq: row.seq }, encodeEnvelope(await eraseBody(envelope)))
      erased++
    }
    return erased
  })
}
