/**
 * Who holds what this device wrote. Learned from receipts (gossip) and from the vectors of sync sessions; kept, so that states are still
 * true after a restart.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import { covers, mergeRanges } from '#shared/wire/sync/ranges.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import { dependOn } from '../state/depend-on.ts'
import type { ReceiptRow, Store } from '../store/index.ts'
import type { Scope } from '../state/scope.ts'
import type { RoomLog } from './room-log.ts'

export interface Delivery {
  of(entry: { devTag: string, seq: number }): { deliveredTo: number, deliveredOf: number, keptAtNode: boolean }
}

export interface DeliveryTracker {
  readonly delivery: ReadonlySignal<Delivery>
  readonly keptAtNode: ReadonlySignal<boolean>
  readonly lastSeen: ReadonlySignal<ReadonlyMap<DeviceKey, number>>
  load(): Promise<void>
  /** `holder` holds these positions of this device's log. */
  note(holder: DeviceKey | 'node', held: readonly LogRange[]): void
  seen(device: DeviceKey): void
  /** Whether `holder` is known to hold all that this device wrote. */
  holdsAll(holder: DeviceKey | 'node'): boolean
}

/** Receipts come in bursts: they are written together. */
const SAVE_DELAY_MS = 500

export function createDeliveryTracker ({ log, store, scope, myUser }: {
  log: RoomLog, store: Store, scope: Scope, myUser: string
}): DeliveryTracker {
  const receipts = signal<ReadonlyMap<DeviceKey | 'node', ReceiptRow>>(new Map())
  /** Bumped when this device has written, since its log is no signal. */
  const written = signal(0)
  const unsaved = new Set<DeviceKey | 'node'>()

  const save = async (): Promise<void> => {
    const rows = [...unsaved].flatMap((holder) => receipts.peek().get(holder) ?? [])
    unsaved.clear()
    await store.saveReceipts(rows)
  }

  const change = (holder: DeviceKey | 'node', next: (row: ReceiptRow) => ReceiptRow): void => {
    const row = receipts.peek().get(holder) ?? { roomTag: log.roomTag, device: holder, held: [], lastSeenAt: 0 }
    receipts.value = new Map(receipts.peek()).set(holder, next(row))
    if (unsaved.size === 0) scope.later(SAVE_DELAY_MS, () => scope.run(save()))
    unsaved.add(holder)
  }

  const holdsAll = (holder: DeviceKey | 'node'): boolean => {
    const mine = log.vector().get(log.devTag)?.have ?? []
    const held = receipts.peek().get(holder)?.held ?? []
    return mine.every(({ from, to }) => held.some((range) => range.from <= from && to <= range.to))
  }

  const delivery = computed<Delivery>(() => {
    const rows = receipts.value
    const { members } = log.membership.value
    const others = [...members.values()].filter((member) => member.user !== myUser)
    return {
      of ({ devTag, seq }) {
        const holds = (holder: DeviceKey | 'node'): boolean => devTag === log.devTag && covers(rows.get(holder)?.held ?? [], seq)
        return {
          deliveredTo: others.filter((member) => [...member.devices.keys()].some(holds)).length,
          deliveredOf: others.length,
          keptAtNode: holds('node')
        }
      }
    }
  })

  scope.defer(log.events.on('appended', ({ rows }) => {
    if (rows.some((row) => row.devTag === log.devTag)) written.value++
  }))

  return {
    delivery,
    keptAtNode: computed(() => {
      dependOn(written)
      dependOn(receipts)
      return holdsAll('node')
    }),
    holdsAll,
    lastSeen: computed(() => new Map([...receipts.value.values()].flatMap(({ device, lastSeenAt }) =>
      device === 'node' || lastSeenAt === 0 ? [] : [[device, lastSeenAt]]))),
    async load () {
      receipts.value = new Map((await store.receipts(log.roomTag)).map((row) => [row.device, row]))
    },
    note (holder, held) {
      const known = receipts.peek().get(holder)?.held ?? []
      const mine = log.vector().get(log.devTag)?.have.at(-1)?.to ?? 0
      // Nobody can hold what was not written yet: such a claim is cut to what there is.
      const plausible = held.filter(({ from }) => from <= mine).map(({ from, to }) => ({ from, to: Math.min(to, mine) }))
      const merged = mergeRanges([...known, ...plausible])
      if (JSON.stringify(merged) !== JSON.stringify(known)) change(holder, (row) => ({ ...row, held: merged, lastSeenAt: Date.now() }))
    },
    seen: (device) => change(device, (row) => ({ ...row, lastSeenAt: Date.now() }))
  }
}
