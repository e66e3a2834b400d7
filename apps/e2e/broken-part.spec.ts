/** A part of the window cannot be drawn: it says so in its place, the rest stays in use, and nothing is lost. */
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test, type Person } from './harness/index.ts'
import { boxOf } from './harness/room-verbs.ts'

/** From now on the page makes none of these elements, also after a reload: what draws one throws. */
const breakElements = async (page: Page, ...names: string[]): Promise<void> => await page.evaluate((broken) => { sessionStorage.setItem('broken', broken) }, names.join())

const withBreakableElements = async (page: Page): Promise<unknown> => await page.addInitScript(() => {
  const create = Reflect.get(Document.prototype, 'createElement') as (name: string, options?: ElementCreationOptions) => HTMLElement
  Reflect.set(Document.prototype, 'createElement', function (this: Document, name: string, options?: ElementCreationOptions) {
    if ((sessionStorage.getItem('broken') ?? '').split(',').includes(name)) throw new TypeError(`no <${name}> today`)
    return create.call(this, name, options)
  })
})

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const failure = (page: Page, title: string) => page.getByRole('alert').filter({ has: page.getByRole('heading', { name: title }) })

async function aliceInTwoRooms (person: (name: string) => Promise<Person>): Promise<Person> {
  const alice = await person('Alice')
  await withBreakableElements(alice.page)
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  await alice.say('Soup is ready.')
  await alice.createRoom('Garden')
  return alice
}

test('a conversation that cannot be drawn leaves the list in use, is copied without addresses, and comes back at one press', async ({ person }) => {
  const alice = await aliceInTwoRooms(person), { page } = alice
  // The box that one writes in.
  await breakElements(page, 'textarea')
  await alice.roomLink('Kitchen').click()
  const told = failure(page, 'This conversation can’t be shown')
  await expect(told).toContainText('nothing is lost')
  expect((await new AxeBuilder({ page }).include('main').analyze()).violations).toEqual([])
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await button(page, 'Copy details').click()
  const details = await page.evaluate(async () => await navigator.clipboard.readText())
  expect(details).toContain('no <textarea> today')
  expect(details).not.toContain(new URL(page.url()).pathname.split('/').at(-1))

  // The list, the settings and home are there.
  await button(page, 'Settings').click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await button(page, 'Go home').click()
  await expect(page.getByRole('heading', { name: 'Hello, Alice' })).toBeVisible()

  await alice.roomLink('Kitchen').click()
  await expect(told).toBeVisible()
  await breakElements(page)
  await button(page, 'Try again').click()
  await alice.expectMessage('Soup is ready.')
  await alice.say('And bread.')
  await alice.expectMessage('And bread.')
})

test('a list of rooms that cannot be drawn leaves the conversation in use', async ({ person }) => {
  const alice = await aliceInTwoRooms(person), { page } = alice
  // The key that the search names.
  await breakElements(page, 'kbd')
  await page.reload()
  await expect(failure(page, 'Your rooms can’t be shown')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Garden', exact: true })).toBeVisible()
  await alice.say('The beans are up.')
  await alice.expectMessage('The beans are up.')
  await breakElements(page)
  await button(page, 'Try again').click()
  await alice.enterRoom('Kitchen')
  await alice.expectMessage('Soup is ready.')
})

test('a call that cannot be drawn goes on, can be left, and leaves the conversation in use', async ({ person }) => {
  const alice = await aliceInTwoRooms(person), { page } = alice
  await button(page, 'Start call').click()
  await expect(page.getByRole('region', { name: /^Call in/ })).toBeVisible()
  await breakElements(page, 'section')
  await alice.roomLink('Kitchen').click()
  await expect(failure(page, 'The call can’t be shown')).toBeVisible()
  await alice.say('I am still here.')
  await alice.expectMessage('I am still here.')
  await alice.roomLink('Garden').click()
  await expect(failure(page, 'The call can’t be shown')).toBeVisible()
  await expect(boxOf(alice)).toBeVisible()
  await button(page, 'Leave call').click()
  await breakElements(page)
  await alice.enterRoom('Kitchen')
  await expect(failure(page, 'The call can’t be shown')).toHaveCount(0)
  await expect(button(page, 'Start call')).toBeVisible()
})

test('a window that cannot be drawn at all says so, and a reload brings everything back', async ({ person }) => {
  const alice = await aliceInTwoRooms(person), { page } = alice
  await breakElements(page, 'a')
  await page.reload()
  await expect(failure(page, 'Parley has stopped')).toContainText('nothing is lost')
  await breakElements(page)
  await button(page, 'Reload Parley').click()
  await alice.enterRoom('Kitchen')
  await alice.expectMessage('Soup is ready.')
})

test('in German the same is said', async ({ person }) => {
  const alice = await aliceInTwoRooms(person), { page } = alice
  await button(page, 'Settings').click()
  await page.getByRole('tab', { name: 'Appearance' }).click()
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de')
  await page.keyboard.press('Escape')
  await breakElements(page, 'textarea', 'kbd')
  await page.reload()
  await expect(failure(page, 'Dieses Gespräch lässt sich nicht anzeigen')).toContainText('nichts ist verloren')
  await expect(failure(page, 'Deine Räume lassen sich nicht anzeigen')).toBeVisible()
  await breakElements(page)
  for (const _ of [1, 2]) await button(page, 'Noch einmal versuchen').first().click()
  await expect(page.getByRole('alert')).toHaveCount(0)
})
