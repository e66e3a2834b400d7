/**
 * `/parley/link/1`: a device of a person makes another one theirs. Both know a secret that a person carried from one screen to the other;
 * each proves it to the other, bound to both device keys, before anything is handed over.
 *
 * Flow: `askForLink` (new device) ⇄ `answerLink` (old device). What is handed over, and what is kept of it, is decided by the callers.
 *
 * @example
 *   const member = await answerLink(stream, { localKey, remoteKey, answer, signal })
 *   await askForLink(stream, { localKey, remoteKey, kind: 'code', secret, encryptionKey, keep, signal })
 *
 * @see SPEC.md
 */
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import { fromHex, type DeviceKey } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { concat } from '#shared/wire/envelope.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeLinkMessage, encodeLinkMessage, type LinkGrant, type LinkMessage, type LinkSecretKind } from './messages.ts'

export { LINK_FRAME_MAX_BYTES, LINK_PROTOCOL, type LinkGrant, type LinkSecretKind } from './messages.ts'

/** The other side writes the rooms of a person to its disk before it answers. */
const ANSWER_TIMEOUT_MS = 30_000
/** More rooms than one rendezvous takes. */
const ROOMS_MAX = 1000
const CONFIRM_CONTEXT = new TextEncoder().encode('parley/link-confirm/1')

/** Who speaks to whom, as Noise has authenticated them. */
interface Ends { localKey: DeviceKey, remoteKey: DeviceKey, signal: AbortSignal }

/** What the new device is handed. `rooms` are opaque here. */
export interface Handover { grant: LinkGrant, rooms: Uint8Array<ArrayBuffer>[] }

/**
 * The new device's side. Resolves when `keep` has kept what was handed over and the old device has heard of it.
 * @throws {ParleyError} `link-code-wrong`, `link-expired`: the old device refused, or does not know the secret itself (rejects)
 * @throws {WireError} when the other side does not follow the protocol (rejects)
 */
export async function askForLink (stream: FrameStream, { localKey, remoteKey, kind, secret, encryptionKey, keep, signal }: Ends & {
  kind: LinkSecretKind
  /** 32 bytes, derived from what the person carried over. */
  secret: Uint8Array<ArrayBuffer>
  /** This device's X25519 key, which the certificate will name. */
  encryptionKey: Uint8Array<ArrayBuffer>
  /** Keeps it all; answers this device's member record, which only it can sign. */
  keep: (handover: Handover) => Promise<Uint8Array<ArrayBuffer>>
}): Promise<void> {
  const expect = expecting(stream, signal)
  try {
    const nonce = createNonce()
    await stream.send(encodeLinkMessage({ type: 'ask', kind, nonce }))
    const transcript = transcriptOf(localKey, remoteKey, nonce, (await expect('challenge')).nonce, encryptionKey)
    await stream.send(encodeLinkMessage({ type: 'confirm', mac: await confirm(secret, 'new', transcript), encryptionKey }))
    const { mac } = await expect('accept')
    // RULE: nothing is taken from a device that has not proved the secret.
    if (!await isConfirmed(secret, 'old', transcript, mac)) throw new ParleyError('link-code-wrong')
    const rooms: Uint8Array<ArrayBuffer>[] = []
    for (;;) {
      const message = await next(stream, signal)
      if (message.type === 'room' && rooms.length < ROOMS_MAX) {
        rooms.push(message.keys)
        continue
      }
      if (message.type !== 'grant') throw new WireError('unexpected-link-message')
      const member = await keep({ grant: message.grant, rooms })
      await stream.send(encodeLinkMessage({ type: 'done', member }))
      // The old device ends the stream once it has read that: who goes on before, and starts anew as somebody else, may take it back with the connection.
      await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS, signal }).catch(() => null)
      return
    }
  } finally {
    await stream.close()
  }
}

