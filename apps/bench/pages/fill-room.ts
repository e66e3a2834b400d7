/**
 * A long history without the hours it takes to write one: entries as a device writes them, sealed, chained and signed, put through the room's own
 * log a thousand at a time. The client must not be running meanwhile.
 */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { assembleEnvelope, encodeHeader, markVerified, signedBytes, type EnvelopeHeader, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import { openVault, sealBody, type StoredVaultKey } from '../../client/crypto/index.ts'
import { loadDevice } from '../../client/identity/index.ts'
import { encodeText } from '../../client/rooms/messages/content.ts'
import { createRoomLog } from '../../client/rooms/log/room-log.ts'
import { openDatabase } from '../../client/store/index.ts'

const BATCH = 1000
/** Between two messages, so that a hundred thousand are some weeks. */
const PAUSE_MS = 20_000

/** Text of the n-th message, from 1; 100 characters. */
export const textOf = (n: number): string => `Message ${n} `.padEnd(99, 'soup ') + '.'

export async function fillRoom (roomTag: RoomTag, messages: number): Promise<void> {
  const database = await openDatabase('parley')
  const device = await loadDevice(database)
  const vault = await openVault(await database.loadKey('vault') as StoredVaultKey | null, null, () => Promise.resolve())
  const log = createRoomLog({ tag: roomTag, store: database.withVault(vault), device, onDropped: (reason) => console.error(`dropped: ${reason}`) })
  await log.load()
  const epoch = log.keyring.forSending(log.membership.value)
  const mine = log.vector().get(log.devTag)
  if (epoch?.messageKey == null || mine === undefined) throw new Error('the room cannot be written to')
  let prev = mine.head, seq = highestOf(mine.have), lamport = log.operations.newestClock
  const startedAt = Date.now() - messages * PAUSE_MS
  let batch: Promise<VerifiedEnvelope>[] = []
  for (let n = 1; n <= messages; n++) {
    const header: EnvelopeHeader = {
      kind: 'message', roomTag, devTag: log.devTag, seq: ++seq, prev, lamport: ++lamport, sentAt: startedAt + n * PAUSE_MS,
      epochId: epoch.epochId, heads: log.membership.value.heads
    }
    const headerBytes = encodeHeader(header)
    const body = await sealBody(epoch.messageKey, headerBytes, encodeText(textOf(n)))
    const unsigned = await assembleEnvelope({ header, headerBytes, body, signature: new Uint8Array(64) })
    prev = unsigned.id
    batch.push(signed(unsigned, device.signing.privateKey, device.key))
    if (batch.length < BATCH && n < messages) continue
    await log.append(await Promise.all(batch))
    batch = []
  }
  database.close()
}

async function signed (unsigned: Awaited<ReturnType<typeof assembleEnvelope>>, key: CryptoKey, device: DeviceKey): Promise<VerifiedEnvelope> {
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', key, signedBytes(unsigned.id)))
  return markVerified({ ...unsigned, signature }, device)
}
