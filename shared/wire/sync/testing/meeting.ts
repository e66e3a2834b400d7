/** Two people with their copies of a room, and a stream between them; or one of them and somebody who says what he likes. */
import { FRAME_MAX_BYTES } from '../../../limits.ts'
import type { VerifiedEnvelope } from '../../envelope.ts'
import { createFramePair, type FramePairOptions } from '../../testing/frame-pair.ts'
import { decodeMessage, encodeMessage, type SyncMessage, type Vec, type Want } from '../messages.ts'
import type { LogRange } from '../replica.ts'
import type { SyncOptions, SyncRoom } from '../room.ts'
import { acceptSync, runSync, type SyncResult } from '../session.ts'
import { createMemoryReplica, type MemoryReplica } from './memory-replica.ts'
import { ROOM, roomKeys, type Person } from './people.ts'

export const room = await roomKeys()

export interface Side {
  person: Person
  replica: MemoryReplica
  accepts?: SyncRoom['accepts']
  unwanted?: SyncRoom['unwanted']
}

export const sideOf = (person: Person, entries: readonly VerifiedEnvelope[] = [], more: Partial<Side> = {}): Side =>
  ({ person, replica: createMemoryReplica(ROOM, entries), ...more })

export const roomOf = ({ person, replica, accepts, unwanted }: Side): SyncRoom => ({ replica, access: person.access(room), accepts, unwanted })

export const heldBy = ({ replica }: Side, { devTag }: Person): readonly LogRange[] => replica.vector().get(devTag)?.have ?? []

type MeetingOptions = FramePairOptions & Partial<Omit<SyncOptions, 'remoteKey'>>

export async function meet (one: Side, other: Side, options: MeetingOptions = {}): Promise<{
  one: SyncResult, other: SyncResult, frames: number, peakUnreadBytes: { a: number, b: number }
}> {
  let frames = 0
  const pair = createFramePair({ ...options, onFrame: async (frame, from) => { frames++; await options.onFrame?.(frame, from) } })
  const [first, second] = await Promise.all([
    runSync(pair.a, roomOf(one), { ...options, remoteKey: other.person.key }),
    acceptSync(pair.b, { ...options, roomOf: (tag) => tag === ROOM ? roomOf(other) : null, remoteKey: one.person.key })
  ])
  return { one: first, other: second.result, frames, peakUnreadBytes: pair.peakUnreadBytes }
}

export interface Impostor {
  send (message: SyncMessage): Promise<void>
  sendRaw (frame: Uint8Array): Promise<void>
  /** The next message; null when the victim has closed. */
  receive (): Promise<SyncMessage | null>
  /** The next message of this type; others are passed over. */
  receiveA<Type extends SyncMessage['type']> (type: Type): Promise<Extract<SyncMessage, { type: Type }>>
  /** Answers the handshake claiming to hold these logs. */
  greet (logs: Vec['logs'], options?: { mask?: number }): Promise<void>
  /** Greets; resolves with the victim's first want. */
  claim (logs: Vec['logs'], options?: { mask?: number }): Promise<Want>
  close (): Promise<void>
}

/** `victim` calls `impostor`, a member who proves it and then follows `script`. Answers what came of the victim's session. */
export async function deceive (victim: Side, impostor: Person, script: (peer: Impostor) => Promise<unknown>, options: Partial<SyncOptions> = {}):
Promise<PromiseSettledResult<SyncResult>> {
  const pair = createFramePair({ maxFrameBytes: 4 * FRAME_MAX_BYTES })
  const receive = async (): Promise<SyncMessage | null> => {
    const frame = await pair.b.receive()
    return frame === null ? null : decodeMessage(frame)
  }
  const peer: Impostor = {
    send: async (message) => await pair.b.send(encodeMessage(message)),
    sendRaw: async (frame) => await pair.b.send(frame),
    receive,
    async receiveA (type) {
      for (;;) {
        const message = await receive()
        if (message === null) throw new Error('the victim has closed')
        if (message.type === type) return message as never
      }
    },
    async greet (logs, { mask = 0xffffffff } = {}) {
      await peer.receiveA('hello')
      const proof = await impostor.access(room).prove(victim.person.key)
      await peer.send({ type: 'vec', access: proof, mask, more: false, logs })
    },
    async claim (logs, options) {
      await peer.greet(logs, options)
      return await peer.receiveA('want')
    },
    close: async () => await pair.b.close()
  }
  // What the impostor makes of being thrown out does not matter.
  const scripted = script(peer).catch(() => undefined)
  const [outcome] = await Promise.allSettled([runSync(pair.a, roomOf(victim), { timeoutMs: 2000, ...options, remoteKey: impostor.key })])
  pair.b.abort(new Error('over'))
  await scripted
  return outcome
}