/** What the old device does about somebody who asks. */
export interface LinkAnswer {
  /** The secret of that kind that is on offer now; a code when there is none, or when this device may not ask. */
  secretOf(kind: LinkSecretKind): Promise<Uint8Array<ArrayBuffer> | ErrorCode>
  /** A wrong proof: counted against the offer. */
  onWrong(): void
  /** The new device has proved the secret; answers what to hand over. */
  grant(encryptionKey: Uint8Array<ArrayBuffer>): Promise<Handover>
}

/** The old device's side. Answers the new device's member record once it has kept everything; null when it was refused. @throws {WireError} (rejects) */
export async function answerLink (stream: FrameStream, { localKey, remoteKey, answer, signal }: Ends & { answer: LinkAnswer }): Promise<Uint8Array<ArrayBuffer> | null> {
  const expect = expecting(stream, signal)
  const refuse = async (code: ErrorCode): Promise<null> => {
    await stream.send(encodeLinkMessage({ type: 'refused', code }))
    return null
  }
  try {
    const { kind, nonce } = await expect('ask')
    const secret = await answer.secretOf(kind)
    if (typeof secret === 'string') return await refuse(secret)
    const mine = createNonce()
    await stream.send(encodeLinkMessage({ type: 'challenge', nonce: mine }))
    const { mac, encryptionKey } = await expect('confirm')
    const transcript = transcriptOf(remoteKey, localKey, nonce, mine, encryptionKey)
    // RULE: nothing is handed to a device that has not proved the secret; whoever is wrong learns that only.
    if (!await isConfirmed(secret, 'new', transcript, mac)) {
      answer.onWrong()
      return await refuse('link-code-wrong')
    }
    const { grant, rooms } = await answer.grant(encryptionKey)
    await stream.send(encodeLinkMessage({ type: 'accept', mac: await confirm(secret, 'old', transcript) }))
    for (const keys of rooms.slice(0, ROOMS_MAX)) await stream.send(encodeLinkMessage({ type: 'room', keys }))
    await stream.send(encodeLinkMessage({ type: 'grant', grant }))
    return (await expect('done')).member
  } finally {
    await stream.close()
  }
}

const createNonce = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(32))

function transcriptOf (
  newDevice: DeviceKey, oldDevice: DeviceKey, newNonce: Uint8Array, oldNonce: Uint8Array, encryptionKey: Uint8Array
): Uint8Array<ArrayBuffer> {
  return concat(fromHex(newDevice), fromHex(oldDevice), newNonce, oldNonce, encryptionKey)
}

const macKey = async (secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
/** Each side proves in its own words, so that nobody is answered with their own proof. */
const statementOf = (who: 'new' | 'old', transcript: Uint8Array): Uint8Array<ArrayBuffer> =>
  concat(CONFIRM_CONTEXT, Uint8Array.of(who === 'new' ? 0 : 1), transcript)
const confirm = async (secret: Uint8Array<ArrayBuffer>, who: 'new' | 'old', transcript: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(secret), statementOf(who, transcript)))
const isConfirmed = async (
  secret: Uint8Array<ArrayBuffer>, who: 'new' | 'old', transcript: Uint8Array, mac: Uint8Array<ArrayBuffer>
): Promise<boolean> => await crypto.subtle.verify('HMAC', await macKey(secret), mac, statementOf(who, transcript))

const expecting = (stream: FrameStream, signal: AbortSignal) =>
  async <Type extends LinkMessage['type']>(type: Type): Promise<Extract<LinkMessage, { type: Type }>> => {
    const message = await next(stream, signal)
    if (message.type !== type) throw new WireError('unexpected-link-message')
    return message as Extract<LinkMessage, { type: Type }>
  }

async function next (stream: FrameStream, signal: AbortSignal): Promise<LinkMessage> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('link-ended-early')
  const message = decodeLinkMessage(frame)
  if (message.type === 'refused') throw new ParleyError(message.code)
  return message
}
