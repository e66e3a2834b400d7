/** Devices and effects of calls: somebody in front of a shelf, speaking in noise, as Chromium's fake camera and microphone. */
import { rmSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import { writeFakeInputs } from './harness/fake-inputs.ts'
import { expect, test, type Person } from './harness/index.ts'
import { makePluggable, plugIn, setDenied, unplug } from './harness/pluggable-devices.ts'

const inputs = writeFakeInputs()
test.use({
  launchOptions: [async ({ launchOptions }, use) => await use({ ...launchOptions, args: [...launchOptions.args ?? [], ...inputs.args] }), { scope: 'worker' }]
})
test.afterAll(() => rmSync(inputs.folder, { recursive: true, force: true }))

/** 16 × 9 pixels of red 200, green 30, blue 40. */
const RED_WALL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAIAAAC0SDtlAAAAFElEQVR42mM4IadBEmIY1TAoNAAAM9aX4cVF8PYAAAAASUVORK5CYII=', 'base64')

const button = (page: Page | Locator, name: string) => page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })
const choice = (within: Locator, name: string) => within.getByRole('combobox', { name, exact: true })

/** How loud the track is that is sent, in noise alone and at its loudest, over one round of what the microphone hears. */
async function measureLevels (meter: Locator): Promise<{ noise: number, speech: number }> {
  const levels = await meter.evaluate(async (element: HTMLMeterElement) => {
    const read: number[] = []
    for (let i = 0; i < 24; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 90) })
      read.push(element.value)
    }
    return read.sort((a, b) => a - b)
  })
  return { noise: levels[Math.floor(levels.length * 0.25)]!, speech: levels[Math.floor(levels.length * 0.9)]! }
}

/** How hard the edges are in the picture: in the shelf at its left, and in the face in the middle; and the colour of a corner. */
async function measureEdges (video: Locator): Promise<{ shelf: number, face: number, corner: number[] }> {
  return await video.evaluate((element: HTMLVideoElement) => {
    const canvas = new OffscreenCanvas(640, 360)
    const context = canvas.getContext('2d')!
    context.drawImage(element, 0, 0, 640, 360)
    const edgesIn = (left: number, top: number, width: number, height: number): number => {
      const { data } = context.getImageData(left, top, width, height)
      let total = 0
      for (let i = 4; i < data.length; i += 4) total += i / 4 % width === 0 ? 0 : Math.abs(data[i]! - data[i - 4]!)
      return total / (width * height)
    }
    return { shelf: edgesIn(8, 20, 140, 320), face: edgesIn(270, 110, 100, 90), corner: [...context.getImageData(20, 20, 1, 1).data.subarray(0, 3)] }
  })
}

/** A machine so many times slower than this one, by the clock of the worker that covers the background. */
async function slowDown (page: Page, times: number): Promise<void> {
  await page.route('**/background-worker-*.js', async (route) => {
    const file = await route.fetch()
    await route.fulfill({ response: file, body: `{ const now = performance.now.bind(performance); performance.now = () => now() * ${times} }\n${await file.text()}` })
  })
}

