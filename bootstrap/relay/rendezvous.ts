/**
 * The node's side of `/parley/rendezvous/2`. A registration belongs to a device, lives as long as the device's one stream, and is only for
 * whoever proves the room's access key. Rooms that the mailbox knows have the key it knows them by; of others, devices that prove the same
 * key see each other, so that nobody can take a room's place by being first.
 */
import type { AccountId, DeviceKey, RoomTag } from '#shared/ids.ts'
import { toHex } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeRequest, encodeAnswer, type Place, type RendezvousAnswer, type RendezvousRequest } from '#shared/wire/rendezvous.ts'
import { checkKey, inviteIdOf } from '#shared/wire/rendezvous-proof.ts'
import type { Limiter } from '../limits/index.ts'

/** Whom limits count: a device with a passport, its account, and where it is connected from. */
export interface RendezvousGuest { device: DeviceKey, account: AccountId, address: string }

/** What the mailbox knows of rooms. */
export interface RoomKeySource {
  /** Access keys (hex) of those rooms that are known. */
  keysOf(rooms: readonly RoomTag[]): Promise<ReadonlyMap<RoomTag, string>>
  /** A device has proven the key that a room is known by. */
  onProven(device: DeviceKey, room: RoomTag): void
}

export interface Rendezvous {
  /** Serves one device until it goes; null for one without a passport. Rejects on frames that are not of the protocol. */
  serve(stream: FrameStream, guest: RendezvousGuest | null): Promise<void>
  devicesIn(room: RoomTag): DeviceKey[]
  isIn(room: RoomTag, device: DeviceKey): boolean
  /** The mailbox knows a room now: devices that proved another key are not in it. */
  settle(room: RoomTag, key: string): void
}

interface Registration {
  /** Hex. */
  key: string
  /** Until when each invitation is good, Unix ms. */
  invites: ReadonlyMap<string, number>
  release: () => void
}

interface Client {
  guest: RendezvousGuest
  stream: FrameStream
  rooms: Map<RoomTag, Registration>
  /** Registered by the device's stream before, and not on this one yet. */
  stale: Set<RoomTag>
}

/** A client has nothing to say for days; yamux keeps the connection alive and ends the stream with it. */
const QUIET_MAX_MS = 24 * 3_600_000
/** Telling so many devices of an arrival costs as much as the arrival. */
const NOTICES_PER_CHANGE = 50

