import type { UserKey } from '#shared/ids.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import type { Cut } from '../membership/operations.ts'
import type { RoomLog } from '../log/room-log.ts'

/** The last positions that this device knows of all devices somebody ever had here. */
export function cutsOf (log: Pick<RoomLog, 'membership' | 'vector'>, user: UserKey): Cut[] {
  return [...log.membership.peek().authors].filter(([, author]) => author.user === user)
    .map(([devTag]) => ({ devTag, seq: highestOf(log.vector().get(devTag)?.have ?? []) }))
}
