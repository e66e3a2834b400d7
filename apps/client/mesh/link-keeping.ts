/**
 * Carries out what `neighbourhood.ts` decides, and feeds it with what happens at libp2p and in the rooms.
 *
 * Flow: libp2p and rendezvous → `neighbourhood` → `dialing.ts` (links that are wanted) and `/parley/link-end/1` (links that
 * neither end needs).
 */
import type { Connection, PeerId } from '@libp2p/interface'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import {
  answerLinkEnd, askToEnd, LINK_END_FRAME_MAX_BYTES, LINK_END_PROTOCOL, tellEnd, type EndReason
} from '../protocols/link-end/index.ts'
import type { Scope } from '../state/scope.ts'
import type { Dialing } from './dialing.ts'
import type { MeshLibp2p } from './libp2p.ts'
import {
  NEIGHBOURHOOD, NEIGHBOURHOOD_INITIAL, neighbourhood, type NeighbourhoodEffect, type NeighbourhoodEvent
} from './neighbourhood.ts'
import { isDirect, isInUse, setEnding } from './paths.ts'
import type { Streams } from './streams.ts'

const ASK_TIMEOUT_MS = 10_000
/** A path that has died meanwhile takes no farewell: then it is closed without one. */
const TELL_TIMEOUT_MS = 1000

type Bare<Event> = Event extends unknown ? Omit<Event, 'now' | 'random'> : never

export interface LinkKeeping {
  /** All others of a room. */
  setRoom(room: RoomTag, others: readonly DeviceKey[]): void
  arrived(room: RoomTag, device: DeviceKey): void
  left(room: RoomTag, device: DeviceKey): void
  leaveRoom(room: RoomTag): void
  /** Asks again which rooms this device shares with each linked one. */
  reviewRooms(): void
  /** A direct link could not be made. */
  failed(device: DeviceKey): void
  /** The network is another one, or the node is back. */
  networkChanged(): void
  /** Ends the direct link, telling the other end that there will be none. */
  hideFrom(device: DeviceKey): void
}

