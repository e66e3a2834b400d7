/**
 * How long a recording is, written into it. A recorder does not know that when it writes the beginning and leaves it out; players then show no
 * length and cannot seek. Only the beginning is made anew, in memory: what lies on the disk is as it was recorded.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8794 (EBML), https://www.rfc-editor.org/rfc/rfc9559 (Matroska)
 */

const HEADER = 0x1A45DFA3, SEGMENT = 0x18538067, INFO = 0x1549A966, TIMESTAMP_SCALE = 0x2AD7B1, DURATION = 0x4489
/** Nanoseconds; what times count in where a file does not say. */
const DEFAULT_SCALE = 1_000_000
/** More than a recorder writes before the first sound. */
export const HEAD_BYTES = 4096

interface Element { id: number, sizeAt: number, sizeBytes: number, /** Null: until its parent ends. */ size: number | null, contentAt: number }

/** @param head the first bytes of the file. Answers them with the duration, or null where they are not as expected: then the file stays as it is. */
export function withDuration (head: Uint8Array, durationMs: number): Uint8Array<ArrayBuffer> | null {
  const header = readElement(head, 0)
  if (header?.id !== HEADER || header.size === null) return null
  const segment = readElement(head, header.contentAt + header.size)
  // What names its size would have to name another.
  if (segment?.id !== SEGMENT || segment.size !== null) return null
  const info = readElement(head, segment.contentAt)
  if (info?.id !== INFO || info.size === null) return null
  const end = info.contentAt + info.size
  let scale = DEFAULT_SCALE
  for (let at = info.contentAt; at < end;) {
    const child = readElement(head, at)
    if (child?.size == null || child.id === DURATION) return null
    if (child.id === TIMESTAMP_SCALE) scale = readUint(head, child.contentAt, child.size)
    at = child.contentAt + child.size
    if (at > end || at > head.length) return null
  }
  const duration = durationElement(durationMs * 1_000_000 / scale)
  const size = writeSize(info.size + duration.length, info.sizeBytes)
  if (size === null || scale === 0) return null
  const made = new Uint8Array(head.length + duration.length)
  made.set(head.subarray(0, end))
  made.set(size, info.sizeAt)
  made.set(duration, end)
  made.set(head.subarray(end), end + duration.length)
  return made
}

/** The first bit that is set says how many bytes a number has: kept in an id, cut off in a size. */
function readElement (bytes: Uint8Array, at: number): Element | null {
  const idBytes = Math.clz32(bytes[at] ?? 0) - 23
  const sizeAt = at + idBytes
  const sizeBytes = Math.clz32(bytes[sizeAt] ?? 0) - 23
  if (idBytes > 4 || sizeBytes > 8 || sizeAt + sizeBytes > bytes.length) return null
  const first = (bytes[sizeAt] ?? 0) & ~markOf(sizeBytes)
  const size = first * 256 ** (sizeBytes - 1) + readUint(bytes, sizeAt + 1, sizeBytes - 1)
  // All ones means that nobody knows; as a number it is rounded up where it has eight bytes.
  return { id: readUint(bytes, at, idBytes), sizeAt, sizeBytes, size: size >= 2 ** (7 * sizeBytes) - 1 ? null : size, contentAt: sizeAt + sizeBytes }
}

const markOf = (sizeBytes: number): number => 1 << (8 - sizeBytes)

const readUint = (bytes: Uint8Array, at: number, length: number): number => bytes.subarray(at, at + length).reduce((sum, byte) => sum * 256 + byte, 0)

function writeSize (size: number, length: number): Uint8Array | null {
  if (size >= 2 ** (7 * length) - 1) return null
  const written = new Uint8Array(length)
  for (let at = length - 1, rest = size; at >= 0; at--, rest = Math.floor(rest / 256)) written[at] = rest % 256
  written[0] = (written[0] ?? 0) | markOf(length)
  return written
}

function durationElement (value: number): Uint8Array {
  const element = new Uint8Array(11)
  element.set([DURATION >> 8, DURATION & 0xFF, 0x88])
  new DataView(element.buffer).setFloat64(3, value)
  return element
}
