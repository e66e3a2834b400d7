/**
 * The identifiers of Parley as branded types, so that one cannot be passed where another is meant.
 * All are strings: lower-case base32 or hex text that is safe in a URL, a table key and a log line.
 */
declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** 16 bytes, hex: names a room on the wire without telling its name. Derived from the room's first operation. */
export type RoomTag = Branded<string, 'RoomTag'>
/** 16 bytes, hex: names one device's log inside one room; SHA-256 of room tag and device key. Differs from room to room. */
export type DevTag = Branded<string, 'DevTag'>
/** 32 bytes, hex: SHA-256 of an envelope's header and body hash. */
export type EnvelopeId = Branded<string, 'EnvelopeId'>
/** 32 bytes, hex: SHA-256 of an epoch's key commitments. In rooms that were begun before protocol 3, the first 16 bytes of such a hash. */
export type EpochId = Branded<string, 'EpochId'>
/** 16 bytes, hex: names one invitation of a room. */
export type InviteId = Branded<string, 'InviteId'>
/** 32 bytes, hex: the public half of a person's root key; what members, roles and blocks refer to. */
export type UserKey = Branded<string, 'UserKey'>
/** 32 bytes, hex: the Ed25519 public key of one device; the same key as its libp2p PeerId. */
export type DeviceKey = Branded<string, 'DeviceKey'>
/** The subject of a passport: random, made by the node, never derived from the e-mail address. */
export type AccountId = Branded<string, 'AccountId'>

const HEX = /^[0-9a-f]+$/
/** Of each character's code, for digits of lower-case hex. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)) & 0xf)
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex of `bytes`. */
export function toHex (bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX_OF_BYTE[byte] ?? ''
  return text
}

/** @throws {TypeError} when `text` is not lower-case hex of even length. */
export function fromHex (text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2)
  writeHex(text, bytes, 0)
  return bytes
}

/** As `fromHex`, into bytes that are there. */
export function writeHex (text: string, into: Uint8Array, at: number): void {
  if (text.length % 2 !== 0 || (text !== '' && !HEX.test(text))) throw new TypeError('not lower-case hex')
  for (let i = 0; i < text.length; i += 2) into[at++] = ((DIGITS[text.charCodeAt(i)] ?? 0) << 4) | (DIGITS[text.charCodeAt(i + 1)] ?? 0)
}

const hexOf = (length: number) => (text: string): boolean => text.length === length * 2 && HEX.test(text)

export const isRoomTag = (text: string): text is RoomTag => hexOf(16)(text)
export const isDeviceKey = (text: string): text is DeviceKey => hexOf(32)(text)
