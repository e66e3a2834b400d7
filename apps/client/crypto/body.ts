/**
 * Bodies: content padded, then AES-256-GCM under the epoch's key with the envelope's header as additional data, so that a ciphertext
 * cannot be moved to another room, author, position or epoch.
 */
import { concat, NONCE_BYTES, type EnvelopeBody } from '#shared/wire/envelope.ts'
import { WireError } from '#shared/wire/cbor.ts'

/** Short words all look alike: nothing is shorter than this on the wire. */
const MIN_PADDED_BYTES = 32
const PAD_MARK = 0x80

export async function sealBody (
  key: CryptoKey, headerBytes: Uint8Array<ArrayBuffer>, content: Uint8Array
): Promise<{ nonce: Uint8Array<ArrayBuffer>, ciphertext: Uint8Array<ArrayBuffer> }> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const params = { name: 'AES-GCM', iv: nonce, additionalData: headerBytes }
  return { nonce, ciphertext: new Uint8Array(await crypto.subtle.encrypt(params, key, pad(content))) }
}

/** @throws {WireError} `erased-body`, `undecryptable` or `malformed-padding` (rejects) */
export async function openBody (key: CryptoKey, headerBytes: Uint8Array<ArrayBuffer>, body: EnvelopeBody): Promise<Uint8Array<ArrayBuffer>> {
  if ('erasedHash' in body) throw new WireError('erased-body')
  const params = { name: 'AES-GCM', iv: body.nonce, additionalData: headerBytes }
  let padded: ArrayBuffer
  try {
    padded = await crypto.subtle.decrypt(params, key, body.ciphertext)
  } catch (cause) {
    throw new WireError('undecryptable', { cause })
  }
  return unpad(new Uint8Array(padded))
}

/**
 * Content, a mark byte, zeros (ISO/IEC 7816-4) up to a Padmé length: at most 12 % longer, and only the magnitude of the true length shows.
 * @see Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, section 4
 */
export function pad (content: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(content, Uint8Array.of(PAD_MARK), new Uint8Array(paddedLength(content.length + 1) - content.length - 1))
}

export function paddedLength (length: number): number {
  if (length <= MIN_PADDED_BYTES) return MIN_PADDED_BYTES
  const exponent = Math.floor(Math.log2(length))
  const lastBits = exponent - (Math.floor(Math.log2(exponent)) + 1)
  const mask = 2 ** lastBits - 1
  return (length + mask) & ~mask
}

function unpad (padded: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  if (padded[end] !== PAD_MARK) throw new WireError('malformed-padding')
  return padded.slice(0, end)
}
