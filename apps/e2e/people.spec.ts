/** Everybody can use it: no violations of WCAG 2.2 AA where people go, and no mouse needed on the way. */
import AxeBuilder from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import { expect, test, type Person } from './harness/index.ts'
import { gather } from './harness/room-verbs.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 360, height: 740 }

/** What axe finds, in words that a failed story can show. */
async function findViolations (page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${where}: ${id} (${help}) at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`))
}

/** Looks at what is shown in light and dark, wide and narrow. Without motion: a dialog that fades in has no contrast yet. */
async function expectAccessible (page: Page, where: string): Promise<void> {
  const found: string[] = []
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      found.push(...await findViolations(page, `${where}, ${colorScheme}, ${size.width} px`))
    }
  }
  await page.setViewportSize(WIDE)
  expect(found).toEqual([])
}

/** Presses a key until the focus is there, as somebody without a mouse does. */
async function travel (page: Page, to: Locator, key = 'Tab'): Promise<void> {
  const isThere = (): Promise<boolean> => to.evaluate((element) => element === document.activeElement)
  for (let presses = 0; presses < 40 && !await isThere(); presses++) await page.keyboard.press(key)
  await expect(to).toBeFocused()
}

const dialog = (page: Page): Locator => page.getByRole('dialog')

async function talk (person: (name: string) => Promise<Person>): Promise<Person> {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await alice.say('Is there coffee? https://example.org/coffee')
  await bob.say('Just made some.')
  await alice.expectMessage('Just made some.')
  await alice.expectMessage('Is there coffee?', { state: 'delivered' })
  return alice
}

test.describe('no violations of WCAG 2.2 AA', () => {
  test('on the way in', async ({ person, node }) => {
    const { page, email, ...alice } = await person('Alice')
    await alice.open()
    await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeVisible()
    await expectAccessible(page, 'e-mail')
    await alice.askForCode()
    await alice.enterCode('000000')
    await expect(page.getByRole('alert')).toBeVisible()
    await expectAccessible(page, 'wrong code')
    await alice.enterCode(await node.mailbox.nextCode(email))
    await expect(page.getByRole('textbox', { name: 'Display name' })).toBeVisible()
    await expectAccessible(page, 'name')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('button', { name: 'Create room' })).toBeVisible()
    await expectAccessible(page, 'empty home')
    await page.getByRole('button', { name: 'Join room' }).click()
    await expectAccessible(page, 'join dialog')
    await page.keyboard.press('Escape')

    // The header of a room says most while one is alone in it.
    await alice.createRoom('Kitchen')
    await page.setViewportSize(NARROW)
    for (const name of ['Back', 'Start call', 'Invite', 'Room settings', 'Members']) {
      await expect(page.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 })
    }
  })

  test('in a room, and in all that opens over it', async ({ person }) => {
    test.slow()
    const { page } = await talk(person)
    await expectAccessible(page, 'room')

    await page.getByRole('button', { name: 'Invite' }).click()
    await expect(dialog(page).getByRole('textbox', { name: 'Link' })).toHaveValue(/#v1\./)
    await expectAccessible(page, 'invite')
    await page.keyboard.press('Escape')

    await page.getByRole('status', { name: 'Connection' }).getByRole('button').click()
    const path = dialog(page).getByRole('row', { name: /Bob/ })
    await expect(path).toContainText('Direct')
    await expect(path).toContainText('Nothing')
    await expectAccessible(page, 'connection')
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Settings', exact: true }).click()
    for (const name of ['Profile', 'Appearance', 'Notifications', 'Calls', 'Privacy', 'Devices', 'Recovery', 'Export', 'Storage', 'Account', 'About']) {
      await page.getByRole('tab', { name }).click()
      await expectAccessible(page, `settings, ${name}`)
    }
    await page.keyboard.press('Escape')

    await page.keyboard.press('Control+k')
    await expect(page.getByRole('combobox')).toBeFocused()
    await expectAccessible(page, 'palette')
  })

  test('over members, messages and the settings of a room', async ({ person }) => {
    // Axe looks at eight states in four looks each.
    test.slow()
    const { page, ...alice } = await talk(person)
    await page.getByRole('button', { name: 'More about Bob' }).click()
    const menu = page.getByRole('menu')
    await expect(menu.getByRole('menuitem').first()).toBeFocused()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await findViolations(page, 'menu of a member')).toEqual([])
    await menu.getByRole('menuitem', { name: 'Change role' }).click()
    await expect(menu.getByRole('menuitemradio', { name: 'Member', exact: true })).toBeFocused()
    expect(await findViolations(page, 'roles')).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.getByRole('button', { name: 'More about Bob' })).toBeFocused()

    const mine = alice.message('Is there coffee?')
    await mine.hover()
    expect(await findViolations(page, 'toolbar of a message')).toEqual([])
    await mine.getByRole('button', { name: 'Details' }).click()
    await expect(page.getByRole('dialog', { name: 'Details' })).toContainText('Bob')
    expect(await findViolations(page, 'details')).toEqual([])
    await page.keyboard.press('Escape')
    await mine.hover()
    await mine.getByRole('button', { name: 'Delete' }).click()
    await expectAccessible(page, 'delete')
    await page.keyboard.press('Escape')
    await mine.hover()
    await mine.getByRole('button', { name: 'Edit' }).click()
    await expectAccessible(page, 'edit')
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Room settings' }).click()
    for (const name of ['General', 'Access', 'History', 'Moderation']) {
      await page.getByRole('tab', { name }).click()
      await expectAccessible(page, `room settings, ${name}`)
    }
  })

  test('with the members over a narrow room, and with the node away', async ({ person, node }) => {
    const { page } = await talk(person)
    await page.setViewportSize(NARROW)
    // Nothing of the header is pushed out of sight.
    const cut = await page.locator('.room-head button').evaluateAll((buttons) => buttons.filter((button) => button.getBoundingClientRect().right > window.innerWidth).length)
    expect(cut).toBe(0)
    await page.getByRole('button', { name: 'Members' }).click()
    await expect(page.getByRole('complementary', { name: 'Members' })).toBeVisible()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await findViolations(page, 'members sheet')).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.getByRole('complementary', { name: 'Members' })).toBeHidden()

    await node.kill()
    await expect(page.getByText('The node cannot be reached.', { exact: false }).first()).toBeVisible()
    await expectAccessible(page, 'node away')
  })
})

test('without a mouse: from message to message, edit, delete, and what can be done with a member', async ({ person }) => {
  const { page, ...alice } = await talk(person)
  const { keyboard } = page
  const box = page.getByRole('textbox', { name: 'Message', exact: true })
  await box.focus()
  await keyboard.press('ArrowUp')
  await expect(page.getByRole('textbox', { name: 'Edit message' })).toBeFocused()
  await keyboard.press('End')
  await keyboard.type(' Two cups.')
  await keyboard.press('Enter')
  await alice.expectMessage('Two cups.')
  await expect(box).toBeFocused()

  await travel(page, page.getByRole('log', { name: 'Messages' }), 'Shift+Tab')
  await keyboard.press('ArrowUp')
  await expect(alice.message('Just made some.')).toBeFocused()
  await keyboard.press('ArrowUp')
  await expect(alice.message('Two cups.')).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByRole('menu').getByRole('menuitem', { name: 'Edit' })).toBeFocused()
  await keyboard.press('d')
  await keyboard.press('d')
  await expect(page.getByRole('menu').getByRole('menuitem', { name: 'Delete' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(dialog(page).getByRole('button', { name: 'Cancel' })).toBeFocused()
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await alice.expectMessage('Message deleted')

  const more = page.getByRole('button', { name: 'More about Bob' })
  await travel(page, more)
  await keyboard.press('Enter')
  await keyboard.press('m')
  await expect(page.getByRole('menu').getByRole('menuitem', { name: 'Mute for…' })).toBeFocused()
  await keyboard.press('ArrowRight')
  await expect(page.getByRole('menu').getByRole('menuitem', { name: '10 minutes' })).toBeFocused()
  await keyboard.press('ArrowLeft')
  await expect(page.getByRole('menu').getByRole('menuitem', { name: 'Mute for…' })).toBeFocused()
  await keyboard.press('Escape')
  await expect(more).toBeFocused()
})

test('without a mouse: sign in, make a room, write, invite, leave, find', async ({ person, node }) => {
  const { page, email, ...alice } = await person('Alice')
  const { keyboard } = page
  await alice.open()
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeFocused()
  await keyboard.type(email)
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Code' })).toBeFocused()
  await keyboard.type(await node.mailbox.nextCode(email))
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Display name' })).toBeFocused()
  await keyboard.press('Control+a')
  await keyboard.type('Alice')
  await keyboard.press('Enter')

  const create = page.getByRole('button', { name: 'Create room' })
  await expect(create).toBeVisible()
  await travel(page, create)
  await keyboard.press('Enter')
  await expect(dialog(page).getByRole('textbox', { name: 'Room name' })).toBeFocused()
  await keyboard.type('Kitchen')
  await keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Kitchen', exact: true })).toBeVisible()

  const box = page.getByRole('textbox', { name: 'Message' })
  await travel(page, box)
  await keyboard.type('First line')
  await keyboard.press('Shift+Enter')
  await keyboard.type('second line')
  await keyboard.press('Enter')
  await expect(alice.message('First line')).toContainText('second line')
  await expect(box).toBeFocused()

  const invite = page.getByRole('button', { name: 'Invite', exact: true })
  await travel(page, invite, 'Shift+Tab')
  await keyboard.press('Enter')
  await expect(dialog(page).getByRole('textbox', { name: 'Link' })).toHaveValue(/#v1\./)
  await keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await expect(invite).toBeFocused()

  await keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
  await keyboard.type('kitch')
  await expect(page.getByRole('option', { selected: true })).toContainText('Kitchen')
  await keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await expect(invite).toBeFocused()
})
