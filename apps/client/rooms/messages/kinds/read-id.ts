import { toHex, type EnvelopeId } from '#shared/ids.ts'
import { readBytes } from '#shared/wire/cbor.ts'

/** Reads the id of a message that another one is about. @throws {WireError} */
export const readId = (value: unknown): EnvelopeId => toHex(readBytes(value, 'message-id', 32)) as EnvelopeId
