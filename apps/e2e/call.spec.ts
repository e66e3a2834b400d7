/** Calls in real Chromium with fake devices: a camera whose picture moves, a microphone that beeps. */
import type { Page } from '@playwright/test'
import { loudness } from './harness/hearing.ts'
import { expect, test, type Person } from './harness/index.ts'
import { gather } from './harness/room-verbs.ts'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })

/** Whether the picture that is shown of somebody really changes: two readings of its pixels differ. */
async function expectMovingPicture (person: Person, name: string): Promise<void> {
  const picture = tile(person, name).locator('video')
  await expect.poll(async () => await picture.evaluate((video: HTMLVideoElement) => video.videoWidth)).toBeGreaterThan(0)
  const read = async (): Promise<string> => await picture.evaluate((video: HTMLVideoElement) => {
    const canvas = document.createElement('canvas')
    canvas.width = 64
    canvas.height = 48
    const context = canvas.getContext('2d')
    context?.drawImage(video, 0, 0, 64, 48)
    return context?.getImageData(0, 0, 64, 48).data.join() ?? ''
  })
  const first = await read()
  await expect.poll(read).not.toBe(first)
}

test('Alice and Bob hear and see each other, and mute really silences', async ({ person }) => {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await button(alice.page, 'Start call').click()
  await expect(bob.roomLink('Kitchen')).toHaveAccessibleDescription(/In the call: Alice/)
  await expect(button(alice.page, 'Mute')).toBeVisible()
  await button(bob.page, 'Join call').click()
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
  await expect(tile(bob, 'Alice')).toHaveAttribute('data-media', 'connected')
  await expect.poll(async () => await loudness(bob.page, 'Alice')).toBeGreaterThan(0.05)
  await expect.poll(async () => await loudness(alice.page, 'Bob')).toBeGreaterThan(0.05)

  await button(alice.page, 'Start video').click()
  await expectMovingPicture(bob, 'Alice')
  await button(bob.page, 'Start video').click()
  await expectMovingPicture(alice, 'Bob')

  await button(alice.page, 'Mute').click()
  await expect(tile(bob, 'Alice')).toHaveAttribute('data-microphone', 'false')
  await expect.poll(async () => await loudness(bob.page, 'Alice')).toBeLessThan(0.005)
  await button(alice.page, 'Unmute').click()
  await expect.poll(async () => await loudness(bob.page, 'Alice')).toBeGreaterThan(0.05)

  await button(alice.page, 'Stop video').click()
  await expect(tile(bob, 'Alice').locator('video')).toHaveCount(0)
  await button(bob.page, 'Leave call').click()
  await expect(tile(alice, 'Bob')).toHaveCount(0)
  await button(alice.page, 'Leave call').click()
  await expect(button(alice.page, 'Start call')).toBeVisible()
})

test('between the sounds of a call nothing of Parley’s own keeps an output device busy', async ({ person }) => {
  const { Alice: alice, Bob: bob } = await gather(async (name) => {
    const one = await person(name)
    await one.page.addInitScript(() => {
      const contexts: AudioContext[] = []
      Object.assign(globalThis, { contexts, AudioContext: class extends AudioContext {
        constructor (options?: AudioContextOptions) {
          super(options)
          contexts.push(this)
        }
      } })
    })
    return one
  }, ['Alice', 'Bob'])
  await button(alice.page, 'Start call').click()
  await button(bob.page, 'Join call').click()
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
  const outputs = async (): Promise<string[]> => await alice.page.evaluate(() => {
    const { contexts } = globalThis as unknown as { contexts: (AudioContext & { sinkId: string | { type: string } })[] }
    return contexts.map(({ state, sinkId }) => `${state}, ${typeof sinkId === 'string' ? 'heard' : sinkId.type}`).sort()
  })
  // The one of the sounds rests, and the meter of the microphone plays nothing.
  await expect.poll(outputs).toEqual(['running, none', 'suspended, heard'])
})

test('three people share a call; a screen is shown to all, and whoever reloads can come back', async ({ person, node }) => {
  const { Alice: alice, Bob: bob, Carol: carol } = await gather(person, ['Alice', 'Bob', 'Carol'])
  await button(alice.page, 'Start call').click()
  await button(bob.page, 'Join call').click()
  await button(carol.page, 'Join call').click()
  const everybody = [alice, bob, carol]
  const expectAllConnected = async (): Promise<void> => {
    for (const one of everybody) {
      for (const other of everybody) {
        if (one !== other) await expect(tile(one, other.name)).toHaveAttribute('data-media', 'connected')
      }
    }
  }
  await expectAllConnected()
  await expect.poll(async () => await loudness(carol.page, 'Alice')).toBeGreaterThan(0.05)
  await expect.poll(async () => await loudness(carol.page, 'Bob')).toBeGreaterThan(0.05)

  await button(bob.page, 'Share screen').click()
  await expectMovingPicture(alice, 'Screen of Bob')
  await expectMovingPicture(carol, 'Screen of Bob')
  await button(bob.page, 'Stop sharing').click()
  await expect(tile(alice, 'Screen of Bob')).toHaveCount(0)

  // The node is only needed to meet: those who are in the call go on.
  await node.kill()
  await expect.poll(async () => await loudness(alice.page, 'Carol')).toBeGreaterThan(0.05)
  await button(alice.page, 'Mute').click()
  await expect(tile(carol, 'Alice')).toHaveAttribute('data-microphone', 'false')
  await button(alice.page, 'Unmute').click()
  await node.start()

  await carol.page.reload()
  await expect(button(carol.page, 'Join call')).toBeVisible()
  await button(carol.page, 'Join call').click()
  await expectAllConnected()
  await expect.poll(async () => await loudness(carol.page, 'Alice')).toBeGreaterThan(0.05)
})
