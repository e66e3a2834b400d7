/**
 * `/parley/hello/1`: what is said first on each new link, by both sides:
 *
 *     HELLO [version, passport (text) or null]
 *
 * The node answers without one. A passport is checked against the key that Noise has authenticated, so one that was stolen is nobody's.
 */
import { decodeCbor, encodeCbor, readArray, readText, WireError } from './cbor.ts'

export const HELLO_PROTOCOL = '/parley/hello/1'
const VERSION = 1
/** A passport of ours is about 500 characters. */
const PASSPORT_MAX_CHARS = 2048
export const HELLO_MAX_BYTES = PASSPORT_MAX_CHARS + 16

export const encodeHello = (passport: string | null): Uint8Array<ArrayBuffer> => encodeCbor([VERSION, passport])

/** @throws {WireError} */
export function decodeHello (bytes: Uint8Array): { passport: string | null } {
  const [version, passport] = readArray(decodeCbor(bytes), 'hello', 2)
  if (version !== VERSION) throw new WireError('hello-version')
  return { passport: passport === null ? null : readText(passport, 'passport', PASSPORT_MAX_CHARS) }
}
