/** What people see and press in a call, and that it does what it says: at the receiver, where that is where it counts. */
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { loudness } from './harness/hearing.ts'
import { expect, test, type Person } from './harness/index.ts'
import { gather } from './harness/room-verbs.ts'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const stage = (page: Page) => page.getByRole('region', { name: /^Call in/ })
const tile = (page: Page, name: string) => stage(page).getByRole('group', { name, exact: true })

async function beginCall (alice: Person, ...others: Person[]): Promise<void> {
  await button(alice.page, 'Start call').click()
  for (const person of others) await button(person.page, 'Join call').click()
  for (const person of others) await expect(tile(alice.page, person.name)).toHaveAttribute('data-media', 'connected')
}

const choose = async (page: Page, ...path: readonly string[]): Promise<void> => {
  await button(page, 'More').click()
  for (const name of path) await page.getByRole('menu').getByRole('menuitem', { name, exact: true }).or(page.getByRole('menuitemradio', { name, exact: true })).click()
}

const setVolume = async (page: Page, name: string, percent: string): Promise<void> => {
  await button(page, `Options for ${name}`).click()
  await page.getByRole('slider', { name: `Volume of ${name}` }).fill(percent)
  await page.keyboard.press('Escape')
}

test('Alice makes Bob louder, softer and silent for herself, and talks only while she holds a key', async ({ person }) => {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await beginCall(alice, bob)

  await test.step('volume is what is played, above what comes in too', async () => {
    await expect.poll(() => loudness(alice.page, 'Bob')).toBeGreaterThan(0.05)
    const asItComes = await loudness(alice.page, 'Bob')
    await setVolume(alice.page, 'Bob', '20')
    await expect.poll(() => loudness(alice.page, 'Bob')).toBeLessThan(asItComes * 0.4)
    expect(await loudness(alice.page, 'Bob')).toBeGreaterThan(0)
    await setVolume(alice.page, 'Bob', '200')
    await expect.poll(() => loudness(alice.page, 'Bob')).toBeGreaterThan(asItComes * 1.4)
  })

  await test.step('silencing is for Alice alone, and both are kept', async () => {
    await button(alice.page, 'Options for Bob').click()
    await alice.page.getByRole('switch', { name: 'Mute for me' }).click()
    await alice.page.keyboard.press('Escape')
    await expect(alice.page.locator('audio[data-voice="Bob"]')).toHaveCount(0)
    await expect(tile(bob.page, 'Bob')).toHaveAttribute('data-microphone', 'true')
    await alice.page.reload()
    await button(alice.page, 'Join call').click()
    await expect(tile(alice.page, 'Bob')).toHaveAttribute('data-media', 'connected')
    await expect(alice.page.locator('audio[data-voice="Bob"]')).toHaveCount(0)
    await button(alice.page, 'Options for Bob').click()
    await expect(alice.page.getByRole('slider', { name: 'Volume of Bob' })).toHaveValue('200')
    await alice.page.getByRole('switch', { name: 'Mute for me' }).click()
    await alice.page.keyboard.press('Escape')
  })

  await test.step('who turns the sound off is not heard, and afterwards is', async () => {
    await button(alice.page, 'Turn sound off').click()
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'false')
    await expect(alice.page.locator('audio[data-voice="Bob"]')).toHaveJSProperty('muted', true)
    await button(alice.page, 'Turn sound on').click()
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'true')
  })

  await test.step('push to talk opens and closes the microphone where it is heard', async () => {
    await button(alice.page, 'Settings').click()
    const settings = alice.page.getByRole('dialog', { name: 'Settings' })
    await settings.getByRole('tab', { name: 'Calls' }).click()
    await settings.getByRole('switch', { name: 'Push to talk' }).click()
    await settings.getByRole('button', { name: /^Key:/ }).click()
    await alice.page.keyboard.press('F9')
    await expect(settings.getByRole('button', { name: 'Key: F9' })).toBeVisible()
    await alice.page.keyboard.press('Escape')
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'false')
    await expect.poll(() => loudness(bob.page, 'Alice')).toBeLessThan(0.005)
    // A key that writes nothing works while one writes.
    await alice.page.getByRole('textbox', { name: 'Message' }).focus()
    await alice.page.keyboard.down('F9')
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'true')
    await expect.poll(() => loudness(bob.page, 'Alice')).toBeGreaterThan(0.05)
    await alice.page.keyboard.up('F9')
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'false')
    await expect.poll(() => loudness(bob.page, 'Alice')).toBeLessThan(0.005)
  })
})

