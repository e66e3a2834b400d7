/**
 * Which names the node has confirmed: the name in the last valid passport of each device that was ever linked, kept sealed, so that somebody is not
 * in doubt again as soon as they are gone.
 */
import { effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import type { PeerLink } from '../mesh/types.ts'
import { coalesce } from '../state/coalesce.ts'
import { createMutex } from '../state/mutex.ts'
import type { Store } from '../store/index.ts'

/** As many devices as forty full rooms have; the newest stay. About 80 bytes each. */
const DEVICES_MAX = 20_000

export interface ConfirmedNames {
  readonly names: ReadonlySignal<ReadonlyMap<DeviceKey, string>>
  /** Learns from links from now on. Returns end. */
  watch(links: ReadonlySignal<ReadonlyMap<DeviceKey, PeerLink>>, onTrouble: (error: unknown) => void): () => void
}

export async function openConfirmedNames (store: Pick<Store, 'loadConfirmedNames' | 'saveConfirmedNames'>): Promise<ConfirmedNames> {
  const names = signal<ReadonlyMap<DeviceKey, string>>(new Map(await store.loadConfirmedNames()))
  const save = coalesce(createMutex(), async () => await store.saveConfirmedNames([...names.peek()]))
  return {
    names,
    watch: (links, onTrouble) => effect(() => {
      const news = [...links.value.values()].flatMap(({ device, passport }): [DeviceKey, string][] =>
        passport === null || names.peek().get(device) === (passport.name ?? '') ? [] : [[device, passport.name ?? '']])
      if (news.length === 0) return
      const changed = new Map(names.peek())
      for (const [device, name] of news) {
        changed.delete(device)
        changed.set(device, name)
      }
      names.value = new Map([...changed].slice(-DEVICES_MAX))
      save().catch(onTrouble)
    })
  }
}
