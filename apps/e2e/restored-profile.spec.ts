/** A profile that was put back from a backup: it goes on, or is known as a copy, and nothing splits. */
import { expect, test, type Person, type PersistentProfile } from './harness/index.ts'
import { arrive, boxOf, drawerOf } from './harness/room-verbs.ts'

/** Carol joins Alice's room with a profile that can be backed up. */
async function meet (person: (name: string) => Promise<Person>, computer: PersistentProfile): Promise<Person> {
  const alice = await arrive(person, 'Alice')
  await alice.createRoom('Kitchen')
  const carol = await computer.open()
  await carol.open()
  await carol.signIn()
  await carol.openInvite(await alice.copyInvite())
  await carol.say('Before the backup.')
  await alice.expectMessage('Before the backup.')
  await carol.expectMessage('Before the backup.', { state: 'delivered' })
  await computer.close()
  return alice
}

/** Carol says something more, and her profile is put back to what it was before. */
async function goBack (person: (name: string) => Promise<Person>, computer: PersistentProfile): Promise<Person> {
  const alice = await meet(person, computer)
  const restore = await computer.backUp()
  const carol = await computer.open()
  await carol.open()
  await carol.enterRoom('Kitchen')
  await carol.say('After the backup.')
  await alice.expectMessage('After the backup.')
  await computer.close()
  await restore()
  return alice
}

test('online, it has what it had written since, and goes on', async ({ person, persistent }) => {
  const computer = await persistent('Carol')
  const alice = await goBack(person, computer)
  const carol = await computer.open()
  await carol.open()
  await carol.enterRoom('Kitchen')
  await carol.expectMessage('After the backup.')
  await carol.say('Here again.')
  await alice.expectMessage('Here again.')
  await expect(drawerOf(alice)).not.toContainText('Device copied')
})

test('that wrote while it was offline is known as a copy, says so, and writes no more', async ({ person, persistent, node }) => {
  const computer = await persistent('Carol')
  const alice = await goBack(person, computer)
  let carol = await computer.open()
  await carol.page.route(`${node.origin}/v1/**`, (route) => route.abort())
  await carol.page.routeWebSocket(/.*/, (socket) => socket.close())
  await carol.open()
  await carol.enterRoom('Kitchen')
  await carol.say('Written in the dark.')
  await carol.expectMessage('Written in the dark.')
  await computer.close()

  carol = await computer.open()
  await carol.open()
  await carol.enterRoom('Kitchen')
  await expect(drawerOf(alice)).toContainText('Device copied')
  await expect(drawerOf(carol)).toContainText('Device copied')
  await expect(await carol.expectMessage('Written in the dark.')).not.toHaveAttribute('data-state', /delivered|read/)
  await boxOf(carol).fill('Does anybody hear me?')
  await carol.page.keyboard.press('Enter')
  await expect(carol.page.getByText('This device was copied, or runs from an old backup.')).toBeVisible()
  await expect(boxOf(carol)).toHaveValue('Does anybody hear me?')
  await alice.say('I do not have all of it, and I know.')
  await carol.expectMessage('I do not have all of it, and I know.')
})
