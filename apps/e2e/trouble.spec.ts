/** What people change, and what goes wrong around them: each ends in a sentence that helps, and nothing that was written is lost. */
import type { Locator } from '@playwright/test'
import { expect, test, type Person } from './harness/index.ts'

type Cast = (name: string) => Promise<Person>

const dialog = ({ page }: Person): Locator => page.getByRole('dialog')
const box = ({ page }: Person): Locator => page.getByRole('textbox', { name: 'Message' })

/** Somebody who is signed in, with an empty home. */
async function arrive (person: Cast, name: string): Promise<Person> {
  const one = await person(name)
  await one.open()
  await one.signIn()
  return one
}

async function aliceInKitchen (person: Cast): Promise<Person> {
  const alice = await arrive(person, 'Alice')
  await alice.createRoom('Kitchen')
  return alice
}

/** Alice in her room, and Bob in it by her link. */
async function meet (person: Cast): Promise<{ alice: Person, bob: Person }> {
  const alice = await aliceInKitchen(person)
  const link = await alice.copyInvite()
  const bob = await arrive(person, 'Bob')
  await bob.openInvite(link)
  await alice.expectMember('Bob', 'direct')
  return { alice, bob }
}

/** Pastes a link into the dialog and says yes. */
async function pasteLink ({ page }: Person, link: string): Promise<void> {
  await page.getByRole('button', { name: 'Join room' }).click()
  const asked = page.getByRole('dialog')
  await asked.getByRole('textbox', { name: 'Invite link' }).fill(link)
  await asked.getByRole('button', { name: 'Join', exact: true }).click()
}

test.describe('settings', () => {
  test('a new name is seen by the others, and the old one becomes free', async ({ person, node }) => {
    const { alice, bob } = await meet(person)
    await alice.say('Who am I?')
    await bob.expectMessage('Who am I?')
    await alice.page.getByRole('button', { name: 'Settings', exact: true }).click()
    await dialog(alice).getByRole('textbox', { name: 'Display name' }).fill('Alicia')
    await dialog(alice).getByRole('button', { name: 'Save name' }).click()
    await expect(dialog(alice)).toContainText('You are now Alicia.')

    await bob.expectMember('Alicia', 'direct')
    await expect(bob.message('Who am I?')).toHaveAttribute('data-author', 'Alicia')

    const newcomer = await person('Alice')
    await newcomer.open()
    await newcomer.askForCode('another@example.org')
    await newcomer.enterCode(await node.mailbox.nextCode('another@example.org'))
    await newcomer.page.getByRole('textbox', { name: 'Display name' }).fill('Alice')
    await newcomer.page.getByRole('button', { name: 'Continue' }).click()
    await expect(newcomer.page.getByText('Hello, Alice')).toBeVisible()
  })

  test('the theme stays chosen over a reload, in settings that open within a frame', async ({ person }) => {
    const { page } = await aliceInKitchen(person)
    const colour = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await colour()
    // Its file has been fetched behind the room.
    await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/settings-dialog-')))
    await page.waitForLoadState('networkidle')
    expect(await page.getByRole('button', { name: 'Settings', exact: true }).evaluate(async (button: HTMLButtonElement) => {
      button.click()
      await new Promise(requestAnimationFrame)
      return document.querySelector('dialog[open], [role="dialog"]') !== null
    })).toBe(true)
    await page.getByRole('tab', { name: 'Appearance' }).click()
    await page.getByRole('radio', { name: 'Dark' }).check()
    await expect.poll(colour).not.toBe(light)
    const dark = await colour()

    await page.reload()
    await expect(page.getByRole('heading', { name: 'Kitchen', exact: true })).toBeVisible()
    expect(await colour()).toBe(dark)
  })
})

