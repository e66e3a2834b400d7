/** What calls leave behind in a page: connections that nobody closed, tracks that nobody stopped, memory that nothing frees. */
import type { Page } from '@playwright/test'
import type { Counted } from './count-media.ts'

export interface Leftovers {
  /** Peer connections with media that are not closed. */
  connections: number
  /** Tracks of microphone, camera or screen that still run. */
  tracks: number
  heapBytes: number
  /** Nodes that are in no document: something still refers to them. */
  detachedNodes: number
  listeners: number
}

/** After garbage was collected. `countMedia` has to run in the page before anything else. */
export async function readLeftovers (page: Page): Promise<Leftovers> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
  await session.detach()
  const { connections, tracks, shown } = await page.evaluate(() => {
    const { counted } = globalThis as unknown as { counted: Counted }
    const walker = document.createTreeWalker(document)
    let shown = 1
    while (walker.nextNode() !== null) shown++
    return { connections: counted.connections.size, tracks: [...counted.tracks].filter((track) => track.deref()?.readyState === 'live').length, shown }
  })
  return { connections, tracks, heapBytes: usedSize, detachedNodes: nodes - shown, listeners: jsEventListeners }
}
