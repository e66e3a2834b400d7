/**
 * What another device of the same person needs to open a room before it is admitted: the name, and the keys. It reads what the mailbox or
 * the members have, and is admitted by its certificate (`device-admission.ts`).
 *
 *     room keys = [room tag (16), name, createdAt, first epoch (32), [[epochId (32), log secret (32), message secret (32) | null, commitment (32)]…]]
 */
import { fromHex, toHex, type EpochId, type RoomTag } from '#shared/ids.ts'
import { ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import { readArray, readBytes, readText, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import type { SecretEpochParts } from '../crypto/index.ts'
import type { RoomRecord, Store } from '../store/index.ts'
import { epochsToPassOn } from './log/epochs/key-bundle.ts'
import type { RoomLog } from './log/room-log.ts'

/** Secret. */
export interface RoomKeys {
  tag: RoomTag
  name: string
  createdAt: number
  /** The epoch the room began with: from it follows the proof that sync asks for. */
  firstEpochId: EpochId
  /** Newest last. */
  epochs: readonly SecretEpochParts[]
}

/** Null while this device does not know the epoch the room began with. */
export function keysOf (log: RoomLog, name: string): RoomKeys | null {
  const { createdAt, epochs } = log.membership.peek()
  const first = epochs.find(({ rotation }) => rotation === null)?.epochId ?? null
  if (first === null || log.keyring.get(first) === null) return null
  const isPassedOn = new Set(epochsToPassOn(log))
  const kept = log.keyring.all().filter(({ epochId }) => isPassedOn.has(epochId))
  return { tag: log.roomTag, name, createdAt, firstEpochId: first, epochs: kept.map(({ parts }) => parts) }
}

/** Keeps a room that another device of this person is in. It is opened with the next session, or by `Rooms.open`. */
export async function keepRoomKeys (store: Store, { tag, name, createdAt, firstEpochId, epochs }: RoomKeys): Promise<RoomRecord> {
  const record: RoomRecord = { tag, name, createdAt, draft: '', inviteSecrets: {}, firstEpochId }
  await store.saveEpochs(tag, epochs)
  await store.saveRoom(record)
  return record
}

export const roomKeysFields = ({ tag, name, createdAt, firstEpochId, epochs }: RoomKeys): Cbor[] => [
  fromHex(tag), name, createdAt, fromHex(firstEpochId),
  epochs.map((parts) => [fromHex(parts.epochId), parts.logSecret, parts.messageSecret, parts.messageCommitment])
]

/** @throws {WireError} */
export function readRoomKeys (value: unknown): RoomKeys {
  const [tag, name, createdAt, first, epochs] = readArray(value, 'room-keys', 5)
  const firstEpochId = readEpochId(first)
  const list = readArray(epochs, 'epochs').map((epoch): SecretEpochParts => {
    const [epochId, logSecret, messageSecret, commitment] = readArray(epoch, 'epoch', 4)
    return {
      epochId: readEpochId(epochId),
      logSecret: readBytes(logSecret, 'log-secret', 32),
      messageSecret: messageSecret === null ? null : readBytes(messageSecret, 'message-secret', 32),
      messageCommitment: readBytes(commitment, 'message-commitment', 32)
    }
  })
  if (!list.some(({ epochId }) => epochId === firstEpochId)) throw new WireError('no-first-epoch')
  return {
    tag: toHex(readBytes(tag, 'room-tag', 16)) as RoomTag,
    name: readText(name, 'room-name', ROOM_NAME_MAX_CHARS),
    createdAt: readUint(createdAt, 'created-at'),
    firstEpochId,
    epochs: list
  }
}
