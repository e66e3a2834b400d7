/** What this device remembers of its person, sealed in the store. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { createMutex } from '../state/mutex.ts'
import type { SelfRecord, Store } from '../store/index.ts'

export interface SelfRecords {
  readonly record: ReadonlySignal<SelfRecord>
  /** Durable when it resolves. */
  change(change: (record: SelfRecord) => Partial<SelfRecord>): Promise<void>
}

export const emptySelfRecord = (): SelfRecord => ({ recoveryConfirmedAt: null, verified: [], knownRooms: [], knownDevices: [] })

export async function openSelfRecords (store: Pick<Store, 'loadSelf' | 'saveSelf'>): Promise<SelfRecords> {
  const record = signal(await store.loadSelf() ?? emptySelfRecord())
  const saving = createMutex()
  return {
    record,
    change: async (change) => await saving(async () => {
      const next = { ...record.peek(), ...change(record.peek()) }
      await store.saveSelf(next)
      record.value = next
    })
  }
}
