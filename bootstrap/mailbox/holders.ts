/** How far devices hold the logs of large rooms, as they have told: what "by the node's count" is counted from. In memory, and bounded. */
import type { DeviceKey, DevTag, RoomTag } from '#shared/ids.ts'
import type { LogPosition } from '#shared/wire/addressed.ts'

export interface Holders {
  /** Records what a device holds of some logs; positions only grow. */
  record(room: RoomTag, device: DeviceKey, logs: readonly LogPosition[]): void
  /** Records the same, but only of logs that somebody has reported or asked about: a sync session names all logs of a room. */
  refresh(room: RoomTag, device: DeviceKey, logs: readonly LogPosition[]): void
  /** Counts the devices, without the asking one, that hold a log up to a position. */
  count(room: RoomTag, position: LogPosition, asker: DeviceKey): number
}

type Positions = Map<DeviceKey, number>

export function createHolders ({ maxPositions, refuse }: {
  maxPositions: number
  /** A room was forgotten to make place. */
  refuse: () => void
}): Holders {
  /** In the order in which rooms were last told of. */
  const rooms = new Map<RoomTag, Map<DevTag, Positions>>()
  let size = 0

  /** A log costs as much as a position, so that questions about logs that nobody holds fill no more than reports do. */
  const sizeOf = (logs: ReadonlyMap<DevTag, Positions>): number => [...logs.values()].reduce((sum, positions) => sum + 1 + positions.size, 0)
  const logsOf = (room: RoomTag): Map<DevTag, Positions> => {
    const logs = rooms.get(room) ?? new Map<DevTag, Positions>()
    rooms.delete(room)
    rooms.set(room, logs)
    return logs
  }
  const evict = (): void => {
    for (const [room, logs] of rooms) {
      if (size <= maxPositions) return
      rooms.delete(room)
      size -= sizeOf(logs)
      refuse()
    }
  }
  const positionsOf = (logs: Map<DevTag, Positions>, devTag: DevTag): Positions => {
    const positions = logs.get(devTag) ?? new Map<DeviceKey, number>()
    if (!logs.has(devTag)) size++
    logs.set(devTag, positions)
    return positions
  }
  const note = (logs: Map<DevTag, Positions>, device: DeviceKey, { devTag, seq }: LogPosition): void => {
    const positions = positionsOf(logs, devTag)
    const known = positions.get(device)
    if (known === undefined) size++
    if (seq > (known ?? 0)) positions.set(device, seq)
  }

  return {
    record (room, device, positions) {
      const logs = logsOf(room)
      for (const position of positions) note(logs, device, position)
      evict()
    },
    refresh (room, device, positions) {
      const logs = rooms.get(room)
      if (logs === undefined) return
      for (const position of positions) if (logs.has(position.devTag)) note(logs, device, position)
      evict()
    },
    count (room, { devTag, seq }, asker) {
      let devices = 0
      for (const [device, held] of positionsOf(logsOf(room), devTag)) if (held >= seq && device !== asker) devices++
      evict()
      return devices
    }
  }
}
