/** By which key a room is synced, and with whom. */
import { fromHex, toHex, type DeviceKey } from '#shared/ids.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { createMemberAccess, deriveAccessKey, type Access } from '#shared/wire/sync/index.ts'
import type { Epoch } from '../crypto/index.ts'
import type { RoomRecord } from '../store/index.ts'
import { memberOf } from './membership/resolve.ts'
import type { RoomLog } from './room-log.ts'
import type { Device } from '../identity/index.ts'

/** The epoch the room began with; before its first operation is known, what was told of it when the room was entered. */
export function firstEpochOf (log: RoomLog, record: RoomRecord): Epoch {
  const begun = log.membership.peek().epochs.find((epoch) => epoch.rotation === null)?.epochId ?? record.firstEpochId ?? null
  const first = begun === null ? null : log.keyring.get(begun)
  if (first === null) throw new Error('a room that was entered has the epoch it began with')
  return first
}

/** Members prove that they hold the log secret the room began with; whom we know by name needs no proof, whom we removed has none. */
export async function roomAccess (log: RoomLog, first: () => Epoch, { device, nodeKey }: { device: Device, nodeKey: () => Uint8Array | null }): Promise<{ access: Access, keys: RoomKeys }> {
  const { epochId, parts } = first()
  const keys = await deriveAccessKey(parts.logSecret)
  const access = createMemberAccess({
    roomTag: log.roomTag,
    epochId: () => epochId,
    keys,
    localKey: fromHex(device.key),
    decide (remoteKey) {
      const remote = toHex(remoteKey) as DeviceKey
      const node = nodeKey()
      if (node !== null && toHex(node) === remote) return true
      if (memberOf(log.membership.peek(), remote) !== null) return true
      const wasRemoved = [...log.membership.peek().authors.values()].some((author) => author.device === remote)
      return wasRemoved ? false : undefined
    }
  })
  return { access, keys: { privateKey: keys.privateKey, publicKey: keys.rawPublicKey } }
}

