/**
 * `/parley/join/1`: a joiner proves to hold an invite link's secret; a member admits them and hands over the room's keys and operations.
 *
 * Flow: `askToJoin` (joiner) ⇄ `answerJoiner` (member). Who may be admitted, and what the welcome holds, is decided by the room.
 *
 * @example
 *   const welcome = await askToJoin(stream, { roomTag, inviteId, prove })
 *   mesh.handle(JOIN_PROTOCOL, (stream, remote) => answerJoiner(stream, remote, { admissionOf }))
 *
 * @see SPEC.md
 */
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, InviteId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeJoinMessage, encodeJoinMessage, type JoinMessage } from './messages.ts'

export { JOIN_FRAME_MAX_BYTES, JOIN_PROTOCOL } from './messages.ts'

/** A member writes to its database before it answers: longer than any honest disk. */
const ANSWER_TIMEOUT_MS = 15_000

export interface Welcome {
  ephemeral: Uint8Array<ArrayBuffer>
  wrap: Uint8Array<ArrayBuffer>
  sealedKeys: Uint8Array<ArrayBuffer>
  entries: { envelope: Uint8Array<ArrayBuffer>, device: DeviceKey }[]
}

export interface JoinProof { member: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer> }

/**
 * Asks the member at the other end to be let in. Answers null when a moderator has to say yes first.
 * @throws {ParleyError} the code the member refused with (rejects)
 * @throws {WireError} when the member does not follow the protocol (rejects)
 */
export async function askToJoin (stream: FrameStream, { roomTag, inviteId, prove, signal }: {
  roomTag: RoomTag
  inviteId: InviteId
  prove: (challenge: Uint8Array<ArrayBuffer>) => Promise<JoinProof>
  signal: AbortSignal
}): Promise<Welcome | null> {
  const expect = expecting(stream, signal)
  try {
    await stream.send(encodeJoinMessage({ type: 'ask', roomTag, inviteId }))
    const { challenge } = await expect('challenge')
    await stream.send(encodeJoinMessage({ type: 'proof', ...await prove(challenge) }))
    const welcome = await next(stream, signal)
    if (welcome.type === 'pending') return null
    if (welcome.type === 'refused') throw new ParleyError(welcome.code)
    if (welcome.type !== 'welcome') throw new WireError('unexpected-join-message')
    const entries: Welcome['entries'] = []
    for (;;) {
      const message = await next(stream, signal)
      if (message.type === 'end') break
      if (message.type !== 'entry') throw new WireError('unexpected-join-message')
      entries.push({ envelope: message.envelope, device: message.device })
    }
    return { ephemeral: welcome.ephemeral, wrap: welcome.wrap, sealedKeys: welcome.sealedKeys, entries }
  } finally {
    await stream.close()
  }
}

/** What a room says about somebody who asks; a code when it refuses. */
export interface Admission {
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
    const { roomTag, inviteId } = await expect('ask')
    const admission = admissionOf(roomTag, inviteId, remote)
    // Nobody who could say anything: the joiner asks somebody else.
    if (admission === null) throw new WireError('cannot-admit')
    const refusal = admission.check()
    if (refusal !== null) { await refuse(refusal); return; }
    const challenge = crypto.getRandomValues(new Uint8Array(32))
    await stream.send(encodeJoinMessage({ type: 'challenge', challenge }))
    const { member, signature } = await expect('proof')
    const welcome = await admission.admit(challenge, { member, signature })
    if (welcome === 'pending') { await stream.send(encodeJoinMessage({ type: 'pending' })); return; }
    if (typeof welcome === 'string') { await refuse(welcome); return; }
    const { entries, ...keys } = welcome
    await stream.send(encodeJoinMessage({ type: 'welcome', ...keys }))
    for (const entry of entries) await stream.send(encodeJoinMessage({ type: 'entry', ...entry }))
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
    if (message.type === 'refused') throw new ParleyError(message.code)
    if (message.type !== type) throw new WireError('unexpected-join-message')
    return message as Extract<JoinMessage, { type: Type }>
  }

async function next (stream: FrameStream, signal: AbortSignal): Promise<JoinMessage> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('join-ended-early')
  return decodeJoinMessage(frame)
}
