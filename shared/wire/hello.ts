/**
 * `/parley/hello/2`: what is said first on each new link, by both sides:
 *
 *     HELLO   [version, minimum, passport (text) or null, …]     further fields are skipped
 *     HELLO/1 [1, passport (text) or null]                        of `/parley/hello/1`, spoken with protocol 1
 *
 * The version and the oldest version understood are those of the protocol (shared/protocol.ts). The node responds without a passport. A
 * passport is checked against the key that Noise has authenticated, so one that was stolen is nobody's.
 */
import { FIRST_PROTOCOL, PROTOCOL, type ProtocolRange } from '../protocol.ts'
import { decodeCbor, encodeCbor, readArray, readText, readUint, WireError } from './cbor.ts'

export const HELLO_PROTOCOL = '/parley/hello/2'
export const FIRST_HELLO_PROTOCOL = '/parley/hello/1'
/** A passport of ours is about 500 characters. */
const PASSPORT_MAX_CHARS = 2048
/** With room for what later versions add. */
export const HELLO_MAX_BYTES = PASSPORT_MAX_CHARS + 64

export interface Hello { passport: string | null, protocol: ProtocolRange, isFirstForm: boolean }

export const encodeHello = (passport: string | null, { version, minimum }: ProtocolRange = PROTOCOL): Uint8Array<ArrayBuffer> =>
  encodeCbor([version, minimum, passport])

/** The form that protocol 1 understands. */
export const encodeFirstHello = (passport: string | null): Uint8Array<ArrayBuffer> => encodeCbor([FIRST_PROTOCOL.version, passport])

/** Reads either form. @throws {WireError} */
export function decodeHello (bytes: Uint8Array): Hello {
  const fields = readArray(decodeCbor(bytes), 'hello')
  if (fields.length < 2) throw new WireError('malformed-hello')
  const isFirstForm = fields.length === 2
  const version = readUint(fields[0], 'version', 1)
  if (isFirstForm && version !== FIRST_PROTOCOL.version) throw new WireError('hello-version')
  const minimum = isFirstForm ? FIRST_PROTOCOL.minimum : readUint(fields[1], 'version', 1)
  if (minimum > version) throw new WireError('malformed-version')
  const passport = isFirstForm ? fields[1] : fields[2]
  return {
    passport: passport === null ? null : readText(passport, 'passport', PASSPORT_MAX_CHARS),
    protocol: { version, minimum },
    isFirstForm
  }
}
