/** What a person does with their own devices: to have a second one, or a first one again, and what it shows of itself; by accessible names. */
import { expect, type Locator } from '@playwright/test'
import type { Person } from './person.ts'

export const dialogOf = ({ page }: Person): Locator => page.getByRole('dialog')

export async function openSettings (person: Person, tab: string): Promise<Locator> {
  await person.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await person.page.getByRole('tab', { name: tab }).click()
  return person.page.getByRole('tabpanel')
}

/** From whom the IP address is hidden. */
export async function hideAddressFrom (person: Person, whom: 'Everybody' | 'Nobody'): Promise<void> {
  const panel = await openSettings(person, 'Privacy')
  await panel.getByRole('combobox', { name: 'From whom' }).selectOption({ label: whom })
  await closeDialog(person)
}

export async function closeDialog (person: Person): Promise<void> {
  await person.page.keyboard.press('Escape')
  await expect(dialogOf(person)).toBeHidden()
}

/** On the old device: the code that a new one has to type. The dialog stays open. */
export async function showLinkCode (person: Person): Promise<string> {
  const panel = await openSettings(person, 'Devices')
  await panel.getByRole('button', { name: 'Link a device' }).click()
  const code = dialogOf(person).getByRole('status', { name: 'Link code' })
  await expect(code).toHaveText(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/)
  return await code.innerText()
}

/** On the new device, signed in to the same account with an empty home. */
export async function enterLinkCode (person: Person, code: string): Promise<void> {
  await person.page.getByRole('button', { name: 'Link to my other device' }).click()
  await dialogOf(person).getByRole('textbox', { name: 'Link code' }).fill(code)
  await dialogOf(person).getByRole('button', { name: 'Link', exact: true }).click()
}

/** The twelve words, as the settings show them after a question. */
export async function readWords (person: Person): Promise<string[]> {
  const panel = await openSettings(person, 'Recovery')
  await panel.getByRole('button', { name: 'Show my words' }).click()
  await panel.getByRole('button', { name: 'Show them now' }).click()
  const words = panel.getByRole('list', { name: 'Your twelve words' }).getByRole('listitem')
  await expect(words).toHaveCount(12)
  return await words.allInnerTexts()
}
