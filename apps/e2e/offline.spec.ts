/** The app opens in a browser tab while its node is dead, with everything that was said. */
import { expect, test } from './harness/index.ts'

test('a tab that is loaded again while the node is dead opens with its history, and sends once the node is back', async ({ person, node }) => {
  const alice = await person('Alice')
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  await alice.say('Written before.')
  await alice.expectMessage('Written before.', { state: 'sent' })
  await alice.page.waitForFunction(() => navigator.serviceWorker.controller !== null)

  await node.kill()
  await alice.page.reload()
  await alice.expectMessage('Written before.')
  await alice.say('Written in the dark.')
  await expect(alice.page.getByRole('status', { name: 'Connection' })).not.toHaveAttribute('data-node', 'online')
  await alice.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await expect(alice.page.getByRole('dialog')).toBeVisible()
  await alice.page.keyboard.press('Escape')

  await node.start()
  await alice.expectMessage('Written in the dark.', { state: 'sent' })
})
