/**
 * CBOR as all our wire formats use it: deterministic (RFC 8949 section 4.2) and strict, so that one value has one encoding and a hash
 * or signature over it means one thing. Decoders answer a `WireError` for anything else and never another error.
 */
import { decode, decodeFirst, encode, rfc8949EncodeOptions } from 'cborg'

/** Bytes from a peer that are not what they should be. Caught at the boundary, counted by `reason`, never shown. */
export class WireError extends Error {
  readonly reason: string

  constructor (reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'WireError'
    this.reason = reason
  }
}

export type Cbor = number | string | boolean | null | Uint8Array | Cbor[]

const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, allowNaN: false, allowInfinity: false, rejectDuplicateMapKeys: true }

export const encodeCbor = (value: Cbor): Uint8Array<ArrayBuffer> => new Uint8Array(encode(value, rfc8949EncodeOptions))

/**
 * Strict decoding lets through what has a second encoding: 1 as a float, -0, maps in another order, text that is not UTF-8. So the value
 * is encoded again, which costs microseconds, and has to come out as the same bytes.
 * @throws {WireError} `malformed-cbor` or `ambiguous-cbor`
 */
export function decodeCbor (bytes: Uint8Array): unknown {
  const value = decodeKnownCbor(bytes)
  let only: Uint8Array
  try {
    only = encode(value, rfc8949EncodeOptions)
  } catch (cause) {
    throw new WireError('malformed-cbor', { cause })
  }
  if (!isSame(only, bytes)) throw new WireError('ambiguous-cbor')
  return value
}

/** Only for what `encodeCbor` wrote here or `decodeCbor` has let in before. @throws {WireError} `malformed-cbor` */
export function decodeKnownCbor (bytes: Uint8Array): unknown {
  try {
    return decode(bytes, STRICT)
  } catch (cause) {
    throw new WireError('malformed-cbor', { cause })
  }
}

/** The first value of `bytes`, and what comes after it: unread, and whether this is its only encoding unchecked. @throws {WireError} `malformed-cbor` */
export function decodeFirstCbor (bytes: Uint8Array): [value: unknown, rest: Uint8Array] {
  try {
    return decodeFirst(bytes, STRICT) as [unknown, Uint8Array]
  } catch (cause) {
    throw new WireError('malformed-cbor', { cause })
  }
}

function isSame (a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/* Readers for the fields of a decoded array: each answers the typed value or throws a WireError that names the field. */

export function readArray (value: unknown, field: string, length?: number): unknown[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) throw new WireError(`malformed-${field}`)
  return value as unknown[]
}

export function readBytes (value: unknown, field: string, length?: number, maxBytes = Number.POSITIVE_INFINITY): Uint8Array<ArrayBuffer> {
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length) || value.length > maxBytes) {
    throw new WireError(`malformed-${field}`)
  }
  return new Uint8Array(value)
}

/** A whole number from `min` to 2^53 - 1. */
export function readUint (value: unknown, field: string, min = 0): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) throw new WireError(`malformed-${field}`)
  return value
}

export function readText (value: unknown, field: string, maxChars: number): string {
  if (typeof value !== 'string' || value.length > maxChars) throw new WireError(`malformed-${field}`)
  return value
}