/** A link with an option other than the usual one. */
async function makeLink ({ page }: Person, option: string, choice: string): Promise<string> {
  await page.getByRole('button', { name: 'Invite' }).click()
  const shown = page.getByRole('dialog').getByRole('textbox', { name: 'Link' })
  await expect(shown).toHaveValue(/#v1\./)
  const usual = await shown.inputValue()
  await page.getByRole('dialog').getByText('Options').click()
  await page.getByRole('dialog').getByRole('combobox', { name: option }).selectOption(choice)
  await page.getByRole('dialog').getByRole('button', { name: 'Make a new link' }).click()
  await expect(shown).not.toHaveValue(usual)
  const link = await shown.inputValue()
  await page.keyboard.press('Escape')
  return link
}

test.describe('invite links', () => {
  test('a pasted link shows what it leads to, and joins', async ({ person }) => {
    const alice = await aliceInKitchen(person)
    await alice.say('Mind the step.')
    const link = await alice.copyInvite()
    const bob = await arrive(person, 'Bob')
    await bob.page.getByRole('button', { name: 'Join room' }).click()
    await dialog(bob).getByRole('textbox', { name: 'Invite link' }).fill(`  ${link}\n`)
    await expect(dialog(bob)).toContainText('Join “Kitchen”?')
    await expect(dialog(bob)).toContainText('Alice invited you.')
    await dialog(bob).getByRole('button', { name: 'Join', exact: true }).click()
    await bob.expectMessage('Mind the step.')
  })

  test('a broken link is told as such, and can be corrected', async ({ person }) => {
    const alice = await aliceInKitchen(person)
    const link = await alice.copyInvite()
    const bob = await arrive(person, 'Bob')
    for (const broken of ['tomorrow at eight', link.slice(0, -20), link.replace('#v1.', '#')]) {
      await pasteLink(bob, broken)
      await expect(dialog(bob).getByRole('alert')).toContainText('This is not an invite link. Copy the whole link')
      await dialog(bob).getByRole('textbox', { name: 'Invite link' }).fill(link)
      await expect(dialog(bob).getByRole('alert')).toBeHidden()
      await bob.page.keyboard.press('Escape')
    }
    await pasteLink(bob, link)
    await expect(box(bob)).toBeVisible()
  })

  test('a link that was withdrawn lets nobody in, and its dialog shows it no more', async ({ person }) => {
    const alice = await aliceInKitchen(person)
    const link = await alice.copyInvite()
    await alice.page.getByRole('button', { name: 'Invite' }).click()
    await dialog(alice).getByRole('button', { name: 'Revoke' }).click()
    await expect(alice.page.getByText('The link no longer works. Members stay members.')).toBeVisible()
    await expect(dialog(alice)).toContainText('No link works right now.')
    await dialog(alice).getByRole('button', { name: 'Make a new link' }).click()
    await expect(dialog(alice).getByRole('textbox', { name: 'Link' })).not.toHaveValue(link)

    const bob = await arrive(person, 'Bob')
    await pasteLink(bob, link)
    await expect(dialog(bob).getByRole('alert')).toContainText('This link was withdrawn. Ask a member for a new one.')
  })

  test('a link that has expired lets nobody in, by the clock of whoever would let them in', async ({ person }) => {
    const alice = await aliceInKitchen(person)
    const link = await makeLink(alice, 'Expires', 'In 1 hour')
    const bob = await arrive(person, 'Bob')
    await alice.page.evaluate(() => {
      const now = Date.now.bind(Date)
      Date.now = () => now() + 61 * 60_000
    })
    await pasteLink(bob, link)
    await expect(dialog(bob).getByRole('alert')).toContainText('This link has expired. Ask a member for a new one.')
  })

  test('a link for one lets in one', async ({ person }) => {
    const alice = await aliceInKitchen(person)
    const link = await makeLink(alice, 'Uses', '1 time')
    const [bob, carol] = [await arrive(person, 'Bob'), await arrive(person, 'Carol')]
    await pasteLink(bob, link)
    await expect(box(bob)).toBeVisible()
    await pasteLink(carol, link)
    await expect(dialog(carol).getByRole('alert')).toContainText('This link was used as often as it may be. Ask a member for a new one.')
  })
})

test.describe('writing', () => {
  test('a message that is too long stays in the box, and says how much too long it is', async ({ person }) => {
    const alice = await aliceInKitchen(person)
    const text = 'Rosemary '.repeat(1112)
    await box(alice).fill(text)
    await expect(alice.page.getByText('8 bytes too many')).toBeVisible()
    await box(alice).press('Enter')
    await expect(alice.page.getByRole('alert')).toContainText('This message is too long. Your text is still here.')
    await expect(box(alice)).toHaveValue(text)
    await expect(alice.message('Rosemary')).toHaveCount(0)

    await box(alice).fill(text.slice(0, 10_000))
    await box(alice).press('Enter')
    await expect(alice.message('Rosemary')).toHaveCount(1)
  })

  test('who types is seen by the others until they stop', async ({ person }) => {
    const { alice, bob } = await meet(person)
    const note = alice.page.getByText('Bob is typing…')
    await box(bob).pressSequentially('Well')
    await expect(note).toBeVisible()
    await expect(note).toBeHidden()

    await box(bob).pressSequentially(', let me see')
    await expect(note).toBeVisible()
    await box(bob).press('Enter')
    await alice.expectMessage('Well, let me see')
    await expect(note).toBeHidden({ timeout: 2000 })
  })
})

test.describe('the device', () => {
  for (const { hours, way } of [{ hours: 5, way: 'ahead' }, { hours: -5, way: 'behind' }]) {
    test(`a clock that is five hours ${way} does not keep Bob out, and is told`, async ({ person }) => {
      const alice = await aliceInKitchen(person)
      const link = await alice.copyInvite()
      const bob = await person('Bob')
      await bob.page.clock.install({ time: Date.now() + hours * 3_600_000 })
      await bob.open()
      await bob.signIn()
      await bob.openInvite(link)
      await bob.say('What time is it?')
      await alice.expectMessage('What time is it?')

      await bob.page.getByRole('status', { name: 'Connection' }).getByRole('button').click()
      await expect(dialog(bob)).toContainText('The clocks of this device and of the node differ by 5 hours.')
    })
  }

  test('a node that does not know Alice’s device any more is said to, and she signs in again over her rooms', async ({ person, node }) => {
    const alice = await aliceInKitchen(person)
    await alice.say('before')
    await node.kill()
    node.forgetDevices()
    await node.start()
    const banner = alice.page.getByText('The node does not accept the sign-in of this device any more')
    await expect(banner).toBeVisible()
    await alice.page.getByRole('button', { name: 'Sign in again' }).click()
    await alice.askForCode()
    await alice.enterCode(await node.mailbox.nextCode('alice@example.org'))
    await expect(dialog(alice)).toBeHidden()
    await expect(banner).toBeHidden()
    await alice.expectMessage('before')
    await alice.say('after')
    await expect(alice.message('after').getByRole('img', { name: /kept at the node/ })).toBeVisible()
  })

  test('a browser that keeps nothing is told so before anything is typed', async ({ person }) => {
    const alice = await person('Alice')
    await alice.page.addInitScript(() => {
      IDBFactory.prototype.open = () => { throw new DOMException('The operation is insecure.', 'SecurityError') }
    })
    await alice.open()
    await expect(alice.page.getByRole('heading', { name: 'This browser does not let Parley keep anything.' })).toBeVisible()
    await expect(alice.page.getByText('Leave private browsing or allow site data')).toBeVisible()
    await expect(alice.page.getByRole('button', { name: 'Try again' })).toBeVisible()
  })

  test('a full device gives the text back, and takes it once there is room', async ({ person }) => {
    const alice = await person('Alice')
    await alice.page.addInitScript(() => {
      for (const method of ['put', 'add'] as const) {
        Object.defineProperty(IDBObjectStore.prototype, method, {
          value: new Proxy(Reflect.get(IDBObjectStore.prototype, method), {
            apply (write, store: IDBObjectStore, args) {
              if ('isDiskFull' in window) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
              return Reflect.apply(write, store, args) as unknown
            }
          })
        })
      }
    })
    await alice.open()
    await alice.signIn()
    await alice.createRoom('Kitchen')
    await alice.say('Fits.')

    await alice.page.evaluate(() => { Object.assign(window, { isDiskFull: true }) })
    await box(alice).fill('Does not fit.')
    await box(alice).press('Enter')
    await expect(alice.page.getByRole('alert')).toContainText('This device is full. What is stored is safe, new messages are not.')
    await expect(box(alice)).toHaveValue('Does not fit.')
    await expect(alice.message('Does not fit.')).toHaveCount(0)

    await alice.page.evaluate(() => { Reflect.deleteProperty(window, 'isDiskFull') })
    await box(alice).press('Enter')
    await alice.expectMessage('Does not fit.', { state: 'sent' })
    await alice.page.reload()
    await alice.expectMessage('Fits.')
    await alice.expectMessage('Does not fit.')
  })
})
