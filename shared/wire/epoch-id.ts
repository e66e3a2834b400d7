import { toHex, type EpochId } from '../ids.ts'
import { readBytes, WireError } from './cbor.ts'

/** A whole hash: nobody finds two epochs with one id. */
export const EPOCH_ID_BYTES = 32
/** In rooms that were begun before protocol 3, and there for good. */
export const SHORT_EPOCH_ID_BYTES = 16

/** Reads an epoch's id of either length; that a room has one of them follows from how its rotations are judged. @throws {WireError} */
export function readEpochId (value: unknown): EpochId {
  const id = readBytes(value, 'epoch-id')
  if (id.length !== EPOCH_ID_BYTES && id.length !== SHORT_EPOCH_ID_BYTES) throw new WireError('malformed-epoch-id')
  return toHex(id) as EpochId
}
