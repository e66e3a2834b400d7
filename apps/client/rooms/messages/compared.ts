/** What other devices are known to hold of this room: by their receipts, and by what sync has told. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import { mergeRanges } from '#shared/wire/sync/ranges.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { Remote } from '../../mesh/types.ts'
import type { DeliveryTracker } from './delivery.ts'
import type { Compared, KnownVector } from '../people/members.ts'
import type { RoomLog } from '../log/room-log.ts'

export interface ComparedVectors {
  readonly vectors: ReadonlySignal<ReadonlyMap<DeviceKey, Compared>>
  /** What this device holds, in the same form. */
  heldHere(): KnownVector
  applyReceipt(from: DeviceKey, told: readonly ({ devTag: DevTag } & LogRange)[]): void
  /** What a finished sync session has told about the other side. */
  applySync(remote: Remote, held: ReadonlyMap<DevTag, readonly LogRange[]>): void
}

export function createComparedVectors ({ log, tracker, isMine }: {
  log: RoomLog
  tracker: Pick<DeliveryTracker, 'note'>
  /** Whether this person wrote a log, on whichever device. */
  isMine: (devTag: DevTag) => boolean
}): ComparedVectors {
  const vectors = signal<ReadonlyMap<DeviceKey, Compared>>(new Map())
  const heldHere = (): KnownVector => new Map([...log.vector()].map(([devTag, { have }]) => [devTag, have]))
  return {
    vectors,
    heldHere,
    applyReceipt (from, told) {
      const known = vectors.peek().get(from)
      const held = new Map(known?.held ?? [])
      for (const { devTag, ...range } of told) {
        if (isMine(devTag)) tracker.note(from, devTag, [range])
        if (log.vector().has(devTag)) held.set(devTag, mergeRanges([...held.get(devTag) ?? [], range]))
      }
      vectors.value = new Map(vectors.peek()).set(from, { held, mine: known?.mine ?? new Map() })
    },
    applySync (remote, held) {
      tracker.note(remote, log.devTag, held.get(log.devTag) ?? [])
      for (const [devTag, ranges] of held) if (devTag !== log.devTag && isMine(devTag)) tracker.note(remote, devTag, ranges)
      if (remote !== 'node') vectors.value = new Map(vectors.peek()).set(remote, { held, mine: heldHere() })
    }
  }
}
