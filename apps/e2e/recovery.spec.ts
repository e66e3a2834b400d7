/** When devices are gone: twelve words, or an export, make a new one of the same person. */
import { expect, test, type Person } from './harness/index.ts'
import { closeDialog, dialogOf, openSettings, readWords } from './harness/own-devices.ts'
import { gather } from './harness/room-verbs.ts'

const PASSPHRASE = 'four walls and a kettle'

/** Alice in a room with Bob, and something said by both. */
async function talk (person: (name: string) => Promise<Person>): Promise<{ alice: Person, bob: Person }> {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await alice.say('Written on the lost device.')
  await bob.expectMessage('Written on the lost device.')
  await bob.say('Read on it, too.')
  await alice.expectMessage('Read on it, too.')
  return { alice, bob }
}

test('the words are shown after a question, and confirmed by typing two of them', async ({ person }) => {
  const alice = await person('Alice')
  await alice.open()
  await alice.signIn()
  await expect(alice.page.getByText('twelve words bring your rooms back')).toHaveCount(0)
  await alice.createRoom('Kitchen')
  await alice.page.getByRole('link', { name: 'Parley, Home' }).click()
  await alice.page.getByRole('button', { name: 'Write them down' }).click()
  await expect(alice.page.getByRole('tab', { name: 'Recovery' })).toHaveAttribute('aria-selected', 'true')
  await closeDialog(alice)

  const words = await readWords(alice)
  const panel = alice.page.getByRole('tabpanel')
  await panel.getByRole('button', { name: 'I have written them down' }).click()
  const asked = panel.getByRole('textbox', { name: /^Word \d+$/ })
  await expect(asked).toHaveCount(2)
  await asked.first().fill('nonsense')
  await panel.getByRole('button', { name: 'Check' }).click()
  await expect(panel.getByRole('alert').filter({ hasText: 'is another one' })).toBeVisible()
  for (let at = 1; at <= 12; at++) {
    const field = panel.getByRole('textbox', { name: `Word ${at}`, exact: true })
    if (await field.count() > 0) await field.fill(words[at - 1] ?? '')
  }
  await panel.getByRole('button', { name: 'Check' }).click()
  await expect(panel).toContainText('You confirmed on')
  await closeDialog(alice)
  await expect(alice.page.getByRole('button', { name: 'Write them down' })).toHaveCount(0)
})

test('a lost device and twelve words: rooms and history are back, and Alice writes again', async ({ person }) => {
  const { alice, bob } = await talk(person)
  const words = await readWords(alice)
  await closeDialog(alice)
  await alice.page.context().close()

  const fresh = await person('Alice')
  await fresh.open()
  await fresh.signInAgain()
  await fresh.page.getByRole('button', { name: 'Recover with twelve words' }).click()
  const field = dialogOf(fresh).getByRole('textbox', { name: 'Recovery words' })
  await field.fill([...words].reverse().join(' '))
  await dialogOf(fresh).getByRole('button', { name: 'Recover', exact: true }).click()
  await expect(dialogOf(fresh).getByRole('alert')).toContainText(/words|backup/)
  await field.fill(words.map((word, at) => `${at + 1}. ${word}`).join('\n'))
  await dialogOf(fresh).getByRole('button', { name: 'Recover', exact: true }).click()

  await fresh.enterRoom('Kitchen')
  await expect(await fresh.expectMessage('Written on the lost device.')).toHaveAttribute('data-mine', 'true')
  await fresh.expectMessage('Read on it, too.')
  await fresh.say('Back, with a new device.')
  await expect(await bob.expectMessage('Back, with a new device.')).toHaveAttribute('data-author', 'Alice')
})

test('an export opens on a fresh device with its passphrase and no other', async ({ person }, info) => {
  const { alice, bob } = await talk(person)
  const panel = await openSettings(alice, 'Export')
  await panel.getByLabel('Passphrase', { exact: true }).fill('short')
  await expect(panel.getByRole('button', { name: 'Export' })).toBeDisabled()
  await panel.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await panel.getByLabel('Passphrase again').fill(PASSPHRASE)
  await panel.getByRole('button', { name: 'Export' }).click()
  const saved = alice.page.waitForEvent('download')
  await panel.getByRole('link', { name: 'Save file' }).click()
  const file = info.outputPath('alice.parley')
  await (await saved).saveAs(file)
  await alice.page.context().close()

  const fresh = await person('Alice')
  await fresh.open()
  await fresh.signInAgain()
  await fresh.page.getByRole('button', { name: 'Import an export' }).click()
  await dialogOf(fresh).getByLabel('Export file').setInputFiles({ name: 'holiday.parley', mimeType: 'application/octet-stream', buffer: Buffer.from('not an export at all') })
  await dialogOf(fresh).getByLabel('Passphrase of the file').fill(PASSPHRASE)
  await dialogOf(fresh).getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialogOf(fresh).getByRole('alert')).toContainText('This file is no export of Parley.')
  await dialogOf(fresh).getByLabel('Export file').setInputFiles(file)
  await dialogOf(fresh).getByLabel('Passphrase of the file').fill('four walls and a cattle')
  await dialogOf(fresh).getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialogOf(fresh).getByRole('alert')).toContainText('This passphrase does not open the file.')
  await dialogOf(fresh).getByLabel('Passphrase of the file').fill(PASSPHRASE)
  await dialogOf(fresh).getByRole('button', { name: 'Import', exact: true }).click()

  await fresh.enterRoom('Kitchen')
  await fresh.expectMessage('Written on the lost device.')
  await fresh.expectMessage('Read on it, too.')
  await fresh.say('The file worked.')
  await expect(await bob.expectMessage('The file worked.')).toHaveAttribute('data-author', 'Alice')
})
