/** What people do with a room and with each other in it, by the names that they see: menus, settings, single messages. */
import { expect, type Locator, type Page } from '@playwright/test'
import type { Person } from './person.ts'

export const dialogOf = ({ page }: Person): Locator => page.getByRole('dialog')
export const boxOf = ({ page }: Person): Locator => page.getByRole('textbox', { name: 'Message', exact: true })
export const drawerOf = ({ page }: Person): Locator => page.getByRole('complementary', { name: 'Members' })

/** Somebody who is signed in, with an empty home. */
export async function arrive (person: (name: string) => Promise<Person>, name: string): Promise<Person> {
  const one = await person(name)
  await one.open()
  await one.signIn()
  return one
}

/** The first makes the room "Kitchen" and lets the others in by one link; resolves when all are linked. */
export async function gather<N extends string> (person: (name: string) => Promise<Person>, names: readonly N[]): Promise<Record<N, Person>> {
  const people: Partial<Record<N, Person>> = {}
  let host: Person | null = null
  let link = ''
  for (const name of names) {
    const one = await arrive(person, name)
    people[name] = one
    if (host === null) {
      host = one
      await one.createRoom('Kitchen')
      if (names.length > 1) link = await one.copyInvite()
    } else {
      await one.openInvite(link)
      await host.expectMember(name, 'direct')
    }
  }
  return people as Record<N, Person>
}

/** Chooses from the menu of a member: `choose(alice, 'Bob', 'Mute for…', '1 hour')`. */
export async function choose ({ page }: Person, name: string, ...items: string[]): Promise<void> {
  await page.getByRole('button', { name: `More about ${name}` }).click()
  for (const item of items) await page.getByRole('menu').getByRole(/^(Owner|Admin|Moderator|Member|Observer)$/.test(item) ? 'menuitemradio' : 'menuitem', { name: item, exact: true }).click()
}

/** Chooses, and says yes to the question that follows. */
export async function chooseAndConfirm (one: Person, name: string, item: string, yes: string): Promise<void> {
  await choose(one, name, item)
  await confirm(one, yes)
}

/** Says yes to a question. */
export async function confirm (one: Person, yes: string): Promise<void> {
  await dialogOf(one).last().getByRole('button', { name: yes, exact: true }).click()
}

/** Waits until the member stands under the heading of a role. */
export async function expectRole (one: Person, name: string, heading: 'Owner' | 'Admins' | 'Moderators' | 'Members' | 'Observers'): Promise<void> {
  const group = drawerOf(one).locator('section').filter({ has: one.page.getByRole('heading', { name: new RegExp(`^${heading} ·`) }) })
  await expect(group.getByRole('listitem').filter({ hasText: name })).toHaveCount(1)
}

/** Says yes to somebody who wants to write, and is in the conversation then. */
export async function acceptRequest (one: Person, from: string): Promise<void> {
  await one.page.getByRole('button', { name: /^Requests · \d+$/ }).click()
  await dialogOf(one).getByRole('button', { name: `Accept ${from}`, exact: true }).click()
  await expect(one.page.getByRole('heading', { name: from, exact: true })).toBeVisible()
}

/** Opens the room's settings at a tab. */
export async function openSettings (one: Person, tab: 'General' | 'Access' | 'History' | 'Moderation'): Promise<Locator> {
  await one.page.getByRole('button', { name: 'Room settings' }).click()
  await dialogOf(one).getByRole('tab', { name: tab }).click()
  return dialogOf(one)
}

/** A link with options; `plain` is what the dialog showed before. */
export async function makeLink (one: Person, { role, uses, needsApproval = false }: { role?: string, uses?: string, needsApproval?: boolean }): Promise<string> {
  await one.page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = dialogOf(one)
  const shown = dialog.getByRole('textbox', { name: 'Link' })
  await expect(shown).toHaveValue(/#v1\./)
  const plain = await shown.inputValue()
  await dialog.getByText('Options').click()
  if (role !== undefined) await dialog.getByRole('combobox', { name: 'Joins as' }).selectOption({ label: role })
  if (uses !== undefined) await dialog.getByRole('combobox', { name: 'Uses' }).selectOption(uses)
  if (needsApproval) await dialog.getByRole('checkbox', { name: 'A moderator has to approve each' }).check()
  await dialog.getByRole('button', { name: 'Make a new link' }).click()
  await expect(shown).not.toHaveValue(plain)
  const link = await shown.inputValue()
  await one.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  return link
}

/** Pastes a link into the dialog and says yes; what comes of it is the story's. */
export async function pasteLink ({ page }: Person, link: string): Promise<void> {
  await page.getByRole('button', { name: 'Join room' }).click()
  const asked = page.getByRole('dialog')
  await asked.getByRole('textbox', { name: 'Invite link' }).fill(link)
  await asked.getByRole('button', { name: 'Join', exact: true }).click()
}

/** Uses a button of the toolbar over a message. */
export async function actOn (one: Person, text: string, act: 'Edit' | 'Details' | 'Delete'): Promise<void> {
  const message = one.message(text)
  await message.hover()
  await message.getByRole('button', { name: act, exact: true }).click()
}

/** Nobody is at this device any more: the page is gone, its profile stays. */
export const away = (page: Page): Promise<unknown> => page.goto('about:blank')
