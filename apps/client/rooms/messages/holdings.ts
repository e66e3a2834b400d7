/** What is known of who holds and who has read what: by receipts, by read marks, by the vectors of sync sessions, and by the node's counts. */
import { createComparedVectors, type ComparedVectors } from './compared.ts'
import { createDeliveryTracker, type DeliveryTracker } from './delivery.ts'
import { createHolderCounts, type HolderCounts } from './holder-counts.ts'
import { sendsReadMarks } from './message-actions.ts'
import { createReadMarks, type ReadMarks } from './read-marks.ts'
import type { RoomCore } from '../room-core.ts'

export interface Holdings {
  readonly readMarks: ReadMarks
  readonly tracker: DeliveryTracker
  readonly counts: HolderCounts
  readonly compared: ComparedVectors
  /** Resolves when all that is known is stored. */
  flush(): Promise<void>
}

export async function openHoldings ({ context: { store, device, myUser, addressed }, log, scope, record }: RoomCore): Promise<Holdings> {
  const readMarks = createReadMarks({ log, store, scope, device: device.key, isTold: () => sendsReadMarks(record.peek()) })
  await readMarks.load()
  const counts = createHolderCounts({ log, scope, countHolders: async (position) => await addressed.countHolders(log.roomTag, position) })
  const tracker = createDeliveryTracker({ log, store, scope, myUser, marks: readMarks.marks, counted: (seq) => counts.of(seq) })
  await tracker.load()
  return {
    readMarks, tracker, counts,
    compared: createComparedVectors({
      log, tracker,
      isMine: (devTag) => devTag === log.devTag || log.membership.peek().authors.get(devTag)?.user === myUser
    }),
    async flush () { await Promise.allSettled([readMarks.flush(), tracker.flush()]) }
  }
}
