/** What calls leave behind in a page: connections that nobody closed, tracks that nobody stopped, memory that nothing frees. */
import type { Page } from '@playwright/test'

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

interface Counted { connections: Set<RTCPeerConnection>, tracks: Set<WeakRef<MediaStreamTrack>> }

/** Before the page is opened: it counts from the start what it opens. Connections without media are links of the mesh and no calls. */
export async function countMedia (page: Page): Promise<void> {
  await page.addInitScript(() => {
    const counted: Counted = { connections: new Set(), tracks: new Set() }
    Object.assign(globalThis, {
      counted,
      RTCPeerConnection: class extends RTCPeerConnection {
        override addTransceiver (...args: Parameters<RTCPeerConnection['addTransceiver']>): RTCRtpTransceiver {
          counted.connections.add(this)
          return super.addTransceiver(...args)
        }

        override async setRemoteDescription (description: RTCSessionDescriptionInit): Promise<void> {
          if (description.sdp?.includes('m=audio') === true) counted.connections.add(this)
          await super.setRemoteDescription(description)
        }

        override close (): void {
          counted.connections.delete(this)
          super.close()
        }
      }
    })
    const devices = navigator.mediaDevices
    const open = devices.getUserMedia.bind(devices)
    devices.getUserMedia = async (constraints) => {
      const stream = await open(constraints)
      for (const track of stream.getTracks()) counted.tracks.add(new WeakRef(track))
      return stream
    }
  })
}

/** After garbage was collected. */
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
