/**
 * `/parley/join/2`: a member proves to hold the key that an invite link commits to, then a joiner proves to hold the link's secret; the member
 * admits them and hands over the room's keys and operations.
 *
 * Flow: `askToJoin` (joiner) ⇄ `answerJoiner` (member). Who may be admitted, and what the welcome holds, is decided by the room.
 *
 * @example
 *   const welcome = await askToJoin(stream, { roomTag, inviteId, isProven, prove, signal })
 *   mesh.handle(JOIN_PROTOCOL, (stream, remote) => answerJoiner(stream, remote, { admissionOf }))
 *
 * @see SPEC.md
 */
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, InviteId, RoomTag } from '#shared/ids.ts'
import { MORE_KEYS_MAX_PARTS } from '#shared/limits.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { LinkProof } from '#shared/wire/link-proof.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeJoinMessage, encodeJoinMessage, type JoinMessage } from './messages.ts'

export { JOIN_FRAME_MAX_BYTES, JOIN_PROTOCOL } from './messages.ts'

/** A member writes to its database before it answers: longer than any honest disk. */
const ANSWER_TIMEOUT_MS = 15_000

export interface Welcome {
  ephemeral: Uint8Array<ArrayBuffer>
  wrap: Uint8Array<ArrayBuffer>
  sealedKeys: Uint8Array<ArrayBuffer>
  /** Keys beyond those, in parts: no more parts than entries. */
  moreKeys: Uint8Array<ArrayBuffer>[]
  entries: { envelope: Uint8Array<ArrayBuffer>, device: DeviceKey }[]
}

export interface JoinProof { member: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer> }

/** The reason of the error when the other end has not proven to be of the room: nothing was told to it, and what it says does not count. */
export const UNPROVEN = 'join-unproven'

/**
 * Asks the member at the other end to be let in. `pending`: a moderator has to say yes first.
 * RULE: until the other end has proven to be of the room, it is told the room and the invitation, and nothing of the joiner.
 * @throws {WireError} `UNPROVEN`, or when the member does not follow the protocol (rejects)
 */
export async function askToJoin (stream: FrameStream, { roomTag, inviteId, isProven, prove, signal }: {
  roomTag: RoomTag
  inviteId: InviteId
  /** Whether the other end is of the room, by its proof for this challenge. */
  isProven: (challenge: Uint8Array<ArrayBuffer>, proof: LinkProof) => Promise<boolean>
  prove: (challenge: Uint8Array<ArrayBuffer>) => Promise<JoinProof>
  signal: AbortSignal
}): Promise<Welcome | 'pending' | { refused: ErrorCode }> {
  try {
    const asked = crypto.getRandomValues(new Uint8Array(32))
    await stream.send(encodeJoinMessage({ type: 'ask', roomTag, inviteId, challenge: asked }))
    const access = await next(stream, signal)
    if (access.type !== 'access' || !await isProven(asked, access)) throw new WireError(UNPROVEN)
    const reply = await next(stream, signal)
    if (reply.type === 'refused') return { refused: reply.code }
    if (reply.type !== 'challenge') throw new WireError('unexpected-join-message')
    await stream.send(encodeJoinMessage({ type: 'proof', ...await prove(reply.challenge) }))
    const welcome = await next(stream, signal)
    if (welcome.type === 'pending') return 'pending'
    if (welcome.type === 'refused') return { refused: welcome.code }
    if (welcome.type !== 'welcome') throw new WireError('unexpected-join-message')
    const entries: Welcome['entries'] = [], moreKeys: Welcome['moreKeys'] = []
    for (;;) {
      const message = await next(stream, signal)
      if (message.type === 'end') break
      if (message.type !== 'entry') throw new WireError('unexpected-join-message')
      entries.push({ envelope: message.envelope, device: message.device })
      if (message.moreKeys !== undefined) moreKeys.push(message.moreKeys)
      if (moreKeys.length > MORE_KEYS_MAX_PARTS) throw new WireError('too-many-keys')
    }
    return { ephemeral: welcome.ephemeral, wrap: welcome.wrap, sealedKeys: welcome.sealedKeys, moreKeys, entries }
  } finally {
    await stream.close()
  }
}

/** What a room says about somebody who asks; a code when it refuses. */
export interface Admission {
  /** Proves to the joiner, by their challenge, that this device is of the room. */
  prove(challenge: Uint8Array<ArrayBuffer>): Promise<LinkProof>
  check(): ErrorCode | null
  /** Checks the proof, admits, and answers what to hand over; `pending` where a moderator has to say yes. */
  admit(challenge: Uint8Array<ArrayBuffer>, proof: JoinProof): Promise<Welcome | ErrorCode | 'pending'>
}

/** The member's side. @throws {WireError} when the joiner does not follow the protocol (rejects) */
export async function answerJoiner (stream: FrameStream, remote: DeviceKey, { admissionOf, signal }: {
  admissionOf: (roomTag: RoomTag, inviteId: InviteId, joiner: DeviceKey) => Admission | null
  signal: AbortSignal
}): Promise<void> {
  const expect = expecting(stream, signal)
  const refuse = async (code: ErrorCode): Promise<void> => {
    await stream.send(encodeJoinMessage({ type: 'refused', code }))
  }
  try {
    const { roomTag, inviteId, challenge: asked } = await expect('ask')
    const admission = admissionOf(roomTag, inviteId, remote)
    // Nobody who could say anything: the joiner asks somebody else.
    if (admission === null) throw new WireError('cannot-admit')
    await stream.send(encodeJoinMessage({ type: 'access', ...await admission.prove(asked) }))
    const refusal = admission.check()
    if (refusal !== null) { await refuse(refusal); return; }
    const challenge = crypto.getRandomValues(new Uint8Array(32))
    await stream.send(encodeJoinMessage({ type: 'challenge', challenge }))
    const { member, signature } = await expect('proof')
    const welcome = await admission.admit(challenge, { member, signature })
    if (welcome === 'pending') { await stream.send(encodeJoinMessage({ type: 'pending' })); return; }
    if (typeof welcome === 'string') { await refuse(welcome); return; }
    const { entries, moreKeys, ...keys } = welcome
    await stream.send(encodeJoinMessage({ type: 'welcome', ...keys }))
    for (const [place, entry] of entries.entries()) {
      const more = moreKeys[place]
      await stream.send(encodeJoinMessage({ type: 'entry', ...entry, ...more !== undefined && { moreKeys: more } }))
    }
    await stream.send(encodeJoinMessage({ type: 'end' }))
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('join failed'))
    throw error
  } finally {
    await stream.close()
  }
}

const expecting = (stream: FrameStream, signal: AbortSignal) =>
  async <Type extends JoinMessage['type']>(type: Type): Promise<Extract<JoinMessage, { type: Type }>> => {
    const message = await next(stream, signal)
    if (message.type !== type) throw new WireError('unexpected-join-message')
    return message as Extract<JoinMessage, { type: Type }>
  }

async function next (stream: FrameStream, signal: AbortSignal): Promise<JoinMessage> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('join-ended-early')
  return decodeJoinMessage(frame)
}
