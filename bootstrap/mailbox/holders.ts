/**
 * How far devices hold the logs of large rooms, as they have told: what "by the node's count" is counted from. In memory, and bounded for each
 * account and in all: what one tells pushes out nothing of others.
 */
import type { AccountId, DeviceKey, DevTag, RoomTag } from '#shared/ids.ts'
import type { LogPosition } from '#shared/wire/addressed.ts'
import { createFairShares, type Held } from '../limits/fair-shares.ts'

/** A device and the account that answers for what it tells. */
export interface Teller { device: DeviceKey, account: AccountId }

export interface Holders {
  /** Records what a device holds of some logs; positions only grow. */
  record(room: RoomTag, teller: Teller, logs: readonly LogPosition[]): void
  /** Records the same, but only of logs that somebody has reported or asked about: a sync session names all logs of a room. */
  refresh(room: RoomTag, teller: Teller, logs: readonly LogPosition[]): void
  /** Counts the devices, without the asking one, that hold a log up to a position. */
  count(room: RoomTag, position: LogPosition, asker: Teller): number
}

/** There while somebody has told of it or asked about it. */
interface Log { room: RoomTag, devTag: DevTag, positions: Map<DeviceKey, Position>, question: Question | null }
interface Position extends Held { log: Log, device: DeviceKey, seq: number }
/** A log that nobody has told of, and that was asked about: it costs the asker as much as a position. */
interface Question extends Held { log: Log, device: null }

export function createHolders ({ maxPositions, maxPerAccount, refuse }: {
  maxPositions: number
  maxPerAccount: number
  /** A position was forgotten to make place: above the bound of its account, or of all. */
  refuse: (above: 'party' | 'all') => void
}): Holders {
  const rooms = new Map<RoomTag, Map<DevTag, Log>>()
  const shares = createFairShares<Position | Question>({
    max: maxPositions, maxPerParty: maxPerAccount,
    onEvict (item, above) {
      drop(item)
      refuse(above)
    }
  })

  const drop = (item: Position | Question): void => {
    const { log } = item
    if (item.device === null) log.question = null
    else log.positions.delete(item.device)
    if (log.positions.size > 0 || log.question !== null) return
    const logs = rooms.get(log.room)
    logs?.delete(log.devTag)
    if (logs?.size === 0) rooms.delete(log.room)
  }
  const logOf = (room: RoomTag, devTag: DevTag): Log => {
    const logs = rooms.get(room) ?? new Map<DevTag, Log>()
    const log = logs.get(devTag) ?? { room, devTag, positions: new Map<DeviceKey, Position>(), question: null }
    rooms.set(room, logs.set(devTag, log))
    return log
  }
  const note = (room: RoomTag, { device, account }: Teller, { devTag, seq }: LogPosition): void => {
    const log = logOf(room, devTag)
    const known = log.positions.get(device)
    // A device that has changed its account takes along what it told.
    if (known !== undefined && known.party !== account) shares.remove(known)
    const position = known?.party === account ? known : { party: account, log, device, seq: known?.seq ?? 0 }
    position.seq = Math.max(position.seq, seq)
    log.positions.set(device, position)
    shares.add(position)
  }

  return {
    record (room, teller, positions) {
      for (const position of positions) note(room, teller, position)
    },
    refresh (room, teller, positions) {
      for (const position of positions) if (rooms.get(room)?.has(position.devTag) === true) note(room, teller, position)
    },
    count (room, { devTag, seq }, { device: asker, account }) {
      const log = logOf(room, devTag)
      if (log.positions.size === 0) {
        log.question ??= { party: account, log, device: null }
        shares.add(log.question)
      }
      let devices = 0
      for (const [device, held] of log.positions) if (held.seq >= seq && device !== asker) devices++
      return devices
    }
  }
}
