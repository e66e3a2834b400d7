/** A room and its rules, among people: who may do what, what is taken back, and ways in that do not need the one who invited. */
import { expect, test } from './harness/index.ts'
import {
  acceptRequest, actOn, arrive, away, boxOf, choose, chooseAndConfirm, confirm, dialogOf, drawerOf, expectRole, gather, makeLink, openSettings, pasteLink
} from './harness/room-verbs.ts'

test.describe('what was said', () => {
  test('an edited message is the same for all, also after a reload, and ↑ brings back the last one', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await alice.say('The key is under the third pot.')
    await bob.expectMessage('third pot')
    await actOn(alice, 'third pot', 'Edit')
    const edit = alice.page.getByRole('textbox', { name: 'Edit message' })
    await expect(edit).toHaveValue('The key is under the third pot.')
    await edit.fill('The key is under the second pot.')
    await edit.press('Enter')
    for (const someone of [alice, bob]) await expect(await someone.expectMessage('second pot')).toContainText('edited')

    await expect(boxOf(alice)).toBeFocused()
    await boxOf(alice).press('ArrowUp')
    await expect(edit).toHaveValue('The key is under the second pot.')
    await edit.fill('Nobody needs to know.')
    await edit.press('Escape')
    await expect(boxOf(alice)).toHaveValue('')

    for (const someone of [alice, bob]) {
      await someone.page.reload()
      await someone.expectMessage('second pot')
      await expect(someone.message('third pot')).toHaveCount(0)
      await expect(someone.message('Nobody needs to know')).toHaveCount(0)
    }
  })

  test('a deleted message is gone for all, also after a reload and for whoever comes later', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await alice.say('My PIN is 4711.')
    await bob.expectMessage('4711')
    await actOn(alice, '4711', 'Delete')
    await confirm(alice, 'Delete')
    for (const someone of [alice, bob]) {
      await someone.expectMessage('Message deleted')
      await expect(someone.message('4711')).toHaveCount(0)
      await someone.page.reload()
      await someone.expectMessage('Message deleted')
      await expect(someone.message('4711')).toHaveCount(0)
    }
    const carol = await arrive(person, 'Carol')
    await carol.openInvite(await alice.copyInvite())
    await carol.expectMessage('Message deleted')
    await expect(carol.message('4711')).toHaveCount(0)
  })

  test('the details of a message name who holds it and who has read it', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await alice.say('Dinner at eight?')
    await bob.expectMessage('Dinner at eight?')
    await alice.expectMessage('Dinner at eight?', { state: 'delivered' })
    await actOn(alice, 'Dinner at eight?', 'Details')
    const details = alice.page.getByRole('dialog', { name: 'Details' })
    await expect(details).toContainText('Delivered to 1 of 1')
    await expect(details.getByRole('listitem').filter({ hasText: 'Bob' })).toHaveCount(1)
    await alice.page.mouse.move(0, 0)
    await alice.page.keyboard.press('Escape')
    await expect(details).toBeHidden()
    await expect(alice.message('Dinner at eight?').getByRole('button', { name: 'Details' })).toBeFocused()
  })
})

