/** Authority: what it takes along, what waits while a device cannot know what happened, and two who see different rooms. */
import { expect, test, type Person } from './harness/index.ts'
import {
  arrive, away, choose, chooseAndConfirm, confirm, dialogOf, drawerOf, expectRole, gather
} from './harness/room-verbs.ts'

const HOUR_MS = 3_600_000

const waiting = ({ page }: Person) => page.getByRole('group', { name: 'Actions that wait' })
const memberOf = (one: Person, name: string) => one.members().filter({ hasText: name })

test.describe('an action on others, asked for while cut off', () => {
  test('for an hour waits over a reload, is asked again, and done by a second yes', async ({ person, node }) => {
    const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
    await bob.say('I am still here.')
    await alice.expectMessage('I am still here.')
    await alice.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await alice.page.clock.install()
    await node.kill()
    await away(bob.page)
    await alice.expectMember('Bob', 'none')
    await alice.page.clock.fastForward(HOUR_MS + 1000)

    await chooseAndConfirm(alice, 'Bob', 'Ban', 'Ban')
    await expect(waiting(alice)).toContainText('Ban Bob? Waiting until this device has caught up.')
    await expect(memberOf(alice, 'Bob')).toContainText('1 action waits')
    await expect(waiting(alice).getByRole('button', { name: 'Do it' })).toHaveCount(0)
    await alice.page.reload()
    await expect(waiting(alice)).toContainText('Ban Bob? Waiting until this device has caught up.')

    await node.start()
    await expect(waiting(alice))
      .toContainText('Ban Bob? This device has caught up, and nothing about this has changed.')
    await bob.open()
    await bob.enterRoom('Kitchen')
    await bob.say('And back again.')
    await alice.expectMessage('And back again.')

    await waiting(alice).getByRole('button', { name: 'Do it' }).focus()
    await alice.page.keyboard.press('Enter')
    await expect(bob.page.getByText('You were banned from this room.', { exact: false })).toBeVisible()
    await expect(drawerOf(alice).getByRole('button', { name: 'Unban Bob' })).toBeVisible()
    await expect(waiting(alice).getByRole('group')).toHaveCount(0)
  })

  test('names who has done it meanwhile, and is put away', async ({ person, node }) => {
    const { Alice: alice, Bob: bob, Carol: carol } = await gather(person, ['Alice', 'Bob', 'Carol'])
    await choose(alice, 'Carol', 'Change role', 'Moderator')
    await expectRole(carol, 'Carol', 'Moderators')
    await alice.page.waitForFunction(() => navigator.serviceWorker.controller !== null)

    await alice.page.route(`${node.origin}/v1/**`, (route) => route.abort())
    await alice.page.routeWebSocket(/.*/, (socket) => socket.close())
    await alice.page.reload()
    await chooseAndConfirm(alice, 'Bob', 'Remove from room', 'Remove')
    await expect(waiting(alice)).toContainText('Remove Bob? Waiting until this device has caught up.')
    await chooseAndConfirm(carol, 'Bob', 'Ban', 'Ban')
    await expect(bob.page.getByText('You were banned from this room.', { exact: false })).toBeVisible()

    await alice.page.unroute(`${node.origin}/v1/**`)
    // A page that sockets were taken from keeps that until it is another one.
    const back = await alice.page.context().newPage()
    await alice.page.close()
    await back.goto(node.origin)
    await back.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Kitchen' }).click()
    const group = back.getByRole('group', { name: 'Actions that wait' })
    await expect(group).toContainText('Remove Bob? Since you asked for this, Carol has banned Bob.')
    await expect(group.getByRole('button', { name: 'Do it' })).toHaveCount(0)
    await group.getByRole('button', { name: 'Discard' }).click()
    await expect(group.getByRole('group')).toHaveCount(0)
  })
})

test('who is removed takes along who came in by their links only where that is ticked', async ({ person }) => {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  const link = await bob.copyInvite()
  for (const name of ['Carol', 'Dora']) {
    const guest = await arrive(person, name)
    await guest.openInvite(link)
    await expect(memberOf(alice, name)).toHaveCount(1)
  }

  await choose(alice, 'Carol', 'Remove from room')
  await expect(dialogOf(alice).getByRole('checkbox')).toHaveCount(0)
  await alice.page.keyboard.press('Escape')

  await choose(alice, 'Bob', 'Remove from room')
  const also = dialogOf(alice).getByRole('checkbox', { name: 'Also remove the 2 people who came in by their links' })
  await expect(also).not.toBeChecked()
  await expect(dialogOf(alice)).toContainText('Carol and Dora')
  await alice.page.keyboard.press('Escape')
  await expect(memberOf(alice, 'Bob')).toHaveCount(1)

  await choose(alice, 'Bob', 'Ban')
  await dialogOf(alice).getByRole('checkbox', { name: 'Also ban the 2 people who came in by their links' }).check()
  await confirm(alice, 'Ban')
  await expect(alice.members()).toHaveCount(1)
  for (const name of ['Bob', 'Carol', 'Dora']) {
    await expect(drawerOf(alice).getByRole('button', { name: `Unban ${name}` })).toBeVisible()
  }
})

test('two who see different rooms are both told, can look into it and put it away for good', async ({ person }) => {
  test.slow()
  const alice = await arrive(person, 'Alice')
  await alice.createRoom('Kitchen')
  const bob = await person('Bob')
  // A device that comes to other results: it hashes them in another context.
  await bob.page.addInitScript(() => {
    TextEncoder.prototype.encode = new Proxy(Reflect.get(TextEncoder.prototype, 'encode'), {
      apply: (encode, encoder: TextEncoder, [text]: [string]) =>
        Reflect.apply(encode, encoder, [text === 'parley/agreement-result/1' ? 'parley/another-result' : text])
    })
  })
  await bob.open()
  await bob.signIn()
  await bob.openInvite(await alice.copyInvite())
  await alice.expectMember('Bob', 'direct')

  // Each rests before it tells, repeats the exchange, and hears the other once more.
  for (const [one, other] of [[alice, 'Bob'], [bob, 'Alice']] as const) {
    await expect(one.page.getByText(`You and ${other} see different rooms.`)).toBeVisible({ timeout: 180_000 })
    await expect(memberOf(one, other)).toContainText('Sees a different room')
  }
  await alice.page.getByRole('button', { name: 'What to do' }).click()
  await expect(dialogOf(alice)).toContainText('Compare the list of members and their roles')
  await alice.page.keyboard.press('Escape')
  await alice.page.getByRole('button', { name: 'Dismiss' }).click()
  await expect(alice.page.getByText('You and Bob see different rooms.')).toBeHidden()
  await alice.page.reload()
  await expect(memberOf(alice, 'Bob')).toContainText('Sees a different room')
  await expect(alice.page.getByText('You and Bob see different rooms.')).toBeHidden()
})
