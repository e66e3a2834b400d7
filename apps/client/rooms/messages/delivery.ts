/**
 * Who holds what this person wrote, on whichever of their devices, and who has read it. Learned from receipts and read marks, which are
 * addressed to this person's devices, and from the vectors of sync sessions; kept, so that states are still true after a restart.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import { covers, intersectRanges, mergeRanges } from '#shared/wire/sync/ranges.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { MessageReceipt } from '../../api.ts'
import { dependOn } from '../../state/depend-on.ts'
import type { ReceiptRow, Store } from '../../store/index.ts'
import type { Scope } from '../../state/scope.ts'
import { tellsAuthors } from '../live/acknowledgement-policy.ts'
import type { Membership } from '../membership/resolve.ts'
import type { Positions } from './read-marks.ts'
import type { RoomLog } from '../log/room-log.ts'

/** `lamport` of the message tells who was a member when it was written. */
export interface DeliveredEntry { devTag: DevTag, seq: number, lamport: number }

export interface DeliveryState {
  deliveredTo: number
  deliveredOf: number
  readBy: number
  keptAtNode: boolean
  /** Some other member holds it, also one who came in later; in large rooms as the node counts, or where the node does not keep it. */
  isHeld: boolean
  /** Devices that hold it by the node's count, in rooms where nobody sends receipts; null while it has not said. */
  countedByNode: number | null
}

/** Named as the room's log does. */
type Receipt = Omit<MessageReceipt, 'nameMark'>

export interface Delivery {
  of(entry: DeliveredEntry): DeliveryState
  /** Of everybody it is for or who holds it, readers first. */
  receiptsOf(entry: DeliveredEntry): Receipt[]
}

export interface DeliveryTracker {
  readonly delivery: ReadonlySignal<Delivery>
  readonly keptAtNode: ReadonlySignal<boolean>
  readonly lastSeen: ReadonlySignal<ReadonlyMap<DeviceKey, number>>
  load(): Promise<void>
  /** `holder` holds these positions of one of this person's logs. */
  note(holder: DeviceKey | 'node', devTag: DevTag, held: readonly LogRange[]): void
  seen(device: DeviceKey): void
  /** Whether `holder` is known to hold what this device wrote, up to a position; without one all of it. */
  holds(holder: DeviceKey | 'node', upTo?: number): boolean
  /** Resolves when all that is known is stored. */
  flush(): Promise<void>
}

/** Receipts come in bursts: they are written together. */
const SAVE_DELAY_MS = 500

const heldOf = (log: RoomLog, row: ReceiptRow | undefined, devTag: DevTag): readonly LogRange[] =>
  (devTag === log.devTag ? row?.held : row?.twins?.find((twin) => twin.devTag === devTag)?.held) ?? []

