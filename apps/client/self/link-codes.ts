/**
 * What a person carries from one device to the other: ten characters to type, or a QR code with 128 bits. Both give a tag under which the
 * devices find each other and a secret by which they know each other; see `protocols/link/SPEC.md`.
 */
import { ParleyError } from '#shared/errors.ts'
import { toHex, type RoomTag } from '#shared/ids.ts'
import { fromBase64Url, toBase64Url } from '#shared/invite.ts'
import { concat, sha256 } from '#shared/wire/envelope.ts'
import { hkdf } from '../crypto/index.ts'
import type { LinkSecretKind } from '../protocols/link/index.ts'
import { SLOW_KEY_COST, slowKeyOf } from './slow-key.ts'

/** Crockford's base32: no I, L, O and U, which are misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Nine characters of five bits are random, the tenth checks them. */
const RANDOM_CHARS = 9
const QR_SECRET_BYTES = 16
const SALT_CONTEXT = new TextEncoder().encode('parley/link-salt/1')

export interface LinkKeys {
  kind: LinkSecretKind
  /** Under what the devices find each other at the rendezvous. */
  tag: RoomTag
  /** 32 bytes: what both prove to know. */
  secret: Uint8Array<ArrayBuffer>
}

/** A carried secret as it was read. */
export type LinkCode = { kind: 'code', chars: string } | { kind: 'qr', secret: Uint8Array<ArrayBuffer> }

export function createLinkCodes (): { code: LinkCode & { kind: 'code' }, qr: LinkCode & { kind: 'qr' } } {
  const chars = Array.from(crypto.getRandomValues(new Uint8Array(RANDOM_CHARS)), (byte) => ALPHABET[byte & 31] ?? '').join('')
  return { code: { kind: 'code', chars: chars + checkOf(chars) }, qr: { kind: 'qr', secret: crypto.getRandomValues(new Uint8Array(QR_SECRET_BYTES)) } }
}

/** `XXXXX-XXXXX` */
export const formatCode = (chars: string): string => `${chars.slice(0, 5)}-${chars.slice(5)}`

/** `<node origin>/link#v1.<secret>`: any camera opens it, in the web client of the node it is for. What stands behind the `#` is sent to nobody. */
export const formatLinkUrl = (nodeOrigin: string, secret: Uint8Array): string => `${new URL(nodeOrigin).origin}/link#v1.${toBase64Url(secret)}`

/**
 * Reads what was typed or scanned.
 * @throws {ParleyError} `link-code-wrong` also for a code of another node, and when the check character tells a slip
 */
export function parseLinkCode (text: string, nodeOrigin: string): LinkCode {
  const url = /^(https?:\/\/[^/#]+)\/link#v1\.([A-Za-z0-9_-]{22})$/.exec(text.trim())
  if (url !== null) {
    if (url[1] !== new URL(nodeOrigin).origin) throw new ParleyError('link-code-wrong')
    try {
      return { kind: 'qr', secret: fromBase64Url(url[2] ?? '') }
    } catch (cause) {
      throw new ParleyError('link-code-wrong', { cause })
    }
  }
  const chars = text.toUpperCase().replaceAll(/[\s-]+/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  const isCode = chars.length === RANDOM_CHARS + 1 && Array.from(chars).every((char) => ALPHABET.includes(char))
  if (!isCode || checkOf(chars.slice(0, RANDOM_CHARS)) !== chars.at(-1)) throw new ParleyError('link-code-wrong')
  return { kind: 'code', chars }
}

/** @param accountId both devices are signed in to it: codes cannot be worked out beforehand for everybody */
export async function linkKeysOf (code: LinkCode, accountId: string): Promise<LinkKeys> {
  const base = code.kind === 'qr' ? code.secret : await slowKeyOf(code.chars, await saltOf(accountId), SLOW_KEY_COST)
  return {
    kind: code.kind,
    tag: toHex(await hkdf(base, 'parley/link-tag/1', 16)) as RoomTag,
    secret: await hkdf(base, 'parley/link-secret/1')
  }
}

const saltOf = async (accountId: string): Promise<Uint8Array<ArrayBuffer>> =>
  (await sha256(concat(SALT_CONTEXT, new TextEncoder().encode(accountId)))).slice(0, 16)

/** Luhn modulo 32: finds every wrong character and nearly every exchange of neighbours. */
function checkOf (chars: string): string {
  let sum = 0
  for (let i = chars.length - 1, factor = 2; i >= 0; i--, factor = 3 - factor) {
    const addend = ALPHABET.indexOf(chars[i] ?? '') * factor
    sum += Math.floor(addend / 32) + addend % 32
  }
  return ALPHABET[(32 - sum % 32) % 32] ?? ''
}
