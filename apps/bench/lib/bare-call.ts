/** What a call is compared with: two pages of one profile, an `RTCPeerConnection` each, and a BroadcastChannel for what they have to tell each other. */
import type { Browser, Page } from '@playwright/test'
import { newContext, openPage } from './stage.ts'

export interface BareCall { audioMs: number, videoMs: number }

interface BarePage { wait(): Promise<void>, call(): Promise<BareCall>, end(): void }

/** As in the product, one side waits with microphone and camera open, and the other opens its own and calls. */
export async function measureBareCalls (browser: Browser, times: number): Promise<BareCall[]> {
  const context = await newContext(browser)
  try {
    const [waiting, calling] = [await openPage(context, 'http://bare.localhost/one'), await openPage(context, 'http://bare.localhost/two')]
    await Promise.all([waiting, calling].map(async (page) => await page.evaluate(prepare)))
    const run = async <Name extends keyof BarePage>(page: Page, name: Name): Promise<Awaited<ReturnType<BarePage[Name]>>> =>
      await page.evaluate(async (called) => await (globalThis as unknown as { bare: Record<string, () => unknown> }).bare[called]!(), name) as Awaited<ReturnType<BarePage[Name]>>
    const measured: BareCall[] = []
    for (let n = 0; n < times; n++) {
      await run(waiting, 'wait')
      measured.push(await run(calling, 'call'))
      await Promise.all([waiting, calling].map(async (page) => await run(page, 'end')))
    }
    return measured
  } finally {
    await context.close()
  }
}

/* The rest runs inside the pages. */

function prepare (): void {
  const channel = new BroadcastChannel('bare')
  let connection: RTCPeerConnection | null = null
  let stream: MediaStream | null = null
  const capture = async (): Promise<MediaStream> => await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } })
  const tell = (message: object): void => channel.postMessage(JSON.stringify(message))
  const open = (): RTCPeerConnection => {
    const made = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    made.addEventListener('icecandidate', ({ candidate }) => { if (candidate !== null) tell({ candidate }) })
    connection = made
    return made
  }
  let early: RTCIceCandidateInit[] = []
  const describe = async (description: RTCSessionDescriptionInit): Promise<void> => {
    await connection?.setRemoteDescription(description)
    for (const candidate of early.splice(0)) await connection?.addIceCandidate(candidate)
  }
  channel.addEventListener('message', ({ data }) => {
    const { description, candidate } = JSON.parse(String(data)) as { description?: RTCSessionDescriptionInit, candidate?: RTCIceCandidateInit }
    const take = async (): Promise<void> => {
      if (candidate !== undefined) {
        if (connection?.remoteDescription == null) early.push(candidate)
        else await connection.addIceCandidate(candidate)
      } else if (description?.type === 'offer') {
        const answering = open()
        for (const track of stream?.getTracks() ?? []) answering.addTrack(track, stream!)
        await describe(description)
        await answering.setLocalDescription()
        tell({ description: answering.localDescription })
      } else if (description !== undefined) await describe(description)
    }
    take().catch((error: unknown) => console.error(error))
  })
  const bare: BarePage = {
    async wait () { stream = await capture() },
    async call () {
      const startedAt = performance.now()
      stream = await capture()
      const calling = open()
      const media = { audio: Promise.withResolvers<number>(), video: Promise.withResolvers<number>() }
      calling.addEventListener('track', ({ track }) => {
        if (track.kind === 'audio') track.addEventListener('unmute', () => media.audio.resolve(performance.now() - startedAt), { once: true })
        else {
          const video = document.createElement('video')
          Object.assign(video, { muted: true, autoplay: true, srcObject: new MediaStream([track]) })
          document.body.append(video)
          video.requestVideoFrameCallback(() => {
            media.video.resolve(performance.now() - startedAt)
            video.remove()
          })
        }
      })
      for (const track of stream.getTracks()) calling.addTrack(track, stream)
      await calling.setLocalDescription()
      tell({ description: calling.localDescription })
      return { audioMs: await media.audio.promise, videoMs: await media.video.promise }
    },
    end () {
      connection?.close()
      connection = null
      early = []
      for (const track of stream?.getTracks() ?? []) track.stop()
      stream = null
    }
  }
  Object.assign(globalThis, { bare })
}
