/**
 * Invite links: `https://node/join#v1.<payload>` and `parley://join/<node host>#v1.<payload>`. All that is secret stands behind `#`,
 * which no browser sends to a server. Payload: base64url of CBOR `[room tag (16 B), secret (16 B), room name, inviter's name,
 * pass (16 B) | null, access (16 B)]`. The pass is there on nodes where a new account takes an invitation. The names are for the question
 * "Join Kitchen?" only and are never trusted.
 *
 * Earlier links have four or five fields and do not say by what to tell members from others. They are refused as `invite-outdated`.
 */
import { ParleyError } from './errors.ts'
import { fromHex, toHex, type RoomTag } from './ids.ts'
import { NAME_MAX_CHARS, ROOM_NAME_MAX_CHARS } from './limits.ts'
import { decodeCbor, encodeCbor } from './wire/cbor.ts'
import { LINK_ACCESS_BYTES } from './wire/link-proof.ts'

export const INVITE_SECRET_BYTES = 16
/** A pass admits newcomers to the node, not to the room. */
export const PASS_BYTES = 16
const VERSION = 'v1'

export interface Invite {
  /** Origin of the node where the room's members meet, e.g. `https://parley.example`. */
  nodeOrigin: string
  roomTag: RoomTag
  /** Secret: 16 bytes from which the invitation's key pair is derived. */
  secret: Uint8Array<ArrayBuffer>
  roomName: string
  inviterName: string
  /** What the link commits to: a hash of the room's access key (`commitToAccess`), which members prove to hold before a joiner tells them anything. */
  access: Uint8Array<ArrayBuffer>
  /** What lets newcomers have an account at the node, where that takes an invitation. */
  pass?: Uint8Array<ArrayBuffer>
}

export function formatInvite (invite: Invite): string {
  const payload = encodeCbor([
    fromHex(invite.roomTag), invite.secret, invite.roomName, invite.inviterName, invite.pass ?? null, invite.access
  ])
  return `${invite.nodeOrigin}/join#${VERSION}.${toBase64Url(payload)}`
}

/** The same invitation as a link that opens the installed app. */
export function toDeepLink (link: string): string {
  const url = new URL(link)
  const scheme = url.protocol === 'http:' ? 'http:' : 'https:'
  return `parley://join/${scheme === 'http:' ? 'http/' : ''}${url.host}${url.hash}`
}

/**
 * Reads a link in either form, with white space around it as it comes out of mails and chats.
 * @throws {ParleyError} `invite-malformed`, `invite-version` or `invite-outdated`.
 */
export function parseInvite (text: string): Invite {
  const url = parseUrl(text.trim())
  const [version, payload, ...rest] = url.hash.slice(1).split('.')
  if (version !== undefined && /^v\d+$/.test(version) && version !== VERSION) throw new ParleyError('invite-version')
  if (version !== VERSION || payload === undefined || rest.length > 0) throw new ParleyError('invite-malformed')
  return { nodeOrigin: url.origin, ...readPayload(payload) }
}

function parseUrl (text: string): { origin: string, hash: string } {
  const deep = /^parley:\/\/join\/(http\/)?([^/#]+)\/?(#.+)$/.exec(text)
  const address = deep === null ? text : `${deep[1] === undefined ? 'https' : 'http'}://${deep[2] ?? ''}/join${deep[3] ?? ''}`
  if (!URL.canParse(address)) throw new ParleyError('invite-malformed')
  const url = new URL(address)
  if (!/^https?:$/.test(url.protocol) || url.pathname.replace(/\/$/, '') !== '/join') throw new ParleyError('invite-malformed')
  return { origin: url.origin, hash: url.hash }
}

function readPayload (payload: string): Omit<Invite, 'nodeOrigin'> {
  let fields: unknown
  try {
    fields = decodeCbor(fromBase64Url(payload))
  } catch (cause) {
    throw new ParleyError('invite-malformed', { cause })
  }
  if (!Array.isArray(fields) || fields.length < 4 || fields.length > 6) throw new ParleyError('invite-malformed')
  const [tag, secret, roomName, inviterName, pass, access] = fields as unknown[]
  if (!isBytes(tag, 16) || !isBytes(secret, INVITE_SECRET_BYTES) || typeof roomName !== 'string' || typeof inviterName !== 'string' ||
      !(isBytes(pass, PASS_BYTES) || (fields.length === 6 ? pass === null : fields.length === 4))) throw new ParleyError('invite-malformed')
  if (fields.length < 6) throw new ParleyError('invite-outdated')
  if (!isBytes(access, LINK_ACCESS_BYTES)) throw new ParleyError('invite-malformed')
  return {
    roomTag: toHex(tag) as RoomTag,
    secret: new Uint8Array(secret),
    roomName: roomName.slice(0, ROOM_NAME_MAX_CHARS),
    inviterName: inviterName.slice(0, NAME_MAX_CHARS),
    access: new Uint8Array(access),
    ...(pass instanceof Uint8Array ? { pass: new Uint8Array(pass) } : {})
  }
}

const isBytes = (value: unknown, length: number): value is Uint8Array => value instanceof Uint8Array && value.length === length

/** base64url without padding (RFC 4648 section 5). */
export function toBase64Url (bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @throws {TypeError} on characters outside the alphabet, impossible lengths, and bits set where the last character has none to give. */
export function fromBase64Url (text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new TypeError('not base64url')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
  const tail = bytes.length % 3
  if (tail > 0 && toBase64Url(bytes.subarray(-tail)) !== text.slice(-tail - 1)) throw new TypeError('not base64url')
  return bytes
}