export function createLinkKeeping ({ libp2p, isNode, dialing, streams, roomsOf, othersIn, onEnding, scope, drop }: {
  libp2p: MeshLibp2p
  isNode: (peer: PeerId) => boolean
  dialing: Dialing
  streams: Streams
  /** Rooms that a device is known to be in, together with this one. */
  roomsOf: (device: DeviceKey) => RoomTag[]
  othersIn: (room: RoomTag) => DeviceKey[]
  /** A connection is on its way out, or is kept after all. */
  onEnding: () => void
  scope: Scope
  drop: (reason: string) => void
}): LinkKeeping {
  let state = NEIGHBOURHOOD_INITIAL
  let wakeAt = Infinity
  const queue: Bare<NeighbourhoodEvent>[] = []
  let isRunning = false

  const directOf = (device: DeviceKey): Connection[] => libp2p.getConnections(toPeerId(device)).filter(isDirect)
  const isBusy = (device: DeviceKey): boolean => directOf(device).some(isInUse)
  const deviceOf = ({ remotePeer, limits }: Connection): DeviceKey | null =>
    limits === undefined && !isNode(remotePeer) ? toDeviceKey(remotePeer) : null

  const send = (event: Bare<NeighbourhoodEvent>): void => {
    queue.push(event)
    if (isRunning) return
    isRunning = true
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [after, effects] = neighbourhood(state, { ...next, now: Date.now(), random: Math.random() })
      state = after
      for (const effect of effects) perform(effect)
    }
    isRunning = false
  }

  const perform = (effect: NeighbourhoodEffect): void => {
    switch (effect.type) {
      case 'want': dialing.want(effect.devices); return
      case 'ask': scope.run(ask(effect.device)); return
      case 'answer': answers.set(effect.device, effect.agrees); return
      case 'close': scope.run(close(effect.device)); return
      case 'turn-away':
        // What goes over it is worth more than the limit: the link is counted again after `endingMs`.
        if (!isBusy(effect.device)) scope.run(end(effect.device, 'no-room'))
        return
      case 'sample': setRoom(effect.room, othersIn(effect.room)); return
      case 'wake': wake(effect.at)
    }
  }

  const wake = (at: number): void => {
    if (at >= wakeAt) return
    wakeAt = at
    scope.later(Math.max(0, at - Date.now()), () => {
      if (wakeAt !== at) return
      wakeAt = Infinity
      send({ type: 'timer' })
    })
  }

  const markEnding = (device: DeviceKey, isEnding: boolean): void => {
    for (const connection of directOf(device)) setEnding(connection, isEnding)
    onEnding()
  }
  const openOn = async (device: DeviceKey, timeoutMs: number): Promise<FrameStream> =>
    await streams.open(device, LINK_END_PROTOCOL, {
      signal: AbortSignal.any([scope.signal, AbortSignal.timeout(timeoutMs)]), maxFrameBytes: LINK_END_FRAME_MAX_BYTES
    })

  const ask = async (device: DeviceKey): Promise<void> => {
    let agrees = false
    try {
      if (!isBusy(device) && directOf(device).length > 0) agrees = await askToEnd(await openOn(device, ASK_TIMEOUT_MS))
    } catch {
      drop('link-end-unanswered')
    }
    send({ type: 'answered', device, agrees: agrees && !isBusy(device) })
  }
  const close = async (device: DeviceKey): Promise<void> => {
    markEnding(device, true)
    await Promise.all(directOf(device).map(async (connection) => {
      await connection.close().catch(() => connection.abort(new Error('not closed')))
    }))
  }
  const end = async (device: DeviceKey, reason: EndReason): Promise<void> => {
    if (directOf(device).length === 0) return
    try {
      await tellEnd(await openOn(device, TELL_TIMEOUT_MS), reason)
    } catch {
      drop('link-end-untold')
    }
    await close(device)
  }

  /** Replies of the machine, which come in the same turn as the question. */
  const answers = new Map<DeviceKey, boolean>()
  const onAsked = (device: DeviceKey): boolean => {
    send({ type: 'asked', device, isBusy: isBusy(device) })
    const agrees = answers.get(device) ?? false
    answers.delete(device)
    if (agrees) {
      markEnding(device, true)
      scope.later(NEIGHBOURHOOD.endingMs, () => markEnding(device, false))
    }
    return agrees
  }
  const onEnded = (device: DeviceKey, reason: EndReason): void => {
    // Otherwise the end that needs the link would dial in the same second, and be turned away again.
    dialing.postpone(device, reason)
    send({ type: 'ended', device })
    scope.run(close(device))
  }
  scope.defer(streams.handle(LINK_END_PROTOCOL, async (stream, device) => await answerLinkEnd(stream, {
    asked: () => onAsked(device), ended: (reason) => onEnded(device, reason)
  }), LINK_END_FRAME_MAX_BYTES))

  const onOpen = ({ detail }: CustomEvent<Connection>): void => {
    const device = deviceOf(detail)
    if (device !== null && !state.links.has(device)) send({ type: 'linked', device, rooms: roomsOf(device) })
  }
  const onClose = ({ detail }: CustomEvent<Connection>): void => {
    const device = deviceOf(detail)
    if (device !== null && state.links.has(device) && directOf(device).length === 0) send({ type: 'lost', device })
  }
  libp2p.addEventListener('connection:open', onOpen)
  libp2p.addEventListener('connection:close', onClose)
  scope.defer(() => {
    libp2p.removeEventListener('connection:open', onOpen)
    libp2p.removeEventListener('connection:close', onClose)
  })

  const setRoom = (room: RoomTag, others: readonly DeviceKey[]): void =>
    send({ type: 'room', room, others: others.length, sample: others })
  return {
    setRoom,
    arrived: (room, device) => send({ type: 'arrived', room, device }),
    left: (room, device) => send({ type: 'left', room, device }),
    leaveRoom: (room) => send({ type: 'left-room', room }),
    reviewRooms () {
      for (const [device, link] of state.links) {
        const rooms = roomsOf(device)
        const isSame = rooms.length === link.rooms.size && rooms.every((room) => link.rooms.has(room))
        if (!isSame) send({ type: 'linked', device, rooms })
      }
    },
    failed: (device) => send({ type: 'failed', device }),
    networkChanged: () => send({ type: 'network' }),
    hideFrom: (device) => scope.run(end(device, 'hidden'))
  }
}
