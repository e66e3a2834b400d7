/**
 * What members have let be known that they have read: per device and log, everything up to a position. Only grows, so that the newest of
 * several marks is their union, in whatever order they come.
 *
 * A mark travels to those it is for when something was read, and again when they come into reach, since nobody stores it on the way
 * (`acknowledgements.ts`).
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import { createEvents, type EventSource } from '../../state/events.ts'
import { createMutex } from '../../state/mutex.ts'
import type { Scope } from '../../state/scope.ts'
import type { EntryRow, Store } from '../../store/index.ts'
import { storedEnvelope } from '../log/admit-entries.ts'
import type { RoomLog } from '../log/room-log.ts'

export type Positions = ReadonlyMap<DevTag, number>

export interface ReadMarks {
  /** By device, this one too. */
  readonly marks: ReadonlySignal<ReadonlyMap<DeviceKey, Positions>>
  load(): Promise<void>
  /** Takes what another device says. */
  take(device: DeviceKey, read: readonly ReadPosition[]): void
  /** This device has shown everything that is there: tells the others. */
  tell(): Promise<void>
  /** All that this device has read; nothing where the person does not let others know. */
  own(): ReadPosition[]
  /** `told`: what others are to be told now. */
  readonly events: EventSource<{ told: { read: readonly ReadPosition[] } }>
  /** Resolves when all that was taken is stored. */
  flush(): Promise<void>
}

export interface ReadPosition { devTag: DevTag, seq: number }

export function createReadMarks ({ log, store, scope, device, isTold }: {
  log: RoomLog
  store: Store
  scope: Scope
  device: DeviceKey
  /** Whether the person lets others know. */
  isTold: () => boolean
}): ReadMarks {
  const marks = signal<ReadonlyMap<DeviceKey, Positions>>(new Map())
  const unsaved = new Set<DeviceKey>()
  const events = createEvents<{ told: { read: readonly ReadPosition[] } }>()

  // While one is written others gather: a burst is a few writes.
  const saving = createMutex()
  const save = async (): Promise<void> => {
    if (unsaved.size === 0) return
    const rows = [...unsaved].map((of) => ({ device: of, read: [...marks.peek().get(of) ?? []] }))
    unsaved.clear()
    await store.saveMarks(log.roomTag, rows)
  }

  const isKnown = (devTag: DevTag): boolean => log.vector().has(devTag) || log.membership.peek().authors.has(devTag)
  /** Nobody has read what was not written yet: such a claim is cut to what there is. */
  const plausible = ({ devTag, seq }: ReadPosition): ReadPosition =>
    ({ devTag, seq: devTag === log.devTag ? Math.min(seq, highestOf(log.vector().get(devTag)?.have ?? [])) : seq })

  /** Answers what is new by it. */
  const merge = (of: DeviceKey, read: readonly ReadPosition[]): ReadPosition[] => {
    const known = marks.peek().get(of)
    const fresh = read.map(plausible).filter(({ devTag, seq }) => isKnown(devTag) && seq > (known?.get(devTag) ?? 0))
    if (fresh.length === 0) return []
    marks.value = new Map(marks.peek()).set(of, new Map([...known ?? [], ...fresh.map(({ devTag, seq }) => [devTag, seq] as const)]))
    unsaved.add(of)
    scope.run(saving(save))
    return fresh
  }

  /** Others' logs as far as they are shown: what waits for a key has been read by nobody. */
  const readable = async (): Promise<ReadPosition[]> => {
    const first = new Map<DevTag, number>()
    for (const row of await store.entries.pending(log.roomTag)) {
      if (storedEnvelope(row)?.header.kind === 'message') first.set(row.devTag, Math.min(row.seq, first.get(row.devTag) ?? Infinity))
    }
    return [...log.vector()].flatMap(([devTag, { have }]) => {
      const seq = Math.min(highestOf(have), (first.get(devTag) ?? Infinity) - 1)
      return devTag === log.devTag || seq < 1 ? [] : [{ devTag, seq }]
    })
  }

  return {
    marks, events,
    async load () {
      marks.value = new Map((await store.marks(log.roomTag)).map(({ device: of, read }) => [of, new Map(read)]))
    },
    take: (of, read) => { merge(of, read) },
    flush: async () => await saving(save),
    async tell () {
      if (!isTold()) return
      events.emit('told', { read: merge(device, await readable()) })
    },
    own: () => isTold() ? [...marks.peek().get(device) ?? []].map(([devTag, seq]) => ({ devTag, seq })) : []
  }
}

/** What another device of this person has read is read here too. */
export const isReadBy = (read: readonly ReadPosition[]) => {
  const positions = new Map(read.map(({ devTag, seq }) => [devTag, seq]))
  return ({ devTag, seq }: EntryRow): boolean => seq <= (positions.get(devTag) ?? 0)
}
