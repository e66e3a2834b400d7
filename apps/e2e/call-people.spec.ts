/** A call of four, each with a voice of their own, and what moderators can do in it. */
import { chromium, type Browser } from '@playwright/test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { smallCameraFile } from './harness/fake-inputs.ts'
import { voiceOf } from './harness/hearing.ts'
import { expect, test, type Person } from './harness/index.ts'
import { createPerson } from './harness/person.ts'
import { chooseAndConfirm } from './harness/room-verbs.ts'
import { toneFile } from './harness/tone-file.ts'

const cameraFile = join(mkdtempSync(join(tmpdir(), 'parley-camera-')), 'small.y4m')
writeFileSync(cameraFile, smallCameraFile())
test.use({
  launchOptions: [async ({ launchOptions }, use) => await use({ ...launchOptions, args: [...launchOptions.args ?? [], `--use-file-for-fake-video-capture=${cameraFile}`] }), { scope: 'worker' }]
})
test.afterAll(() => rmSync(dirname(cameraFile), { recursive: true, force: true }))

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const stage = (person: Person) => person.page.getByRole('region', { name: /^Call in/ })
const tile = (person: Person, name: string) => stage(person).getByRole('group', { name, exact: true })

const chooseMore = async (person: Person, item: string): Promise<void> => {
  await button(person, 'More').click()
  await person.page.getByRole('menu').getByRole('menuitem', { name: item, exact: true }).click()
}

const expectTone = async (listener: Person, name: string, hertz: number): Promise<void> =>
  await expect.poll(async () => Math.abs((await voiceOf(listener.page, name)).hertz - hertz), { message: `${listener.name} hears ${name} at ${hertz} Hz` }).toBeLessThan(15)
const expectSilence = async (listener: Person, name: string): Promise<void> =>
  await expect.poll(async () => (await voiceOf(listener.page, name)).loudness, { message: `${listener.name} hears nothing of ${name}` }).toBeLessThan(0.005)

async function expectPicture (person: Person, name: string): Promise<void> {
  const frames = async (): Promise<number> => await tile(person, name).locator('video').evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames)
  const first = await frames()
  await expect.poll(frames, { message: `${person.name} sees ${name}` }).toBeGreaterThan(first)
}

test('four in a call have each their own voice and picture; moderators mute, lock and remove, and whoever leaves the room is gone from it', async ({ person, node, launchOptions }, info) => {
  const browsers: Browser[] = []
  /** Somebody in a browser of their own, whose microphone hears one tone. */
  const singer = async (name: string, hertz: number): Promise<Person> => {
    const file = info.outputPath(`${name}.wav`)
    await writeFile(file, toneFile(hertz))
    const browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args ?? [], `--use-file-for-fake-audio-capture=${file}`] })
    browsers.push(browser)
    const context = await browser.newContext({ permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'], reducedMotion: 'reduce' })
    return createPerson({ name, page: await context.newPage(), origin: node.origin, mailbox: node.mailbox })
  }
  try {
    const [mara, jonas] = await Promise.all([singer('Mara', 523), singer('Jonas', 880)])
    const [priya, theo] = [await person('Priya'), await person('Theo')]
    const everybody = [mara, jonas, priya, theo]
    await Promise.all(everybody.map(async (one) => {
      await one.open()
      await one.signIn()
    }))
    await mara.createRoom('Kitchen')
    const link = await mara.copyInvite()
    for (const one of [jonas, priya, theo]) await one.openInvite(link)
    for (const one of [jonas, priya, theo]) await mara.expectMember(one.name, 'direct')

    await button(mara, 'Start call').click()
    for (const one of [jonas, priya]) await button(one, 'Join call').click()
    await expectTone(priya, 'Mara', 523)
    await expectTone(priya, 'Jonas', 880)
    await expectTone(jonas, 'Mara', 523)

    // Locked: nobody new comes in, and they are told why.
    await chooseMore(mara, 'Lock call')
    await expect(stage(priya)).toContainText('This call is locked')
    await button(theo, 'Join call').click()
    await expect(theo.page.getByText('A moderator has locked this call.')).toBeVisible()
    await chooseMore(mara, 'Unlock call')
    await expect(stage(priya)).not.toContainText('This call is locked')
    await button(theo, 'Join call').click()
    // One after the other: four voices and all their pictures at once are more than two cores carry.
    for (const one of everybody) {
      await button(one, 'Start video').click()
      for (const other of everybody) if (one !== other) await expectPicture(other, one.name)
      await button(one, 'Stop video').click()
    }

    // Asked to be quiet: it is so at once, it says by whom, and is no lock on the mouth.
    await button(mara, 'Options for Jonas').click()
    await button(mara, 'Mute for everybody').click()
    await expect(jonas.page.getByText('Mara has muted you.')).toBeVisible()
    await expect(tile(theo, 'Jonas')).toHaveAttribute('data-microphone', 'false')
    await expectSilence(priya, 'Jonas')
    await button(jonas, 'Unmute').click()
    await expectTone(priya, 'Jonas', 880)
    await button(priya, 'Options for Jonas').click()
    await expect(priya.page.getByRole('slider', { name: 'Volume of Jonas' })).toBeVisible()
    await expect(button(priya, 'Mute for everybody')).toHaveCount(0)
    await priya.page.keyboard.press('Escape')

    // Out of the call, for as long as it lasts.
    await button(mara, 'Options for Jonas').click()
    await button(mara, 'Remove from call').click()
    await expect(jonas.page.getByText('Mara has removed you from the call.')).toBeVisible()
    await expect(stage(jonas)).toHaveCount(0)
    for (const one of [mara, priya, theo]) await expect(tile(one, 'Jonas')).toHaveCount(0)
    await button(jonas, 'Join call').click()
    await expect(jonas.page.getByText('A moderator has removed you from this call.')).toBeVisible()

    // Out of the room: their media ends at once, for all.
    await chooseAndConfirm(mara, 'Priya', 'Remove from room', 'Remove')
    await expect(stage(priya)).toHaveCount(0)
    for (const one of [mara, theo]) await expect(tile(one, 'Priya')).toHaveCount(0)
    await expectTone(theo, 'Mara', 523)
  } finally {
    await Promise.all(browsers.map(async (browser) => await browser.close()))
  }
})