export function createDeliveryTracker ({ log, store, scope, myUser, marks, counted }: {
  log: RoomLog
  store: Store
  scope: Scope
  myUser: string
  marks: ReadonlySignal<ReadonlyMap<DeviceKey, Positions>>
  /** Devices that hold this device's log up to a position, by the node's count. Reactive. */
  counted: (seq: number) => number | null
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

  const holds = (holder: DeviceKey | 'node', upTo = Infinity): boolean => {
    const mine = intersectRanges(log.vector().get(log.devTag)?.have ?? [], [{ from: 1, to: upTo }])
    const held = heldOf(log, receipts.peek().get(holder), log.devTag)
    return mine.every(({ from, to }) => held.some((range) => range.from <= from && to <= range.to))
  }

  const delivery = computed<Delivery>(() => describeDelivery({
    log, receipts: receipts.value, marks: marks.value, membership: log.membership.value, copied: log.copied.value, myUser, counted
  }))

  scope.defer(log.events.on('appended', ({ rows }) => {
    if (rows.some((row) => row.devTag === log.devTag)) written.value++
  }))

  return {
    delivery,
    keptAtNode: computed(() => {
      dependOn(written)
      dependOn(receipts)
      return holds('node')
    }),
    holds,
    flush: save,
    lastSeen: computed(() => new Map([...receipts.value.values()].flatMap(({ device, lastSeenAt }) =>
      device === 'node' || lastSeenAt === 0 ? [] : [[device, lastSeenAt]]))),
    async load () {
      receipts.value = new Map((await store.receipts(log.roomTag)).map((row) => [row.device, row]))
    },
    note (holder, devTag, held) {
      const known = heldOf(log, receipts.peek().get(holder), devTag)
      // Nobody can hold what was not written yet: such a claim is cut to what there is. Of another device's log this one may be behind.
      const last = devTag === log.devTag ? log.vector().get(devTag)?.have.at(-1)?.to ?? 0 : Infinity
      const plausible = held.filter(({ from }) => from <= last).map(({ from, to }) => ({ from, to: Math.min(to, last) }))
      const merged = mergeRanges([...known, ...plausible])
      if (JSON.stringify(merged) === JSON.stringify(known)) return
      change(holder, (row) => ({
        ...row,
        ...devTag === log.devTag ? { held: merged } : { twins: [...(row.twins ?? []).filter((twin) => twin.devTag !== devTag), { devTag, held: merged }] },
        lastSeenAt: Date.now()
      }))
    },
    seen: (device) => change(device, (row) => ({ ...row, lastSeenAt: Date.now() }))
  }
}

function describeDelivery ({ log, receipts, marks, membership, copied, myUser, counted }: {
  log: RoomLog
  receipts: ReadonlyMap<DeviceKey | 'node', ReceiptRow>
  marks: ReadonlyMap<DeviceKey, Positions>
  membership: Membership
  copied: ReadonlyMap<DeviceKey, number>
  myUser: string
  counted: (seq: number) => number | null
}): Delivery {
  const others = [...membership.members.values()].filter((member) => member.user !== myUser)
  const admittedAt = new Map(others.map((member) => [member.user, log.operations.clockAt(member.admittedBy)]))
  /** RULE: from where a device was copied, others may mean another entry by a position. */
  const isAmbiguous = ({ devTag, seq }: DeliveredEntry): boolean => {
    const device = membership.authors.get(devTag)?.device
    return device !== undefined && seq >= (copied.get(device) ?? Infinity)
  }
  const holds = (holder: DeviceKey | 'node', entry: DeliveredEntry): boolean =>
    covers(heldOf(log, receipts.get(holder), entry.devTag), entry.seq) && !isAmbiguous(entry)
  const isRead = (device: DeviceKey, entry: DeliveredEntry): boolean =>
    entry.seq <= (marks.get(device)?.get(entry.devTag) ?? 0) && !isAmbiguous(entry)

  const receiptsOf = (entry: DeliveredEntry): Receipt[] => others.map((member) => {
    const devices = [...member.devices.keys()]
    const hasRead = devices.some((device) => isRead(device, entry))
    return {
      user: member.user, name: member.name,
      isDelivered: hasRead || devices.some((device) => holds(device, entry)),
      isRead: hasRead,
      // RULE: a message is for those who were members when it was written and still are.
      cameLater: (admittedAt.get(member.user) ?? 0) >= entry.lamport
    }
  })

  return {
    of (entry) {
      const all = receiptsOf(entry)
      const due = all.filter(({ cameLater }) => !cameLater)
      const keptAtNode = holds('node', entry)
      const countedByNode = entry.devTag === log.devTag && !tellsAuthors(membership) && !isAmbiguous(entry) ? counted(entry.seq) : null
      // Where only a few neighbours are heard of by sync, that the node keeps it says more than their number.
      const isHeard = tellsAuthors(membership) || !keptAtNode
      return {
        deliveredTo: due.filter(({ isDelivered }) => isDelivered).length,
        deliveredOf: due.length,
        readBy: all.filter(({ isRead: hasRead }) => hasRead).length,
        keptAtNode,
        isHeld: (countedByNode ?? 0) > 0 || (isHeard && all.some(({ isDelivered }) => isDelivered)),
        countedByNode
      }
    },
    receiptsOf: (entry) => receiptsOf(entry).filter(({ cameLater, isDelivered }) => !cameLater || isDelivered)
      .sort((a, b) => Number(b.isRead) - Number(a.isRead) || Number(b.isDelivered) - Number(a.isDelivered) || a.name.localeCompare(b.name))
  }
}
