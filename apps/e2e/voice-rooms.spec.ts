/** Rooms that are always there to drop into. */
import { expect, test, type Person } from './harness/index.ts'

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const inside = (person: Person, name: string) => person.page.getByRole('list', { name: 'In Lounge', exact: true }).getByRole('listitem').filter({ hasText: name })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: 'Call in Lounge' }).getByRole('group', { name, exact: true })

test('Bob sees from outside who is in the voice room, drops in with one click, listens first, and is seen from outside when he leaves', async ({ person }) => {
  const [alice, bob] = [await person('Alice'), await person('Bob')]
  for (const one of [alice, bob]) {
    await one.open()
    await one.signIn()
  }
  await alice.createRoom('Kitchen')
  await bob.openInvite(await alice.copyInvite())

  await button(alice, 'New party room').click()
  const dialog = alice.page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Room name' }).fill('Lounge')
  await dialog.getByText('Voice: to drop into and talk').click()
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(alice.page.getByRole('heading', { name: 'Lounge', exact: true })).toBeVisible()
  await button(alice, 'Enter Lounge in Kitchen').click()
  await expect(button(alice, 'Leave call')).toBeVisible()
  await expect(inside(alice, 'Alice')).toHaveCount(1)

  // From outside: he is no member of it, and nothing rings.
  await expect(inside(bob, 'Alice')).toHaveCount(1)
  await expect(bob.page.getByRole('alertdialog')).toHaveCount(0)
  await button(alice, 'Mute').click()
  await expect(inside(bob, 'Alice')).toContainText('muted')
  await button(alice, 'Unmute').click()
  await expect(inside(bob, 'Alice')).not.toContainText('muted')

  await button(bob, 'Settings').click()
  await bob.page.getByRole('tab', { name: 'Calls' }).click()
  await bob.page.getByRole('switch', { name: 'Enter voice rooms muted' }).check()
  await bob.page.keyboard.press('Escape')

  // By keyboard: the list is one stop, and the arrows lead to the voice room.
  await bob.roomLink('Kitchen').focus()
  await bob.page.keyboard.press('End')
  await expect(button(bob, 'Enter Lounge in Kitchen')).toBeFocused()
  await bob.page.keyboard.press('Enter')
  await expect(tile(bob, 'Alice')).toHaveAttribute('data-media', 'connected')
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-microphone', 'false')
  await button(bob, 'Unmute').click()
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-microphone', 'true')
  await bob.say('You can write here too.')
  await alice.expectMessage('You can write here too.')

  await button(bob, 'Leave call').click()
  await expect(inside(alice, 'Bob')).toHaveCount(0)
  await expect(inside(bob, 'Alice')).toHaveCount(1)
  await button(alice, 'Leave call').click()
  await expect(inside(bob, 'Alice')).toHaveCount(0)
})
