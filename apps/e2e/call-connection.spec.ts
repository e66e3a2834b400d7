import { expect, test, type Page } from '@playwright/test'
import { build } from 'esbuild'
import type { createMediaConnection, MediaConnection } from '../client/calls/media/connection.ts'
import type { CallMessage } from '../client/protocols/call/index.ts'

interface Ends { offering: MediaConnection, answering: MediaConnection, isLosing: boolean, rounds: number[] }
type Global = typeof globalThis & { made: { createMediaConnection: typeof createMediaConnection }, ends: Ends }

/** Two media connections of one page, which say to each other what they have to; `isLosing` loses offers, as a stream does that ends. */
async function connectTwo (page: Page): Promise<void> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [new URL('../client/calls/media/connection.ts', import.meta.url).pathname], bundle: true, write: false, format: 'iife', globalName: 'made', target: 'chrome120'
  })
  await page.addScriptTag({ content: bundle!.text })
  await page.evaluate(async () => {
    const { made: { createMediaConnection } } = globalThis as Global
    const ends: Partial<Ends> & Pick<Ends, 'rounds'> = { isLosing: false, rounds: [] }
    Object.assign(globalThis, { ends })
    const options = { iceServers: [], isRelayOnly: false, tracks: { microphone: null, camera: null, screen: null, screenSound: null }, onTrack: () => undefined }
    const early: CallMessage[] = []
    const connected = Promise.withResolvers<undefined>()
    ends.answering = await createMediaConnection({ ...options, offers: false, onState: () => undefined, send: (message) => { ends.offering?.handle(message).catch(console.error) } })
    ends.offering = await createMediaConnection({
      ...options, offers: true,
      onState (state) { if (state === 'connected') connected.resolve(undefined) },
      send (message) {
        if (message.type === 'offer') ends.rounds.push(message.round)
        if (ends.offering === undefined) early.push(message)
        else if (message.type !== 'offer' || !ends.isLosing) ends.answering?.handle(message).catch(console.error)
      }
    })
    for (const message of early) await ends.answering.handle(message)
    await connected.promise
  })
}

const sections = async (page: Page): Promise<number[]> => await page.evaluate(() => {
  const { ends } = globalThis as Global
  return [ends.offering, ends.answering].map(({ remote }) => Object.values(remote).filter((track) => track !== null).length)
})

test('a connection begins with voice and camera and describes the screen afterwards, once', async ({ page }) => {
  await connectTwo(page)
  expect(await sections(page)).toEqual([2, 2])
  await page.evaluate(async () => {
    await (globalThis as Global).ends.offering.describeAll()
    await (globalThis as Global).ends.offering.describeAll()
    await (globalThis as Global).ends.answering.describeAll()
  })
  await expect.poll(async () => await sections(page)).toEqual([4, 4])
  expect(await page.evaluate(() => (globalThis as Global).ends.rounds)).toEqual([1, 2])
})

test('an offer that is lost with its stream is said again, so that a screen can be shown', async ({ page }) => {
  await connectTwo(page)
  await page.evaluate(async () => {
    const { ends } = globalThis as Global
    ends.isLosing = true
    await ends.offering.describeAll()
    ends.isLosing = false
    await ends.offering.offerAgain()
  })
  await expect.poll(async () => await sections(page)).toEqual([4, 4])
  await page.evaluate(async () => await (globalThis as Global).ends.offering.offerAgain())
  expect(await page.evaluate(() => (globalThis as Global).ends.rounds)).toEqual([1, 2, 3])
})
