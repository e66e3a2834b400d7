/**
 * The client's side of `/parley/rendezvous/2`: one stream to the node that says which rooms this device is in, proves that it may know who
 * else is in them, and hears who is.
 *
 * @example
 *   const rendezvous = createRendezvousClient({ localKey, nodeKey, peers, arrived, left, refused, denied, ended })
 *   await rendezvous.attach(stream)   // after each connection to the node
 *   rendezvous.setRooms(new Map([[tag, { keys, invites: () => [] }]]))
 */
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import {
  decodeAnswer, encodeRequest, RENDEZVOUS_MAX_INVITES, RENDEZVOUS_MAX_ROOMS, splitPlaces,
  type ListedInvite, type Place, type PlaceRefusal, type RendezvousRequest
} from '#shared/wire/rendezvous.ts'
import { proveKey, type RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { createMutex } from '../../state/mutex.ts'

/** The node speaks when somebody comes or goes; that it is still there is watched elsewhere. */
const QUIET_MAX_MS = 24 * 3_600_000

/** What a room shows of itself at the rendezvous. */
export interface RoomEntrance {
  /** The room's access key. */
  keys: RoomKeys
  /** The room's invitations, with their end, so that whoever has such a link finds the room's members. */
  invites: () => readonly ListedInvite[]
}

export interface RendezvousClient {
  /** Takes a new stream to the node into use and says which rooms this device is in. Resolves when that was sent. */
  attach(stream: FrameStream): Promise<void>
  isAttached(): boolean
  setRooms(rooms: ReadonlyMap<RoomTag, RoomEntrance>): void
  /** The invitations of a room may have changed. */
  refresh(room: RoomTag): void
  /**
   * Who is in a room now, for whoever holds its access key or an invitation's. Rejects without a stream, after its end, or when `signal` aborts.
   * @throws {ParleyError} `invite-expired`, `invite-revoked` (rejects)
   */
  lookUp(room: RoomTag, keys: RoomKeys, signal: AbortSignal): Promise<DeviceKey[]>
}

export function createRendezvousClient ({ localKey, nodeKey, ...on }: {
  localKey: DeviceKey
  /** Raw public key of the node; null before it was dialled. */
  nodeKey: () => Uint8Array | null
  peers: (room: RoomTag, devices: readonly DeviceKey[]) => void
  arrived: (room: RoomTag, device: DeviceKey) => void
  left: (room: RoomTag, device: DeviceKey) => void
  /** The node does not register this device for a room. */
  refused: (reason: PlaceRefusal) => void
  /** The node does not accept this device's passport. */
  denied: () => void
  /** The stream is gone; `isDenied` when the node closed it for want of a passport. */
  ended: (error: unknown, isDenied: boolean) => void
}): RendezvousClient {
  let stream: FrameStream | null = null
  let rooms: ReadonlyMap<RoomTag, RoomEntrance> = new Map()
  let requests = 0
  let isDenied = false
  const waiting = new Map<number, PromiseWithResolvers<DeviceKey[]>>()
  /** What the node was told over this stream, and what has changed since; null before the first time. */
  let told: Map<RoomTag, { entrance: RoomEntrance, invites: string }> | null = null
  const changed = new Set<RoomTag>()
  const locked = createMutex()

  const prove = async (room: RoomTag, { privateKey }: RoomKeys): Promise<Uint8Array<ArrayBuffer>> => {
    const node = nodeKey()
    if (node === null) throw new Error('the node is not reachable')
    return await proveKey(privateKey, { room, device: localKey, node })
  }

  /** Tells the node what it does not know yet. */
  const update = async (): Promise<void> => await locked(async () => {
    const current = stream
    if (current === null) return
    const isFirst = told === null
    const known: NonNullable<typeof told> = told ?? new Map<RoomTag, { entrance: RoomEntrance, invites: string }>()
    told = known
    const left = [...known.keys()].filter((room) => !rooms.has(room))
    const entered: (Omit<Place, 'proof'> & { keys: RoomKeys })[] = []
    for (const room of isFirst ? [...rooms.keys()].slice(0, RENDEZVOUS_MAX_ROOMS) : [...changed]) {
      const entrance = rooms.get(room)
      if (entrance === undefined) continue
      const invites = newest(entrance.invites())
      const before = known.get(room), text = JSON.stringify(invites)
      if (before?.entrance === entrance && before.invites === text) continue
      if (before === undefined && known.size >= RENDEZVOUS_MAX_ROOMS) continue
      known.set(room, { entrance, invites: text })
      entered.push({ room, invites, key: entrance.keys.publicKey, keys: entrance.keys })
    }
    changed.clear()
    for (const room of left) known.delete(room)
    const places = await Promise.all(entered.map(async ({ keys, ...place }) => ({ ...place, proof: await prove(place.room, keys) })))
    const frames: RendezvousRequest[] = left.length > 0 && !isFirst ? [{ type: 'leave', rooms: left }] : []
    splitPlaces(places).forEach((part, at) => {
      if (isFirst && at === 0) frames.push({ type: 'register', places: part })
      else if (part.length > 0) frames.push({ type: 'enter', places: part })
    })
    for (const frame of frames) if (stream === current) await current.send(encodeRequest(frame))
  })

  const listen = async (current: FrameStream): Promise<void> => {
    for (;;) {
      const frame = await current.receive({ timeoutMs: QUIET_MAX_MS })
      if (frame === null) return
      const answer = decodeAnswer(frame)
      switch (answer.type) {
        case 'peers': on.peers(answer.room, answer.devices); break
        case 'arrived': on.arrived(answer.room, answer.device); break
        case 'left': on.left(answer.room, answer.device); break
        case 'refused': on.refused(answer.reason); break
        case 'denied':
          isDenied = true
          on.denied()
          break
        case 'gone':
          waiting.get(answer.request)?.reject(new ParleyError(answer.reason === 'expired' ? 'invite-expired' : 'invite-revoked'))
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
  const updateSoon = (): void => {
    const current = stream
    update().catch((error: unknown) => { if (current !== null) end(current, error) })
  }

  return {
    isAttached: () => stream !== null,
    async attach (next) {
      stream?.abort(new Error('replaced'))
      stream = next
      isDenied = false
      told = null
      listen(next).then(() => end(next, null), (error: unknown) => {
        next.abort(error instanceof Error ? error : new Error('rendezvous ended'))
        end(next, error)
      })
      await update()
    },
    setRooms (next) {
      for (const [room, entrance] of next) if (rooms.get(room) !== entrance) changed.add(room)
      rooms = next
      updateSoon()
    },
    refresh (room) {
      changed.add(room)
      updateSoon()
    },
    async lookUp (room, keys, signal) {
      const current = stream
      if (current === null) throw new Error('the node is not reachable')
      signal.throwIfAborted()
      const request = ++requests
      const answer = Promise.withResolvers<DeviceKey[]>()
      const stop = (): void => answer.reject(new Error('aborted', { cause: signal.reason }))
      waiting.set(request, answer)
      signal.addEventListener('abort', stop, { once: true })
      prove(room, keys)
        .then(async (proof) => await current.send(encodeRequest({ type: 'look-up', request, room, proof, key: keys.publicKey })))
        .catch(() => answer.reject(new Error('the node is not reachable')))
      try {
        return await answer.promise
      } finally {
        waiting.delete(request)
        signal.removeEventListener('abort', stop)
      }
    }
  }
}

/** Those that are good for longest. */
const newest = (invites: readonly ListedInvite[]): readonly ListedInvite[] =>
  invites.length <= RENDEZVOUS_MAX_INVITES ? invites : [...invites].sort((a, b) => b.expiresAt - a.expiresAt).slice(0, RENDEZVOUS_MAX_INVITES)
