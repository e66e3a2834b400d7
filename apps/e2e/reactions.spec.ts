/** What people put under messages: with a press, by the keyboard, any emoji; who it was; and that it is taken away with the message. */
import { expect, test, type Person } from './harness/index.ts'

const chip = (one: Person, text: string, emoji: string) => one.message(text).locator(`[data-reaction="${emoji}"]`)

async function react (one: Person, text: string, emoji: string): Promise<void> {
  await one.message(text).hover()
  await one.message(text).getByRole('button', { name: 'React', exact: true }).click()
  await one.page.getByRole('button', { name: `React with ${emoji}` }).click()
}

test('Alice and Bob react to a message: each sees who did, takes theirs away, and finds the rest after a reload', async ({ person }) => {
  const alice = await person('Alice'), bob = await person('Bob')
  for (const one of [alice, bob]) {
    await one.open()
    await one.signIn()
  }
  await alice.createRoom('Kitchen')
  await bob.openInvite(await alice.copyInvite())
  await alice.say('Soup is ready.')
  await bob.expectMessage('Soup is ready.')

  await react(bob, 'Soup is ready.', '👍')
  await expect(chip(bob, 'Soup is ready.', '👍')).toHaveAttribute('aria-pressed', 'true')
  await expect(chip(alice, 'Soup is ready.', '👍')).toHaveAccessibleName('👍 1')
  await expect(chip(alice, 'Soup is ready.', '👍')).toHaveAttribute('title', 'Bob')
  await chip(alice, 'Soup is ready.', '👍').click()
  await expect(chip(bob, 'Soup is ready.', '👍')).toHaveAccessibleName('👍 2')
  await expect(chip(bob, 'Soup is ready.', '👍')).toHaveAttribute('title', 'Bob and Alice')

  await test.step('with the keyboard alone, and any emoji', async () => {
    const { page } = alice
    await page.getByRole('log').focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'React', exact: true }).press('Enter')
    await expect(page.getByRole('button', { name: 'React with 👍' })).toBeFocused()
    await page.keyboard.press('ArrowRight')
    await expect(page.getByRole('button', { name: 'React with ❤️' })).toBeFocused()
    const other = page.getByRole('textbox', { name: 'Any emoji' })
    await other.fill('soup')
    await other.press('Enter')
    await expect(page.getByText('That is not an emoji.')).toBeVisible()
    await react(alice, 'Soup is ready.', '😂')
    await expect(chip(bob, 'Soup is ready.', '😂')).toHaveAccessibleName('😂 1')
    await alice.message('Soup is ready.').hover()
    await alice.message('Soup is ready.').getByRole('button', { name: 'React', exact: true }).click()
    await other.fill('🍜')
    await other.press('Enter')
    await expect(chip(bob, 'Soup is ready.', '🍜')).toHaveAccessibleName('🍜 1')
  })

  await test.step('taken away again', async () => {
    await chip(bob, 'Soup is ready.', '👍').click()
    await expect(chip(alice, 'Soup is ready.', '👍')).toHaveAccessibleName('👍 1')
    await expect(chip(alice, 'Soup is ready.', '👍')).toHaveAttribute('aria-pressed', 'true')
  })

  await bob.page.reload()
  await expect(chip(bob, 'Soup is ready.', '🍜')).toHaveAccessibleName('🍜 1')
  await expect(chip(bob, 'Soup is ready.', '👍')).toHaveAttribute('aria-pressed', 'false')
})
