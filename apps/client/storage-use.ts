/** What this device keeps, by room, and what the host says about the space. */
import type { StorageUse } from './api.ts'
import type { Rooms } from './rooms/index.ts'
import type { Store } from './store/index.ts'

/** Reads every stored entry: some seconds with a hundred thousand. */
export async function measureStorage (store: Store, rooms: Rooms | null): Promise<StorageUse> {
  const host = 'storage' in navigator ? navigator.storage : null
  const estimate = await host?.estimate().catch(() => null)
  const measured: StorageUse['rooms'] = []
  for (const { tag, name } of rooms?.summaries.peek() ?? []) {
    const [{ bytes }, messages] = [await store.entries.sizeOf(tag), await store.entries.count(tag)]
    measured.push({ tag, name, messages, bytes })
  }
  return {
    usedBytes: estimate?.usage ?? null,
    quotaBytes: estimate?.quota ?? null,
    isPersisted: await host?.persisted().catch(() => false) ?? false,
    rooms: measured.sort((a, b) => b.bytes - a.bytes)
  }
}