export function createRendezvous ({ node, limiter, rooms: known, onRoom, onEntered, onLeft, now = Date.now }: {
  /** Raw public key of the node, 32 bytes. */
  node: Uint8Array
  limiter: Limiter
  rooms: RoomKeySource
  /** A room got its first or lost its last registered device. */
  onRoom: (room: RoomTag, isUsed: boolean) => void
  /** A device was registered for a room, after `onRoom`. */
  onEntered: (room: RoomTag, device: DeviceKey) => void
  /** A device is not registered any more, before `onRoom`. */
  onLeft: (room: RoomTag, device: DeviceKey) => void
  /** Unix ms. */
  now?: () => number
}): Rendezvous {
  const clients = new Map<DeviceKey, Client>()
  const rooms = new Map<RoomTag, Set<DeviceKey>>()

  const tell = ({ stream }: Client, answer: RendezvousAnswer): void => {
    // A client that does not take in what it is told has gone or will be gone soon; its stream ends and with it the registration.
    stream.send(encodeAnswer(answer)).catch((error: unknown) => stream.abort(error instanceof Error ? error : new Error('rendezvous send failed')))
  }
  /** Clients that have proven this key for a room. */
  const holders = (room: RoomTag, key: string): Client[] =>
    [...rooms.get(room) ?? []].flatMap((device) => clients.get(device) ?? []).filter((client) => client.rooms.get(room)?.key === key)
  const others = (room: RoomTag, key: string, { guest: { device } }: Client): Client[] =>
    holders(room, key).filter(({ guest }) => guest.device !== device)
  const keysOf = (list: readonly Client[]): DeviceKey[] => list.slice(0, ROOM_MAX_MEMBERS).map(({ guest }) => guest.device)

  const charge = ({ guest }: Client, room: RoomTag, key: string): void => {
    const cost = 1 + Math.floor(holders(room, key).length / NOTICES_PER_CHANGE)
    if (!limiter.take('rendezvous-changes', guest.device, cost) || !limiter.take('rendezvous-changes-of-account', guest.account, cost) ||
      !limiter.take('rendezvous-changes-of-address', guest.address, cost)) throw new WireError('too-many-changes')
  }

  /** Places for a room and its invitations; null where the device or its account has no more. */
  const holdPlace = ({ guest }: Client, invites: number): (() => void) | null => limiter.holdAll([
    ['rendezvous-rooms', guest.device],
    ['rendezvous-rooms-of-account', guest.account],
    ...Array.from({ length: invites }, () => ['rendezvous-invites', guest.device] as const)
  ])

  const enter = (client: Client, { room, key, invites }: Pick<Place, 'room' | 'invites'> & { key: string }): void => {
    const { device } = client.guest
    const before = client.rooms.get(room)
    const isNew = isNews(client, room, key)
    if (before !== undefined && before.key !== key) leave(client, room)
    else before?.release()
    const release = holdPlace(client, invites.length)
    if (release === null) {
      if (client.rooms.has(room)) leave(client, room)
      tell(client, { type: 'refused', room, reason: 'too-many' })
      return
    }
    client.stale.delete(room)
    client.rooms.set(room, { key, release, invites: new Map(invites.map(({ id, expiresAt }) => [id, expiresAt])) })
    if (!isNew) return
    if (!rooms.has(room)) {
      rooms.set(room, new Set())
      onRoom(room, true)
    }
    rooms.get(room)?.add(device)
    onEntered(room, device)
    const there = others(room, key, client)
    for (const other of there) tell(other, { type: 'arrived', room, device })
    tell(client, { type: 'peers', room, devices: keysOf(there) })
  }

  const leave = (client: Client, room: RoomTag): void => {
    const registration = client.rooms.get(room)
    if (registration === undefined) return
    const { device } = client.guest
    registration.release()
    client.rooms.delete(room)
    client.stale.delete(room)
    rooms.get(room)?.delete(device)
    onLeft(room, device)
    if (rooms.get(room)?.size === 0) {
      rooms.delete(room)
      onRoom(room, false)
    }
    for (const other of others(room, registration.key, client)) tell(other, { type: 'left', room, device })
  }

  const isNews = (client: Client, room: RoomTag, key: string): boolean => client.rooms.get(room)?.key !== key || client.stale.has(room)

  /** Pays for what is new, checks its proofs, all at once, and enters. What the mailbox knows is asked last: it may have changed meanwhile. */
  async function enterAll (client: Client, places: readonly Place[], isLive: () => boolean): Promise<void> {
    const { device } = client.guest
    const keyed = places.map((place) => ({ ...place, key: toHex(place.key), bytes: place.key }))
    for (const { room, key } of keyed) if (isNews(client, room, key)) charge(client, room, key)
    const proven = await Promise.all(keyed.map(async ({ room, key, bytes, proof }) =>
      client.rooms.get(room)?.key === key || await checkKey(bytes, proof, { room, device, node })))
    const expected = await known.keysOf(places.map(({ room }) => room))
    if (!isLive()) return
    keyed.forEach((place, at) => {
      const refusal = (expected.get(place.room) ?? place.key) !== place.key ? 'other-key' : proven[at] === true ? null : 'proof'
      if (refusal !== null) {
        leave(client, place.room)
        tell(client, { type: 'refused', room: place.room, reason: refusal })
        return
      }
      if (expected.has(place.room)) known.onProven(device, place.room)
      enter(client, place)
    })
  }

  async function lookUp (client: Client, { request, room, key, proof }: Extract<RendezvousRequest, { type: 'look-up' }>): Promise<void> {
    const { device, account, address } = client.guest
    if (!limiter.take('rendezvous-look-ups', account) || !limiter.take('rendezvous-look-ups-of-address', address)) throw new WireError('too-many-look-ups')
    const isProven = await checkKey(key, proof, { room, device, node })
    const found = isProven ? judge(room, toHex(key), await inviteIdOf(key)) : []
    tell(client, typeof found === 'string'
      ? { type: 'gone', request, reason: found }
      : { type: 'found', request, devices: keysOf(found.filter(({ guest }) => guest.device !== device)) })
  }

  /** Whom somebody may hear of that holds this key: members by the access key, joiners by an invitation that a member lists. */
  function judge (room: RoomTag, key: string, inviteId: string): Client[] | 'expired' | 'revoked' {
    const members = holders(room, key)
    if (members.length > 0) return members
    let end: 'expired' | 'revoked' | null = null
    for (const device of rooms.get(room) ?? []) {
      const registration = clients.get(device)?.rooms.get(room)
      const expiresAt = registration?.invites.get(inviteId)
      if (registration === undefined || expiresAt === undefined) continue
      if (expiresAt > now()) return holders(room, registration.key)
      end = expiresAt === 0 ? 'revoked' : 'expired'
    }
    return end ?? []
  }

  async function answer (client: Client, request: RendezvousRequest, isLive: () => boolean): Promise<void> {
    switch (request.type) {
      case 'look-up':
        await lookUp(client, request)
        return
      case 'leave':
        for (const room of request.rooms) leave(client, room)
        return
      case 'register': {
        const wanted = new Set(request.places.map(({ room }) => room))
        for (const room of [...client.rooms.keys()]) if (!wanted.has(room)) leave(client, room)
        await enterAll(client, request.places, isLive)
        return
      }
      case 'enter': await enterAll(client, request.places, isLive)
    }
  }

  return {
    devicesIn: (room) => [...rooms.get(room) ?? []],
    isIn: (room, device) => rooms.get(room)?.has(device) === true,
    settle (room, key) {
      for (const device of [...rooms.get(room) ?? []]) {
        const client = clients.get(device)
        if (client === undefined || client.rooms.get(room)?.key === key) continue
        leave(client, room)
        tell(client, { type: 'refused', room, reason: 'other-key' })
      }
    },
    async serve (stream, guest) {
      if (guest === null) {
        await stream.send(encodeAnswer({ type: 'denied' }))
        await stream.close()
        return
      }
      // RULE: a device has one stream, its newest, which takes over what the one before has registered until it registers itself.
      const before = clients.get(guest.device)
      const client: Client = { guest, stream, rooms: before?.rooms ?? new Map<RoomTag, Registration>(), stale: new Set(before?.rooms.keys()) }
      clients.set(guest.device, client)
      before?.stream.abort(new Error('the device opened another stream'))
      const isLive = (): boolean => clients.get(guest.device) === client
      try {
        while (isLive()) {
          const frame = await stream.receive({ timeoutMs: QUIET_MAX_MS })
          if (frame === null || !isLive()) return
          if (!limiter.take('rendezvous-requests', guest.device)) throw new WireError('too-many-requests')
          await answer(client, decodeRequest(frame), isLive)
        }
      } finally {
        if (isLive()) {
          for (const room of [...client.rooms.keys()]) leave(client, room)
          clients.delete(guest.device)
        }
        await stream.close()
      }
    }
  }
}
