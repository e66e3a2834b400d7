/** A room is passed on: handed over to somebody who agrees, and continued in a new one that everybody finds. */
import { expect, test } from './harness/index.ts'
import { away, boxOf, chooseAndConfirm, confirm, dialogOf, drawerOf, gather, openSettings } from './harness/room-verbs.ts'

test('Alice hands the room over to Bob while one of them is always away, and continues it in a room of her own, where Bob joins at one press', async ({ person }) => {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await chooseAndConfirm(alice, 'Bob', 'Hand the room over', 'Offer the room')
  await expect(alice.page.getByText('You offer this room to Bob.', { exact: false })).toBeVisible()
  const question = bob.page.getByRole('group', { name: 'Hand the room over' })
  await expect(question).toContainText('Alice wants to hand this room over to you.')
  await away(alice.page)
  await question.getByRole('button', { name: 'Accept' }).click()
  await expect(question).toContainText('It is yours as soon as a device of Alice is online.')

  await alice.open()
  await alice.enterRoom('Kitchen')
  for (const someone of [alice, bob]) {
    const owners = drawerOf(someone).locator('section').filter({ has: someone.page.getByRole('heading', { name: 'Owners, in order · 2' }) })
    await expect(owners.getByRole('listitem').nth(0)).toContainText('Bob')
    await expect(owners.getByRole('listitem').nth(1)).toContainText('Alice')
    await expect(someone.page.getByRole('group', { name: 'Hand the room over' })).toHaveCount(0)
  }
  const general = await openSettings(bob, 'General')
  await general.getByRole('button', { name: 'Leave room' }).click()
  await expect(dialogOf(bob).last()).toContainText('Alice takes your place as the first owner.')
  await dialogOf(bob).last().getByRole('button', { name: 'Cancel' }).click()
  await bob.page.keyboard.press('Escape')

  await (await openSettings(alice, 'General')).getByRole('button', { name: 'Continue in a new room' }).click()
  await confirm(alice, 'Make the new room')
  await expect(alice.roomLink('Kitchen')).toHaveCount(2)
  await expect(bob.page.getByText('Alice continues this room in a new one, Kitchen.')).toBeVisible()
  await bob.page.getByRole('button', { name: 'Join', exact: true }).click()
  await dialogOf(bob).getByRole('button', { name: 'Join', exact: true }).click()
  await expect(bob.roomLink('Kitchen')).toHaveCount(2)
  await expect(boxOf(bob)).toBeEnabled()
  await bob.say('A fresh start.')
  await alice.expectMessage('A fresh start.')
})
