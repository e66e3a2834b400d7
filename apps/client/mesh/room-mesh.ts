/** The rooms this device is in, as the mesh sees them: who is there, whom to link, and one gossip topic each. */
import { signal, type Signal } from '@preact/signals-core'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { topicOf } from '#shared/wire/gossip.ts'
import type { Dialing } from './dialing.ts'
import type { Gossip } from './gossip.ts'
import type { RoomMesh, RoomPolicy } from './types.ts'

export interface RoomMeshes {
  enter(tag: RoomTag, policy: RoomPolicy): RoomMesh
  all(): ReadonlyMap<RoomTag, RoomPolicy>
  /** Takes over what the rendezvous says of a room. */
  tell(tag: RoomTag, change: (registered: ReadonlySet<DeviceKey>) => ReadonlySet<DeviceKey>): void
  /** The node went away: only those who are linked are known to be there. */
  forgetRegistered(): void
  /** Links or topics changed: who is there is counted anew. */
  update(): void
}

interface Entered {
  policy: RoomPolicy
  registered: ReadonlySet<DeviceKey>
  present: Signal<ReadonlySet<DeviceKey>>
}

export function createRoomMeshes ({ gossip, dialing, isLinked, onRoomsChanged, onRefreshed, drop }: {
  gossip: Gossip
  dialing: Dialing
  isLinked: (device: DeviceKey) => boolean
  /** The set of rooms is another now: tell the rendezvous. */
  onRoomsChanged: () => void
  /** What a room shows at the rendezvous may have changed. */
  onRefreshed: (tag: RoomTag) => void
  drop: (reason: string) => void
}): RoomMeshes {
  const rooms = new Map<RoomTag, Entered>()

  const update = (tag: RoomTag, room: Entered): void => {
    const present = new Set([...room.registered, ...gossip.devicesIn(topicOf(tag)).filter(isLinked)])
    const before = room.present.peek()
    if (present.size !== before.size || ![...present].every((device) => before.has(device))) room.present.value = present
  }
  const keepLinked = (tag: RoomTag, { registered, policy }: Entered): void =>
    dialing.want(tag, [...registered].filter((device) => policy.isMember(device)))

  return {
    all: () => new Map([...rooms].map(([tag, { policy }]) => [tag, policy])),
    enter (tag, policy) {
      const topic = topicOf(tag)
      const room: Entered = { policy, registered: new Set(), present: signal(new Set()) }
      rooms.set(tag, room)
      gossip.join(topic, policy)
      onRoomsChanged()
      update(tag, room)
      return {
        present: room.present,
        refresh () {
          if (rooms.get(tag) !== room) return
          keepLinked(tag, room)
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
          dialing.want(tag, [])
          onRoomsChanged()
        }
      }
    },
    tell (tag, change) {
      const room = rooms.get(tag)
      if (room === undefined) return
      room.registered = change(room.registered)
      update(tag, room)
      keepLinked(tag, room)
    },
    forgetRegistered () {
      for (const [tag, room] of rooms) {
        room.registered = new Set()
        update(tag, room)
      }
    },
    update () {
      for (const [tag, room] of rooms) update(tag, room)
    }
  }
}
