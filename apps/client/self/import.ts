/** Takes an export in, as a new device. The file is read twice: once to be sure that all of it is whole, and once to keep it. */
import { ParleyError } from '#shared/errors.ts'
import { toHex, type DeviceKey, type RoomTag, type UserKey } from '#shared/ids.ts'
import { NAME_MAX_CHARS, OPERATION_MAX_BYTES } from '#shared/limits.ts'
import { readArray, readBytes, readText, readUint, WireError } from '#shared/wire/cbor.ts'
import { decodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { epochFromSecrets } from '../crypto/index.ts'
import { ROOT_ENTROPY_BYTES, userKeyOf } from '../identity/index.ts'
import { readRoomKeys, type RoomKeys } from '../rooms/room-keys.ts'
import type { RoomLog } from '../rooms/log/room-log.ts'
import type { Session } from '../session.ts'
import type { SelfRecord } from '../store/index.ts'
import { openExport } from './export-file.ts'
import { becomePerson, requireFree } from './person-change.ts'

interface ExportHead { rootEntropy: Uint8Array<ArrayBuffer>, record: Pick<SelfRecord, 'recoveryConfirmedAt' | 'verified'> }

type ImportedRooms = Map<RoomTag, { keys: RoomKeys, log: RoomLog, messages: number }>

/** @throws {ParleyError} `export-foreign`, `export-newer`, `export-damaged`, `passphrase-wrong`, `device-in-use`, `storage-full` (rejects) */
export async function importProfile ({ session, change, file, passphrase, restart, onProgress }: {
  session: Session
  change: Parameters<typeof becomePerson>[0]
  file: Blob
  passphrase: string
  restart: () => Promise<void>
  onProgress?: ((done: number, total: number) => void) | undefined
}): Promise<{ rooms: number, messages: number }> {
  const chunks = await openExport(file, passphrase)
  const total = file.size * 2
  let head: ExportHead | null = null
  for await (const { records, doneBytes } of chunks()) {
    head ??= damagedUnless(() => readHead(records[0]))
    onProgress?.(doneBytes, total)
  }
  if (head === null) throw new ParleyError('export-damaged')
  const userKey = await userKeyOf(head.rootEntropy)
  requireFree(session, userKey)

  const logs: ImportedRooms = new Map()
  for await (const { records, doneBytes } of chunks()) {
    for (const record of records) await takeRecord(record, session, logs)
    onProgress?.(file.size + doneBytes, total)
  }
  await becomePerson(change, {
    userKey, profile: { rootEntropy: head.rootEntropy, linked: null }, rooms: [...logs.values()].map(({ keys }) => keys), record: head.record
  })
  await restart()
  return { rooms: logs.size, messages: [...logs.values()].reduce((sum, { messages }) => sum + messages, 0) }
}

async function takeRecord (
  record: unknown, { rooms }: Session, logs: ImportedRooms
): Promise<void> {
  const fields = damagedUnless(() => readArray(record, 'record'))
  if (fields[0] === 1) {
    const keys = damagedUnless(() => readRoomKeys(fields[1]))
    const log = await rooms.logOf(keys.tag)
    await log.addEpochs((await Promise.all(keys.epochs.map(epochFromSecrets))).filter((epoch) => epoch !== null))
    logs.set(keys.tag, { keys, log, messages: 0 })
    return
  }
  if (fields[0] !== 2) return
  const { tag, device, envelopes } = damagedUnless(() => ({
    tag: toHex(readBytes(fields[1], 'room-tag', 16)) as RoomTag,
    device: toHex(readBytes(fields[2], 'device-key', 32)) as DeviceKey,
    envelopes: readArray(fields[3], 'entries').map((entry) => readBytes(entry, 'entry', undefined, OPERATION_MAX_BYTES))
  }))
  const room = logs.get(tag)
  if (room === undefined) throw new ParleyError('export-damaged')
  const entries: VerifiedEnvelope[] = []
  for (const bytes of envelopes) {
    try {
      entries.push(await verifyEnvelope(await decodeEnvelope(bytes), device))
    } catch (cause) {
      throw new ParleyError('export-damaged', { cause })
    }
  }
  await room.log.append(entries)
  room.messages += entries.filter(({ header }) => header.kind === 'message').length
}

function readHead (record: unknown): ExportHead {
  const [type, , , rootEntropy, confirmedAt, verified] = readArray(record, 'head', 7)
  if (type !== 0) throw new WireError('no-head')
  return {
    rootEntropy: readBytes(rootEntropy, 'root-entropy', ROOT_ENTROPY_BYTES),
    record: {
      recoveryConfirmedAt: confirmedAt === null ? null : readUint(confirmedAt, 'confirmed-at'),
      verified: readArray(verified, 'verified').map((entry) => {
        const [user, name, isVerified, changedAt] = readArray(entry, 'verified', 4)
        return {
          user: toHex(readBytes(user, 'user-key', 32)) as UserKey, name: readText(name, 'name', NAME_MAX_CHARS),
          isVerified: isVerified === true, changedAt: readUint(changedAt, 'changed-at')
        }
      })
    }
  }
}

/** What is sealed whole and is none of ours in its shape was written by something broken. */
function damagedUnless<T> (read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new ParleyError('export-damaged', { cause })
  }
}