test.describe('who may do what', () => {
  test('an owner makes a moderator, who mutes and unmutes; a member can do neither', async ({ person }) => {
    const { Alice: alice, Bob: bob, Carol: carol } = await gather(person, ['Alice', 'Bob', 'Carol'])
    await choose(alice, 'Bob', 'Change role', 'Moderator')
    for (const someone of [alice, bob, carol]) await expectRole(someone, 'Bob', 'Moderators')

    await choose(bob, 'Carol', 'Mute for…', '1 hour')
    await expect(carol.page.getByText('You are muted until', { exact: false })).toBeVisible()
    await expect(boxOf(carol)).toBeDisabled()
    await expect(drawerOf(alice).getByRole('img', { name: /^Muted until/ })).toBeVisible()
    await choose(bob, 'Carol', 'Unmute')
    await expect(boxOf(carol)).toBeEnabled()
    await carol.say('I can speak again.')
    for (const someone of [alice, bob]) await someone.expectMessage('I can speak again.')

    await carol.page.getByRole('button', { name: 'More about Bob' }).click()
    const menu = carol.page.getByRole('menu')
    await expect(menu.getByRole('menuitem', { name: 'Safety number' })).toBeVisible()
    for (const name of ['Mute for…', 'Change role', 'Remove from room', 'Ban']) await expect(menu.getByRole('menuitem', { name })).toHaveCount(0)
  })

  test('whoever is removed reads nothing more, is told so, and comes back by a new link', async ({ person }) => {
    const { Alice: alice, Bob: bob, Carol: carol } = await gather(person, ['Alice', 'Bob', 'Carol'])
    await carol.say('I was here.')
    await alice.expectMessage('I was here.')
    await chooseAndConfirm(alice, 'Carol', 'Remove from room', 'Remove')
    await expect(carol.page.getByText('You were removed from this room.', { exact: false })).toBeVisible()
    await expect(boxOf(carol)).toBeDisabled()
    for (const someone of [alice, bob]) await expect(someone.members().filter({ hasText: 'Carol' })).toHaveCount(0)

    await alice.say('Now it is just the two of us.')
    await bob.expectMessage('Now it is just the two of us.')
    for (const someone of [alice, bob]) await expect(await someone.expectMessage('I was here.')).toHaveAttribute('data-author', 'Carol')
    await expect(carol.message('Now it is just the two of us.')).toHaveCount(0)

    await carol.openInvite(await alice.copyInvite())
    await expect(boxOf(carol)).toBeEnabled()
    await carol.say('Thank you for having me back.')
    for (const someone of [alice, bob]) await someone.expectMessage('Thank you for having me back.')
    await alice.say('Good to have you.')
    await carol.expectMessage('Good to have you.')
  })

  test('whoever is banned is not let in by any link until the ban is lifted', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await chooseAndConfirm(alice, 'Bob', 'Ban', 'Ban')
    await expect(bob.page.getByText('You were banned from this room.', { exact: false })).toBeVisible()
    const link = await alice.copyInvite()
    await pasteLink(bob, link)
    await expect(dialogOf(bob).getByRole('alert')).toContainText(/banned/i)
    await bob.page.keyboard.press('Escape')

    await drawerOf(alice).getByRole('button', { name: 'Unban Bob' }).click()
    await expect(drawerOf(alice).getByRole('button', { name: 'Unban Bob' })).toHaveCount(0)
    await pasteLink(bob, link)
    await expect(boxOf(bob)).toBeEnabled()
    await bob.say('Sorry about that.')
    await alice.expectMessage('Sorry about that.')
  })

  test('an observer comes by a link of its own, reads and does not write', async ({ person }) => {
    const { Alice: alice } = await gather(person, ['Alice'])
    await alice.say('For your eyes only.')
    const bob = await arrive(person, 'Bob')
    await pasteLink(bob, await makeLink(alice, { role: 'Observer: reads only' }))
    await bob.expectMessage('For your eyes only.')
    await expect(bob.page.getByText('You can read here. Observers do not write.')).toBeVisible()
    await expect(boxOf(bob)).toBeDisabled()
    await expectRole(alice, 'Bob', 'Observers')
  })

  test('name, topic and slow mode are set by those who may, and seen by all', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    const general = await openSettings(alice, 'General')
    await general.getByRole('textbox', { name: 'Room name' }).fill('Canteen')
    await general.getByRole('textbox', { name: 'Topic' }).fill('What is for lunch')
    await general.getByRole('button', { name: 'Save' }).click()
    for (const someone of [alice, bob]) await expect(someone.page.locator('main').getByText('What is for lunch')).toBeVisible()
    await expect(bob.page.getByRole('heading', { name: 'Canteen', exact: true })).toBeVisible()

    await general.getByRole('tab', { name: 'Moderation' }).click()
    await general.getByRole('combobox', { name: 'Slow mode' }).selectOption('1 hour')
    await general.getByRole('button', { name: 'Save' }).click()
    await expect(general.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible()

    const seen = await openSettings(bob, 'Moderation')
    await expect(seen).toContainText('1 hour')
    await expect(seen).toContainText('Only moderators and up can change this.')
    await bob.page.keyboard.press('Escape')
    await bob.say('One message an hour.')
    await expect(bob.page.getByText('Slow mode: you can send again in', { exact: false })).toBeVisible()
    await alice.expectMessage('One message an hour.')
  })

  test('an owner who leaves passes the room on, keeps what was said, and can forget it', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await alice.say('It is all yours.')
    await bob.expectMessage('It is all yours.')
    const general = await openSettings(alice, 'General')
    await general.getByRole('button', { name: 'Leave room' }).click()
    await expect(dialogOf(alice).last()).toContainText('Bob becomes owner.')
    await confirm(alice, 'Leave')
    await expect(alice.page.getByText('You left this room.', { exact: false })).toBeVisible()
    await expectRole(bob, 'Bob', 'Owner')
    await bob.say('I will take good care of it.')
    await alice.expectMessage('It is all yours.')
    await expect(boxOf(alice)).toBeDisabled()
    await alice.page.getByRole('button', { name: 'Forget', exact: true }).click()
    await confirm(alice, 'Forget')
    await expect(alice.roomLink('Kitchen')).toHaveCount(0)
    await alice.page.reload()
    await expect(alice.page.getByRole('button', { name: 'Create room' })).toBeVisible()
    await expect(alice.roomLink('Kitchen')).toHaveCount(0)
  })
})

