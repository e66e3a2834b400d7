/** The frames of `/parley/branches/1`; see SPEC.md. */
import { fromHex, toHex, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from '#shared/wire/cbor.ts'
import { OPERATION_MAX_BYTES } from '#shared/limits.ts'

export const BRANCHES_PROTOCOL = '/parley/branches/1'
const BRANCHES_VERSION = 1
/** An operation is named by the start of its id: enough to tell it from others of one device, and a wrong guess is only sent again. */
export const NAME_BYTES = 8
export const NAMED_MAX = 16_000
/** Bytes of entries in one frame, but for one that is longer alone. */
export const ENTRIES_MAX_BYTES = 256 * 1024
export const BRANCHES_FRAME_MAX_BYTES = ENTRIES_MAX_BYTES + OPERATION_MAX_BYTES + NAMED_MAX * (NAME_BYTES + 1)

/** Hex. */
export type OperationName = string
/** Operations of one device, each as it travels. */
export interface BranchEntries { device: DeviceKey, entries: Uint8Array<ArrayBuffer>[] }
export interface NamedBranches { device: DeviceKey, names: OperationName[] }

export type BranchesMessage =
  | { type: 'ask', roomTag: RoomTag, known: NamedBranches[] }
  | { type: 'give', given: BranchEntries[], lacking: NamedBranches[], isMore: boolean }
  | { type: 'none' }

const ASK = 0, GIVE = 1, NONE = 2

export function encodeBranchesMessage (message: BranchesMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'ask': return encodeCbor([ASK, BRANCHES_VERSION, fromHex(message.roomTag), writeNamed(message.known)])
    case 'give': return encodeCbor([GIVE, message.given.map(({ device, entries }) => [fromHex(device), entries]), writeNamed(message.lacking), message.isMore])
    case 'none': return encodeCbor([NONE])
  }
}

/** @throws {WireError} */
export function decodeBranchesMessage (bytes: Uint8Array): BranchesMessage {
  const fields = readArray(decodeCbor(bytes), 'branches-message')
  switch (fields[0]) {
    case ASK: {
      if (fields[1] !== BRANCHES_VERSION) throw new WireError('branches-version')
      return { type: 'ask', roomTag: toHex(readBytes(fields[2], 'room-tag', 16)) as RoomTag, known: readNamed(fields[3]) }
    }
    case GIVE: {
      if (typeof fields[3] !== 'boolean') throw new WireError('malformed-more')
      const given = readArray(fields[1], 'given').map((value) => {
        const [device, entries] = readArray(value, 'branch', 2)
        return { device: readDevice(device), entries: readArray(entries, 'entries').map((entry) => readBytes(entry, 'entry', undefined, OPERATION_MAX_BYTES)) }
      })
      return { type: 'give', given, lacking: readNamed(fields[2]), isMore: fields[3] }
    }
    case NONE: return { type: 'none' }
    default: throw new WireError(`unknown-branches-message-${readUint(fields[0], 'branches-type')}`)
  }
}

const readDevice = (value: unknown): DeviceKey => toHex(readBytes(value, 'device-key', 32)) as DeviceKey

/** The names of one device in one string of bytes. */
const writeNamed = (named: readonly NamedBranches[]) => named.map(({ device, names }) => [fromHex(device), fromHex(names.join(''))])

function readNamed (value: unknown): NamedBranches[] {
  const named = readArray(value, 'named').map((one) => {
    const [device, bytes] = readArray(one, 'named-branch', 2)
    const names = readBytes(bytes, 'names', undefined, NAMED_MAX * NAME_BYTES)
    if (names.length % NAME_BYTES !== 0) throw new WireError('malformed-names')
    return { device: readDevice(device), names: Array.from({ length: names.length / NAME_BYTES }, (_, nth) => toHex(names.slice(nth * NAME_BYTES, (nth + 1) * NAME_BYTES))) }
  })
  if (named.reduce((sum, { names }) => sum + names.length, 0) > NAMED_MAX) throw new WireError('too-many-names')
  return named
}