test('before a call Alice hears whether noise goes and sees what is behind her, and Bob sees no more of her room than she did', async ({ person }) => {
  const [alice, bob] = [await person('Alice'), await person('Bob')]
  await slowDown(alice.page, 1 / 1000)
  for (const one of [alice, bob]) {
    await one.open()
    await one.signIn()
  }
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  await button(alice.page, 'Check devices').click()
  const dialog = alice.page.getByRole('dialog')
  const meter = dialog.getByRole('meter', { name: 'Input level' })
  await dialog.getByRole('checkbox', { name: 'Even out the volume' }).uncheck()
  await choice(dialog, 'Noise suppression').selectOption('off')
  await expect.poll(async () => (await measureLevels(meter)).speech).toBeGreaterThan(0.05)
  const plain = await measureLevels(meter)
  await choice(dialog, 'Noise suppression').selectOption('strong')
  // A tenth: 20 dB. What is said is as loud as before.
  await expect.poll(async () => (await measureLevels(meter)).noise).toBeLessThan(plain.noise / 10)
  expect((await measureLevels(meter)).speech).toBeGreaterThan(plain.speech / 2)

  await button(dialog, 'Show my picture').click()
  const own = dialog.getByRole('group', { name: 'Your picture' }).locator('video')
  await expect.poll(async () => (await measureEdges(own)).shelf).toBeGreaterThan(5)
  const seen = await measureEdges(own)
  const file = dialog.getByLabel('Choose a picture')
  await file.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') })
  await expect(dialog.getByText('This picture cannot be used.')).toBeVisible()
  await file.setInputFiles({ name: 'wall.png', mimeType: 'image/png', buffer: RED_WALL })
  await expect(choice(dialog, 'Background')).toHaveValue('picture')
  await expect.poll(async () => (await measureEdges(own)).face).toBeGreaterThan(seen.face * 0.7)
  const wall = await measureEdges(own)
  expect(wall.shelf).toBeLessThan(0.5)
  expect(wall.corner).toEqual([expect.closeTo(200, -1.3), expect.closeTo(30, -1.3), expect.closeTo(40, -1.3)])
  await choice(dialog, 'Background').selectOption('blur')
  await expect.poll(async () => (await measureEdges(own)).corner[0]).toBeLessThan(180)
  const sound = button(dialog, 'Play a sound')
  await sound.click()
  await expect(sound).not.toHaveAttribute('aria-busy')
  await expect(dialog.getByRole('alert')).toHaveCount(0)

  await bob.openInvite(link)
  await button(dialog, 'Join with video').click()
  await expect(dialog).toBeHidden()
  await button(bob.page, 'Join call').click()
  const arriving = tile(bob, 'Alice').locator('video')
  await expect.poll(async () => (await measureEdges(arriving)).face).toBeGreaterThan(seen.face / 2)
  expect((await measureEdges(arriving)).shelf).toBeLessThan(seen.shelf / 4)

  await button(alice.page, 'Devices').click()
  const speaker = choice(alice.page.getByRole('region', { name: 'Call in Kitchen' }), 'Speaker')
  await speaker.selectOption({ label: 'Fake Audio Output 2' })
  const voice = alice.page.locator('audio[data-voice="Bob"]')
  await expect.poll(async () => await voice.evaluate((element: HTMLAudioElement) => element.sinkId)).toBe(await speaker.inputValue())
})

test('what Alice’s devices do in a call is said: not allowed, unplugged, plugged in again, new, too slow for a background', async ({ person }) => {
  const alice = await person('Alice')
  const { page } = alice
  await makePluggable(page.context(), ['Audio Input 2'])
  await slowDown(page, 1000)
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  await setDenied(page, true)
  await button(page, 'Start call').click()
  const stage = page.getByRole('region', { name: 'Call in Kitchen' })
  await expect(stage.getByText('Allow it at the lock in the address bar')).toBeVisible()
  await setDenied(page, false)
  await button(page, 'Unmute').click()
  await expect(stage.getByText('Parley may not use the microphone.')).toBeHidden()

  const notices = page.getByRole('region', { name: 'Notices' })
  await button(page, 'Devices').click()
  const microphone = choice(stage, 'Microphone')
  await microphone.selectOption({ label: 'Fake Audio Input 1' })
  await expect(microphone.locator('option:checked')).toHaveText('Fake Audio Input 1')
  await unplug(page, 'Audio Input 1')
  await expect(notices.getByText('Fake Audio Input 1 is gone.')).toBeVisible()
  await expect(notices.getByText('Fake Default Audio Input is used instead.')).toBeVisible()
  await expect(button(page, 'Mute')).toBeVisible()
  await plugIn(page, 'Audio Input 1')
  await expect(notices.getByText('Fake Audio Input 1 is back and in use.')).toBeVisible()
  await plugIn(page, 'Audio Input 2')
  await expect(notices.getByText('Fake Audio Input 2 was plugged in.')).toBeVisible()
  await notices.getByRole('button', { name: 'Use it' }).click()
  await expect(microphone.locator('option:checked')).toHaveText('Fake Audio Input 2')

  await button(page, 'Start video').click()
  const own = tile(alice, 'Alice').locator('video')
  await expect.poll(async () => (await measureEdges(own)).shelf).toBeGreaterThan(5)
  await choice(stage, 'Background').selectOption('blur')
  await expect(notices.getByText('The background is off: this device is too slow for it.')).toBeVisible()
  await expect(choice(stage, 'Background')).toHaveValue('none')
  await expect.poll(async () => (await measureEdges(own)).shelf).toBeGreaterThan(5)
})
