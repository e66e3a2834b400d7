/** The rooms this device is in, as the mesh sees them: who is there, who may be linked, and one gossip topic each. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals-core'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { topicOf } from '#shared/wire/gossip.ts'
import { dependOn } from '../state/depend-on.ts'
import type { Gossip } from './gossip.ts'
import type { LinkKeeping } from './link-keeping.ts'
import type { RoomMesh, RoomPolicy } from './types.ts'

export interface RoomMeshes {
  enter(tag: RoomTag, policy: RoomPolicy): RoomMesh
  all(): ReadonlyMap<RoomTag, RoomPolicy>
  /** Members who are there, in whatever room. */
  readonly members: ReadonlySignal<ReadonlySet<DeviceKey>>
  /** Rooms that this device and another are in together, as far as that is known. */
  sharedWith(device: DeviceKey): RoomTag[]
  /** Members of a room who are there and may be linked. */
  linkable(tag: RoomTag): DeviceKey[]
  /** What the rendezvous says of a room: all who are there, or that one came or went. */
  setRegistered(tag: RoomTag, devices: readonly DeviceKey[]): void
  arrived(tag: RoomTag, device: DeviceKey): void
  left(tag: RoomTag, device: DeviceKey): void
  /** The node went away: only those who are linked are known to be there. */
  forgetRegistered(): void
  /** Links or topics changed: who is there is counted anew. */
  update(): void
  /** It is another question now who may be linked. */
  review(): void
}

interface Entered {
  policy: RoomPolicy
  registered: Set<DeviceKey>
  present: Signal<ReadonlySet<DeviceKey>>
}

export function createRoomMeshes ({ gossip, keeping, isLinked, isHiddenFrom, onRoomsChanged, onRefreshed, drop }: {
  gossip: Gossip
  keeping: Pick<LinkKeeping, 'setRoom' | 'arrived' | 'left' | 'leaveRoom' | 'reviewRooms'>
  isLinked: (device: DeviceKey) => boolean
  isHiddenFrom: (device: DeviceKey) => boolean
  /** The set of rooms is another now: tell the rendezvous. */
  onRoomsChanged: () => void
  /** What a room shows at the rendezvous may have changed. */
  onRefreshed: (tag: RoomTag) => void
  drop: (reason: string) => void
}): RoomMeshes {
  const rooms = new Map<RoomTag, Entered>()
  const version = signal(0)

  const update = (tag: RoomTag, room: Entered): void => {
    const present = new Set([...room.registered, ...gossip.devicesIn(topicOf(tag)).filter(isLinked)])
    const before = room.present.peek()
    if (present.size !== before.size || ![...present].every((device) => before.has(device))) {
      room.present.value = present
      version.value = version.peek() + 1
    }
  }
  const updateAll = (): void => {
    for (const [tag, room] of rooms) update(tag, room)
    keeping.reviewRooms()
  }
  const isLinkable = ({ policy }: Entered, device: DeviceKey): boolean => policy.isMember(device) && !isHiddenFrom(device)
  const linkableIn = (room: Entered): DeviceKey[] => [...room.registered].filter((device) => isLinkable(room, device))
  const review = (tag: RoomTag, room: Entered): void => {
    version.value = version.peek() + 1
    keeping.setRoom(tag, linkableIn(room))
    keeping.reviewRooms()
  }

  return {
    all: () => new Map([...rooms].map(([tag, { policy }]) => [tag, policy])),
    members: computed(() => {
      dependOn(version)
      return new Set([...rooms.values()].flatMap(({ present, policy }) => [...present.peek()].filter((device) => policy.isMember(device))))
    }),
    sharedWith: (device) => [...rooms].filter(([, { present, policy }]) => present.peek().has(device) && policy.isMember(device)).map(([tag]) => tag),
    linkable (tag) {
      const room = rooms.get(tag)
      return room === undefined ? [] : linkableIn(room)
    },
    enter (tag, policy) {
      const topic = topicOf(tag)
      const room: Entered = { policy, registered: new Set(), present: signal(new Set()) }
      rooms.set(tag, room)
      gossip.join(topic, { ...policy, isAtNode: (device) => room.registered.has(device) })
      onRoomsChanged()
      update(tag, room)
      return {
        present: room.present,
        refresh () {
          if (rooms.get(tag) !== room) return
          review(tag, room)
          onRefreshed(tag)
        },
        async publish (frame) {
          try {
            return await gossip.publish(topic, frame)
          } catch {
            drop('publish-failed')
            return 0
          }
        },
        leave () {
          if (rooms.get(tag) !== room) return
          rooms.delete(tag)
          gossip.leave(topic)
          keeping.leaveRoom(tag)
          updateAll()
          onRoomsChanged()
        }
      }
    },
    setRegistered (tag, devices) {
      const room = rooms.get(tag)
      if (room === undefined) return
      room.registered = new Set(devices)
      update(tag, room)
      review(tag, room)
    },
    arrived (tag, device) {
      const room = rooms.get(tag)
      if (room === undefined || room.registered.has(device)) return
      room.registered.add(device)
      update(tag, room)
      if (isLinkable(room, device)) keeping.arrived(tag, device)
      keeping.reviewRooms()
    },
    left (tag, device) {
      const room = rooms.get(tag)
      if (room?.registered.delete(device) !== true) return
      update(tag, room)
      if (isLinkable(room, device)) keeping.left(tag, device)
      keeping.reviewRooms()
    },
    forgetRegistered () {
      for (const [tag, room] of rooms) {
        room.registered = new Set()
        update(tag, room)
      }
    },
    update: updateAll,
    review () {
      for (const [tag, room] of rooms) review(tag, room)
    }
  }
}