test.describe('ways in', () => {
  test('Bob joins while Alice is away: he reads at once, and writes when she has let him in', async ({ person }) => {
    const { Alice: alice } = await gather(person, ['Alice'])
    await alice.say('Make yourself at home.')
    await alice.expectMessage('Make yourself at home.', { state: 'sent' })
    const link = await alice.copyInvite()
    await away(alice.page)

    const bob = await arrive(person, 'Bob')
    await bob.openInvite(link)
    await bob.expectMessage('Make yourself at home.')
    await expect(bob.page.getByText('You can read. A member will let you in', { exact: false })).toBeVisible()
    await expect(boxOf(bob)).toBeDisabled()

    await alice.open()
    await alice.enterRoom('Kitchen')
    await alice.expectMember('Bob')
    await expect(boxOf(bob)).toBeEnabled()
    await bob.say('Lovely place.')
    await alice.expectMessage('Lovely place.')
  })

  test('a link that needs approval: whoever comes waits until somebody says yes', async ({ person }) => {
    const { Alice: alice } = await gather(person, ['Alice'])
    const link = await makeLink(alice, { needsApproval: true })
    const [bob, carol] = [await arrive(person, 'Bob'), await arrive(person, 'Carol')]
    await pasteLink(bob, link)
    await expect(dialogOf(bob).getByRole('status')).toContainText('Waiting for a moderator to let you in')
    await expect(dialogOf(bob)).not.toContainText('Nobody who could let you in is online')
    const asked = drawerOf(alice).getByRole('group', { name: 'Bob' })
    await expect(asked).toContainText('Bob wants to join by a link.')
    await asked.getByRole('button', { name: 'Approve Bob' }).click()
    await expect(boxOf(bob)).toBeEnabled()
    await bob.say('Thank you!')
    await alice.expectMessage('Thank you!')

    await pasteLink(carol, link)
    await drawerOf(alice).getByRole('button', { name: 'Decline Carol' }).click()
    await expect(dialogOf(carol).getByRole('alert')).toBeVisible()
    // It would only ask the same again.
    await expect(dialogOf(carol).getByRole('button', { name: 'Try again' })).toHaveCount(0)
    await expect(drawerOf(alice).getByRole('group', { name: 'Carol' })).toHaveCount(0)
  })
})

test.describe('rooms beside and inside a room', () => {
  test('two people who share a room talk by themselves, and find it again after a reload', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await choose(alice, 'Bob', 'Message')
    await expect(alice.page.getByRole('heading', { name: 'Bob', exact: true })).toBeVisible()
    await expect(alice.page.getByText('Your conversation with Bob begins here')).toBeVisible()
    // Nobody is above the other here.
    await expect(drawerOf(alice).getByRole('listitem')).toHaveCount(2)
    await expect(drawerOf(alice).getByRole('heading', { level: 3 })).toHaveCount(0)
    await alice.say('Between you and me.')
    await acceptRequest(bob, 'Alice')
    await bob.expectMessage('Between you and me.')
    await bob.say('My lips are sealed.')
    await alice.expectMessage('My lips are sealed.')
    await alice.page.reload()
    await alice.expectMessage('My lips are sealed.')
    await expect(alice.page.getByRole('navigation', { name: 'Rooms' }).getByRole('list', { name: 'Direct' }).getByRole('link', { name: 'Bob' })).toHaveCount(1)
  })

  test('a party room is found in its room and entered by its members', async ({ person }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await alice.page.getByRole('button', { name: 'New party room' }).click()
    await dialogOf(alice).getByRole('textbox', { name: 'Room name' }).fill('Balcony')
    await dialogOf(alice).getByRole('button', { name: 'Create', exact: true }).click()
    await expect(alice.page.getByRole('heading', { name: 'Balcony', exact: true })).toBeVisible()
    await expect(alice.page.getByText('Everybody in Kitchen sees this room and can enter.')).toBeVisible()
    await alice.say('The view is better here.')

    await bob.page.getByRole('button', { name: 'Join Balcony' }).click()
    await expect(bob.page.getByRole('heading', { name: 'Balcony', exact: true })).toBeVisible()
    await bob.expectMessage('The view is better here.')
    await bob.say('It is.')
    await alice.expectMessage('It is.')
    await expect(bob.page.getByRole('list', { name: 'Party rooms of Kitchen' }).getByRole('link', { name: 'Balcony' })).toHaveCount(1)
  })
})
