/** The node's side of `/parley/rendezvous/1`. A registration lives exactly as long as its stream. */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeRequest, encodeAnswer, type RendezvousAnswer } from '#shared/wire/rendezvous.ts'

export interface Rendezvous {
  /** Serves one client until it goes. Rejects on frames that are not of the protocol. */
  serve(stream: FrameStream, device: DeviceKey): Promise<void>
  devicesIn(room: RoomTag): DeviceKey[]
  isIn(room: RoomTag, device: DeviceKey): boolean
}

interface Client { device: DeviceKey, stream: FrameStream, rooms: Set<RoomTag> }

/** A client has nothing to say for days; yamux keeps the connection alive and ends the stream with it. */
const QUIET_MAX_MS = 24 * 3_600_000
/** A client registers when it starts and when it enters or leaves a room; somebody who asks more often than this goes through tags. */
export const REQUESTS_BURST = 40
const REQUESTS_PER_SECOND = 2

export function createRendezvous ({ isAllowed, onRoom, onEntered, now = Date.now }: {
  isAllowed: (device: DeviceKey) => boolean
  /** A room got its first or lost its last registered device. */
  onRoom: (room: RoomTag, isUsed: boolean) => void
  /** A device was registered for a room, after `onRoom`. */
  onEntered: (room: RoomTag, device: DeviceKey) => void
  /** Unix ms. */
  now?: () => number
}): Rendezvous {
  const rooms = new Map<RoomTag, Set<Client>>()

  const tell = (client: Client, answer: RendezvousAnswer): void => {
    // Whoever does not take in what it is told has gone or will be gone soon; its stream ends and with it the registration.
    client.stream.send(encodeAnswer(answer)).catch((error: unknown) =>
      client.stream.abort(error instanceof Error ? error : new Error('rendezvous send failed')))
  }
  const others = (room: RoomTag, client: Client): Client[] =>
    [...rooms.get(room) ?? []].filter((other) => other.device !== client.device)

  const enter = (client: Client, room: RoomTag): void => {
    let clients = rooms.get(room)
    if (clients === undefined) {
      rooms.set(room, clients = new Set())
      onRoom(room, true)
    }
    clients.add(client)
    client.rooms.add(room)
    onEntered(room, client.device)
    for (const other of others(room, client)) tell(other, { type: 'arrived', room, device: client.device })
    tell(client, { type: 'peers', room, devices: devicesIn(room).filter((device) => device !== client.device) })
  }

  const leave = (client: Client, room: RoomTag): void => {
    const clients = rooms.get(room)
    client.rooms.delete(room)
    clients?.delete(client)
    if (clients?.size === 0) {
      rooms.delete(room)
      onRoom(room, false)
    }
    // The same device may have come back on another stream before this one was noticed to be dead.
    const isStillThere = [...clients ?? []].some((other) => other.device === client.device)
    if (!isStillThere) for (const other of others(room, client)) tell(other, { type: 'left', room, device: client.device })
  }

  const devicesIn = (room: RoomTag): DeviceKey[] =>
    [...new Set([...rooms.get(room) ?? []].map((client) => client.device))].slice(0, ROOM_MAX_MEMBERS)

  return {
    devicesIn,
    isIn: (room, device) => [...rooms.get(room) ?? []].some((client) => client.device === device),
    async serve (stream, device) {
      const client: Client = { device, stream, rooms: new Set() }
      if (!isAllowed(device)) {
        await stream.send(encodeAnswer({ type: 'denied' }))
        await stream.close()
        return
      }
      const mayAsk = createAllowance(now)
      try {
        for (;;) {
          const frame = await stream.receive({ timeoutMs: QUIET_MAX_MS })
          if (frame === null) return
          if (!mayAsk()) throw new WireError('too-many-requests')
          const request = decodeRequest(frame)
          if (request.type === 'look-up') {
            tell(client, { type: 'found', request: request.request, devices: devicesIn(request.room).filter((other) => other !== device) })
            continue
          }
          const wanted = new Set(request.rooms)
          for (const room of client.rooms) if (!wanted.has(room)) leave(client, room)
          for (const room of wanted) if (!client.rooms.has(room)) enter(client, room)
        }
      } finally {
        for (const room of client.rooms) leave(client, room)
        await stream.close()
      }
    }
  }
}

/** A bucket that holds `REQUESTS_BURST` and fills with `REQUESTS_PER_SECOND`. */
function createAllowance (now: () => number): () => boolean {
  let left = REQUESTS_BURST, countedAt = now()
  return () => {
    left = Math.min(REQUESTS_BURST, left + (now() - countedAt) / 1000 * REQUESTS_PER_SECOND)
    countedAt = now()
    return --left >= 0
  }
}
