/** Recording a call on the device of one of those in it. */
import type { CDPSession, Locator, Page } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { expect, test } from './harness/index.ts'

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const announcement = (page: Page, name: string): Locator => page.getByText(`Recording: ${name} keeps what is said and shown`)
const bytesOf = (page: Page): Locator => page.locator('[data-bytes]')

async function startRecording (page: Page, picture?: string): Promise<void> {
  await button(page, 'More').click()
  await page.getByRole('menuitem', { name: 'Record the call' }).click()
  const panel = page.getByRole('region', { name: 'Record the call' })
  await panel.getByRole('checkbox', { name: 'With my voice' }).uncheck()
  if (picture !== undefined) await panel.getByRole('combobox', { name: 'Picture' }).selectOption(picture)
  await button(page, 'Start recording').click()
  await expect(page.getByText('You are recording this call.')).toBeVisible()
}

/** Until this many pieces have reached the disk. */
async function untilPieces (page: Page, count: number): Promise<void> {
  const seen = new Set<string>()
  await expect.poll(async () => {
    const bytes = await bytesOf(page).getAttribute('data-bytes') ?? '0'
    if (bytes !== '0') seen.add(bytes)
    return seen.size
  }).toBeGreaterThanOrEqual(count)
}

interface Played { seconds: number, /** What the file says of itself. */ told: number, isSeekable: boolean, loudest: number, width: number, differs: boolean }

/** Saves the recording and plays it in a page: how long and loud its sound is, and whether its picture moves. */
async function savedAndPlayed (page: Page): Promise<Played> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save recording').click()])
  expect(download.suggestedFilename()).toMatch(/^Kitchen .*\.webm$/)
  const content = (await readFile(await download.path())).toString('base64')
  return await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    const video = document.createElement('video')
    video.muted = true
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/webm' }))
    const frames: string[] = []
    const canvas = new OffscreenCanvas(64, 36)
    const context = canvas.getContext('2d')
    const ended = new Promise<void>((resolve) => { video.addEventListener('ended', () => resolve()) })
    const watch = (): void => {
      context?.drawImage(video, 0, 0, 64, 36)
      frames.push(context?.getImageData(0, 0, 64, 36).data.join() ?? '')
      video.requestVideoFrameCallback(watch)
    }
    video.requestVideoFrameCallback(watch)
    await video.play()
    await ended
    const told = video.duration
    const sought = new Promise((resolve) => { video.addEventListener('seeked', resolve) })
    video.currentTime = 1
    await sought
    const sound = await new AudioContext().decodeAudioData(bytes.buffer)
    return { told, isSeekable: !video.ended && Math.abs(video.currentTime - 1) < 0.1, seconds: sound.duration, loudest: sound.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0), width: video.videoWidth, differs: new Set(frames).size > 2 }
  }, content)
}

test('Alice records Bob: all are told, whoever comes later too, and neither a full disk nor a crash costs what was recorded', async ({ person, node }) => {
  const [alice, bob, carol] = [await person('Alice'), await person('Bob'), await person('Carol')]
  for (const one of [alice, bob, carol]) {
    await one.open()
    await one.signIn()
  }
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  for (const one of [bob, carol]) await one.openInvite(link)
  await button(alice.page, 'Start call').click()
  await button(bob.page, 'Join call').click()
  await expect(alice.page.locator('audio[data-voice="Bob"]')).toHaveCount(1)
  await button(bob.page, 'Start video').click()

  await test.step('all are told for as long as it lasts, and the file holds Bob’s voice and picture', async () => {
    await startRecording(alice.page, 'everybody')
    await expect(announcement(bob.page, 'Alice')).toBeVisible()
    await button(carol.page, 'Join call').click()
    await expect(announcement(carol.page, 'Alice')).toBeVisible()
    await button(carol.page, 'Leave call').click()
    await untilPieces(alice.page, 2)
    await button(alice.page, 'Stop recording').click()
    await expect(announcement(bob.page, 'Alice')).toHaveCount(0)
    const { seconds, told, isSeekable, loudest, width, differs } = await savedAndPlayed(alice.page)
    expect(seconds).toBeGreaterThan(3)
    expect(Math.abs(told - seconds)).toBeLessThan(1)
    expect(isSeekable).toBe(true)
    expect(loudest).toBeGreaterThan(0.05)
    expect(width).toBe(1280)
    expect(differs).toBe(true)
    await button(alice.page, 'Remove from Parley').click()
    await expect(alice.page.getByText('Your recording of')).toHaveCount(0)
  })

  await test.step('a full disk ends it, says so and keeps what there is', async () => {
    const disk = await alice.page.context().newCDPSession(alice.page)
    await startRecording(alice.page)
    await untilPieces(alice.page, 1)
    await fill(disk, node.origin)
    await expect(alice.page.getByRole('alert').getByText('The disk is full')).toBeVisible()
    await expect(announcement(bob.page, 'Alice')).toHaveCount(0)
    await disk.send('Storage.overrideQuotaForOrigin', { origin: node.origin })
    expect((await savedAndPlayed(alice.page)).loudest).toBeGreaterThan(0.05)
    await button(alice.page, 'Remove from Parley').click()
  })

  await test.step('after a crash the recording is offered, and can be played as far as it went', async () => {
    await startRecording(alice.page)
    await untilPieces(alice.page, 2)
    const crashed = alice.page.waitForEvent('crash')
    await Promise.all([crashed, alice.page.goto('chrome://crash').catch(() => undefined)])
    const page = await alice.page.context().newPage()
    await page.goto(node.origin)
    await expect(page.getByText('An unfinished recording of Kitchen was found')).toBeVisible()
    const { seconds, told, loudest } = await savedAndPlayed(page)
    expect(seconds).toBeGreaterThan(2)
    expect(Math.abs(told - seconds)).toBeLessThan(1)
    expect(loudest).toBeGreaterThan(0.05)
    await button(page, 'Remove from Parley').click()
    await expect(page.getByText('An unfinished recording')).toHaveCount(0)
    expect(await page.evaluate(async () => {
      const shelves = await (await navigator.storage.getDirectory()).getDirectoryHandle('recordings')
      const left: string[] = []
      for await (const shelf of shelves.values()) for await (const name of (shelf as FileSystemDirectoryHandle).keys()) left.push(name)
      return left
    })).toEqual([])
  })
})

/** No room for another byte. */
async function fill (disk: CDPSession, origin: string): Promise<void> {
  const { usage } = await disk.send('Storage.getUsageAndQuota', { origin })
  await disk.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: Math.max(1, usage) })
}