test('the stage: spotlight, pin, keys, the small window, and the way back from another room', async ({ person }) => {
  const { Alice: alice, Bob: bob, Carol: carol } = await gather(person, ['Alice', 'Bob', 'Carol'])
  await beginCall(alice, bob, carol)
  const { page } = alice
  const large = stage(page).locator('.call-large')

  await test.step('the spotlight is on whoever speaks, and a pin is stronger', async () => {
    await button(carol.page, 'Mute').click()
    await expect(tile(page, 'Carol')).toHaveAttribute('data-microphone', 'false')
    await choose(page, 'View', 'Whoever speaks large')
    await expect(large.getByRole('group', { name: 'Bob' })).toBeVisible()
    await button(page, 'Show Carol large').click()
    await expect(large.getByRole('group')).toHaveCount(1)
    await expect(large.getByRole('group', { name: 'Carol' })).toBeVisible()
    await button(page, 'Show everybody').click()
    await expect(large.getByRole('group', { name: 'Bob' })).toBeVisible()
  })

  await test.step('two screens stand large beside each other', async () => {
    await button(bob.page, 'Share screen').click()
    await button(carol.page, 'Share screen').click()
    await expect(large.getByRole('group')).toHaveCount(2)
    await button(page, 'Share screen').click()
    await expect(stage(page).getByRole('alert')).toContainText('2 screens are shared')
    await button(bob.page, 'Stop sharing').click()
    await button(carol.page, 'Stop sharing').click()
  })

  await test.step('hands stand in their order, and are said', async () => {
    await button(carol.page, 'Raise hand').click()
    await expect(page.getByRole('log', { name: 'What happens in the call' })).toContainText('Carol has raised a hand.')
    await button(bob.page, 'Raise hand').click()
    await choose(page, 'Who is here')
    const rows = page.getByRole('complementary', { name: 'Who is here' }).getByRole('listitem')
    await expect(rows.nth(0)).toContainText('Carol')
    await expect(rows.nth(1)).toContainText('Bob')
    await button(page, /^Connection with Bob/).press('Enter')
    await expect(page.getByRole('dialog', { name: /^Connection with Bob/ })).toContainText(/Path(?:direct|relayed)/)
    await page.keyboard.press('Escape')
  })

  await test.step('axe finds nothing in a running call, and the bar is one stop of the Tab key', async () => {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
    const bar = stage(page).getByRole('toolbar', { name: 'Call controls' })
    await expect(bar.locator('button[tabindex="0"]')).toHaveCount(1)
    await bar.getByRole('button', { name: 'Mute', exact: true }).focus()
    await page.keyboard.press('ArrowRight')
    await expect(bar.getByRole('button', { name: 'Start video' })).toBeFocused()
    await page.keyboard.press('End')
    await expect(bar.getByRole('button', { name: 'Leave call' })).toBeFocused()
  })

  await test.step('a letter mutes, unless one writes it; the edge moves by the arrows', async () => {
    await page.keyboard.press('m')
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'false')
    await page.getByRole('textbox', { name: 'Message' }).pressSequentially('mmm')
    await expect(button(page, 'Unmute')).toBeVisible()
    await page.getByRole('textbox', { name: 'Message' }).clear()
    const edge = page.getByRole('separator', { name: 'Height of the call' })
    const before = (await stage(page).boundingBox())?.height ?? 0
    await edge.press('ArrowDown')
    await expect.poll(async () => (await stage(page).boundingBox())?.height).toBeGreaterThan(before)
  })

  await test.step('a phone shows all of it', async () => {
    const size = page.viewportSize()
    await page.setViewportSize({ width: 360, height: 740 })
    await expect(button(page, 'Leave call')).toBeInViewport({ ratio: 1 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    if (size !== null) await page.setViewportSize(size)
  })

  await test.step('the small window mutes, and closes with the call; elsewhere the call stays in sight', async () => {
    const opened = page.context().waitForEvent('page')
    await choose(page, 'Small window on top')
    const small = await opened
    await small.getByRole('button', { name: 'Unmute' }).click()
    await expect(tile(bob.page, 'Alice')).toHaveAttribute('data-microphone', 'true')
    await expect(small.getByRole('button', { name: 'Start video' })).toBeVisible()

    await alice.createRoom('Garden')
    const floating = page.getByRole('region', { name: 'Running call' })
    await expect(floating).toContainText('Call in Kitchen')
    await floating.getByRole('button', { name: 'Go to Kitchen' }).click()
    await expect(stage(page)).toBeVisible()
    await expect(floating).toHaveCount(0)
    const closed = small.waitForEvent('close')
    await small.getByRole('button', { name: 'Leave call' }).click()
    await closed
    await expect(button(page, 'Join call')).toBeVisible()
  })
})
