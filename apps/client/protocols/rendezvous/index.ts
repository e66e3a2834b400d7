/**
 * The client's side of `/parley/rendezvous/1`: one stream to the node that says which rooms this device is in and hears who else is there.
 *
 * @example
 *   const rendezvous = createRendezvousClient({ peers, arrived, left, denied, ended })
 *   await rendezvous.attach(stream)   // after each connection to the node
 *   rendezvous.setRooms(tags)
 */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeAnswer, encodeRequest, RENDEZVOUS_MAX_ROOMS } from '#shared/wire/rendezvous.ts'

/** The node speaks when somebody comes or goes; that it is still there is watched elsewhere. */
const QUIET_MAX_MS = 24 * 3_600_000

export interface RendezvousClient {
  /** Takes a new stream to the node into use and says which rooms this device is in. Resolves when that was sent. */
  attach(stream: FrameStream): Promise<void>
  isAttached(): boolean
  setRooms(rooms: readonly RoomTag[]): void
  /** Who is in a room now. Rejects without a stream, after its end, or when `signal` aborts. */
  lookUp(room: RoomTag, signal: AbortSignal): Promise<DeviceKey[]>
}

export function createRendezvousClient (on: {
  peers: (room: RoomTag, devices: readonly DeviceKey[]) => void
  arrived: (room: RoomTag, device: DeviceKey) => void
  left: (room: RoomTag, device: DeviceKey) => void
  /** The node does not accept this device's passport. */
  denied: () => void
  /** The stream is gone; `isDenied` when the node closed it for want of a passport. */
  ended: (error: unknown, isDenied: boolean) => void
}): RendezvousClient {
  let stream: FrameStream | null = null
  let rooms: readonly RoomTag[] = []
  let requests = 0
  let isDenied = false
  const waiting = new Map<number, PromiseWithResolvers<DeviceKey[]>>()

  const register = async (): Promise<void> => {
    await stream?.send(encodeRequest({ type: 'register', rooms: rooms.slice(0, RENDEZVOUS_MAX_ROOMS) }))
  }

  const listen = async (current: FrameStream): Promise<void> => {
    for (;;) {
      const frame = await current.receive({ timeoutMs: QUIET_MAX_MS })
      if (frame === null) return
      const answer = decodeAnswer(frame)
      switch (answer.type) {
        case 'peers': on.peers(answer.room, answer.devices); break
        case 'arrived': on.arrived(answer.room, answer.device); break
        case 'left': on.left(answer.room, answer.device); break
        case 'denied':
          isDenied = true
          on.denied()
          break
        case 'found':
          waiting.get(answer.request)?.resolve(answer.devices)
      }
    }
  }

  const end = (current: FrameStream, error: unknown): void => {
    if (stream !== current) return
    stream = null
    for (const { reject } of waiting.values()) reject(new Error('the node is not reachable'))
    waiting.clear()
    on.ended(error, isDenied)
  }

  return {
    isAttached: () => stream !== null,
    async attach (next) {
      stream?.abort(new Error('replaced'))
      stream = next
      isDenied = false
      listen(next).then(() => end(next, null), (error: unknown) => {
        next.abort(error instanceof Error ? error : new Error('rendezvous ended'))
        end(next, error)
      })
      await register()
    },
    setRooms (next) {
      rooms = next
      register().catch((error: unknown) => { if (stream !== null) end(stream, error) })
    },
    async lookUp (room, signal) {
      const current = stream
      if (current === null) throw new Error('the node is not reachable')
      signal.throwIfAborted()
      const request = ++requests
      const answer = Promise.withResolvers<DeviceKey[]>()
      const stop = (): void => answer.reject(new Error('aborted', { cause: signal.reason }))
      waiting.set(request, answer)
      signal.addEventListener('abort', stop, { once: true })
      current.send(encodeRequest({ type: 'look-up', request, room })).catch(() => answer.reject(new Error('the node is not reachable')))
      try {
        return await answer.promise
      } finally {
        waiting.delete(request)
        signal.removeEventListener('abort', stop)
      }
    }
  }
}
