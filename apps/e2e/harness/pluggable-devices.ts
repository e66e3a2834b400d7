/**
 * Devices that can be unplugged: Chromium's fake ones are always there, so the page is told otherwise. Its own code meets what it would
 * meet: a track that ends, a list without the device, an event that the list has changed, a refusal of what is not there.
 */
import type { BrowserContext, Page } from '@playwright/test'

interface Plugs {
  /** By a part of their names. */
  unplugged: Set<string>
  open: Set<MediaStreamTrack>
  isDenied: boolean
}

export async function makePluggable (context: BrowserContext, unplugged: readonly string[] = []): Promise<void> {
  await context.addInitScript((names) => {
    if (!('mediaDevices' in navigator)) return
    const plugs: Plugs = { unplugged: new Set(names), open: new Set(), isDenied: false }
    Object.assign(globalThis, { plugs })
    const { mediaDevices } = navigator
    const list = mediaDevices.enumerateDevices.bind(mediaDevices)
    const capture = mediaDevices.getUserMedia.bind(mediaDevices)
    const isGone = ({ label }: MediaDeviceInfo): boolean => [...plugs.unplugged].some((name) => label.includes(name))
    mediaDevices.enumerateDevices = async () => (await list()).filter((device) => !isGone(device))
    mediaDevices.getUserMedia = async (constraints) => {
      if (plugs.isDenied) throw new DOMException('as told', 'NotAllowedError')
      const gone = (await list()).filter(isGone).map(({ deviceId }) => deviceId)
      for (const wanted of [constraints?.audio, constraints?.video]) {
        const deviceId = typeof wanted === 'object' ? wanted.deviceId : undefined
        if (typeof deviceId === 'object' && 'exact' in deviceId && gone.includes(String(deviceId.exact))) throw new OverconstrainedError('deviceId')
      }
      const stream = await capture(constraints)
      for (const track of stream.getTracks()) plugs.open.add(track)
      return stream
    }
  }, unplugged)
}

/** Waits until the device is in use, and takes it away. */
export async function unplug (page: Page, name: string): Promise<void> {
  await page.waitForFunction((label) => {
    const { plugs } = globalThis as unknown as { plugs: Plugs }
    return [...plugs.open].some((track) => track.label.includes(label) && track.readyState === 'live')
  }, name)
  await page.evaluate((label) => {
    const { plugs } = globalThis as unknown as { plugs: Plugs }
    plugs.unplugged.add(label)
    for (const track of plugs.open) {
      if (!track.label.includes(label) || track.readyState === 'ended') continue
      track.stop()
      // A device that goes ends its track and says so; a page that stops one is told nothing.
      track.dispatchEvent(new Event('ended'))
    }
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
  }, name)
}

export async function plugIn (page: Page, name: string): Promise<void> {
  await page.evaluate((label) => {
    (globalThis as unknown as { plugs: Plugs }).plugs.unplugged.delete(label)
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
  }, name)
}

export async function setDenied (page: Page, isDenied: boolean): Promise<void> {
  await page.evaluate((denied) => { (globalThis as unknown as { plugs: Plugs }).plugs.isDenied = denied }, isDenied)
}
