/** Two devices of one person: linked by a code, one voice in every room, and one of them ended by the other. */
import { expect, test, type Person } from './harness/index.ts'
import { closeDialog, dialogOf, enterLinkCode, openSettings, showLinkCode } from './harness/own-devices.ts'
import { gather, makeLink } from './harness/room-verbs.ts'

type Cast = (name: string) => Promise<Person>

/** Alice at her laptop in a room with Bob, something said already; her phone signed in to the same account, with an empty home. */
async function twoDevices (person: Cast): Promise<{ laptop: Person, phone: Person, bob: Person }> {
  const { Alice: laptop, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await bob.say('Said before there was a phone.')
  await laptop.expectMessage('Said before there was a phone.')
  const phone = await person('Alice')
  await phone.open()
  await phone.signInAgain()
  return { laptop, phone, bob }
}

async function linkPhone (laptop: Person, phone: Person): Promise<void> {
  await enterLinkCode(phone, await showLinkCode(laptop))
  await expect(dialogOf(laptop)).toContainText('Linked. The new device is in your rooms.')
  await dialogOf(laptop).getByRole('button', { name: 'Done' }).click()
  await closeDialog(laptop)
  await expect(phone.roomLink('Kitchen')).toBeVisible()
}

test('a phone linked by code has the room and its history, and both devices are one voice', async ({ person }) => {
  const { laptop, phone, bob } = await twoDevices(person)
  await linkPhone(laptop, phone)
  await phone.enterRoom('Kitchen')
  await phone.expectMessage('Said before there was a phone.')

  await phone.say('Written on the phone.')
  const onLaptop = await laptop.expectMessage('Written on the phone.')
  await expect(onLaptop).toHaveAttribute('data-author', 'Alice')
  await expect(onLaptop).toHaveAttribute('data-mine', 'true')
  await expect(await bob.expectMessage('Written on the phone.')).toHaveAttribute('data-author', 'Alice')

  await laptop.say('And this on the laptop.')
  await expect(await phone.expectMessage('And this on the laptop.')).toHaveAttribute('data-mine', 'true')
  await bob.say('Which Alice is it?')
  for (const device of [laptop, phone]) await device.expectMessage('Which Alice is it?')
  await expect(bob.members()).toHaveCount(2)
})

test('a phone that is revoked reads and writes nothing from then on', async ({ person }) => {
  const { laptop, phone, bob } = await twoDevices(person)
  await linkPhone(laptop, phone)
  await phone.enterRoom('Kitchen')
  await phone.expectMessage('Said before there was a phone.')

  const panel = await openSettings(laptop, 'Devices')
  const devices = panel.getByRole('list', { name: 'Your devices' }).getByRole('listitem')
  await expect(devices).toHaveCount(2)
  await devices.getByRole('button', { name: 'Revoke' }).click()
  await expect(panel).toContainText('It is signed out and leaves every room')
  await panel.getByRole('button', { name: 'Revoke device' }).click()
  await expect(devices).toHaveCount(1)
  await closeDialog(laptop)

  await bob.say('Is the phone really gone?')
  await laptop.expectMessage('Is the phone really gone?')
  await laptop.say('It is.')
  await bob.expectMessage('It is.')
  await expect(phone.page.getByRole('textbox', { name: 'Message' })).toBeDisabled()
  await expect(phone.page.getByText('This device was removed from your devices.')).toBeVisible()
  await expect(phone.message('Is the phone really gone?')).toHaveCount(0)
})

test('a phone that was revoked enters no other room as its person, though it was signed in again', async ({ person, node }) => {
  const { laptop, phone, bob } = await twoDevices(person)
  await linkPhone(laptop, phone)
  await phone.enterRoom('Kitchen')
  await bob.createRoom('Cellar')
  // It asks a member, who judges: a link that works by itself would open the room's keys to whoever has it.
  const link = await makeLink(bob, { needsApproval: true })

  const panel = await openSettings(laptop, 'Devices')
  const devices = panel.getByRole('list', { name: 'Your devices' }).getByRole('listitem')
  await devices.getByRole('button', { name: 'Revoke' }).click()
  await panel.getByRole('button', { name: 'Revoke device' }).click()
  await expect(devices).toHaveCount(1)
  await closeDialog(laptop)

  // Who has the phone reads its owner's mail.
  await phone.page.getByRole('button', { name: 'Sign in again' }).click()
  await phone.askForCode(laptop.email)
  await phone.enterCode(await node.mailbox.nextCode(laptop.email))
  await expect(phone.page.getByRole('textbox', { name: 'Code', exact: true })).toBeHidden()
  await phone.page.goto(link)
  await phone.page.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(phone.page.getByRole('alert')).toContainText('This device was signed out from elsewhere.')
  await expect(bob.members()).toHaveCount(1)
  await laptop.page.goto(link)
  await laptop.page.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(bob.page.getByText('Alice').first()).toBeVisible()
})

test('a code with a slip is told as such, and the right one still works', async ({ person }) => {
  const { laptop, phone } = await twoDevices(person)
  const code = await showLinkCode(laptop)
  const slip = (code.startsWith('A') ? 'B' : 'A') + code.slice(1)
  await enterLinkCode(phone, slip)
  await expect(dialogOf(phone).getByRole('alert')).toContainText('This code was not accepted.')
  await dialogOf(phone).getByRole('textbox', { name: 'Link code' }).fill(code)
  await dialogOf(phone).getByRole('button', { name: 'Link', exact: true }).click()
  await expect(phone.roomLink('Kitchen')).toBeVisible()
})

test('Alice and Bob see the same safety number, and a comparison is remembered', async ({ person }) => {
  const { laptop, bob } = await twoDevices(person)
  const compare = async (one: Person, other: string): Promise<string[]> => {
    const item = one.members().filter({ hasText: other })
    await item.getByRole('button').click()
    await one.page.getByRole('menuitem', { name: 'Safety number' }).click()
    const groups = dialogOf(one).getByRole('list', { name: 'Sixty digits in twelve groups' }).getByRole('listitem')
    await expect(groups).toHaveCount(12)
    return await groups.allInnerTexts()
  }
  const digits = await compare(laptop, 'Bob')
  for (const group of digits) expect(group).toMatch(/^\d{5}$/)
  expect(await compare(bob, 'Alice')).toEqual(digits)

  await dialogOf(laptop).getByRole('button', { name: 'Mark as verified' }).click()
  await expect(dialogOf(laptop)).toContainText('You have verified Bob.')
  await closeDialog(laptop)
  const badge = laptop.members().filter({ hasText: 'Bob' }).getByRole('img', { name: 'Verified by you' })
  await expect(badge).toBeVisible()
  await laptop.page.reload()
  await expect(badge).toBeVisible()
})

test('who scans the QR code signs in and is asked, and a code that nobody offers any more says so', async ({ person, node }) => {
  const phone = await person('Alice')
  await phone.page.goto(`${node.origin}/link#v1.AAAAAAAAAAAAAAAAAAAAAA`)
  await expect(phone.page.getByText('Sign in with the address of your other device')).toBeVisible()
  // The code is a secret: it stays in no address bar and no history.
  expect(phone.page.url()).not.toContain('#v1')
  await phone.signIn()
  await expect(dialogOf(phone)).toContainText('You come from the QR code of your other device.')
  await dialogOf(phone).getByRole('button', { name: 'Link', exact: true }).click()
  await expect(dialogOf(phone).getByRole('alert')).toBeVisible()
  await closeDialog(phone)
  await phone.page.reload()
  await expect(phone.page.getByRole('button', { name: 'Create room' })).toBeVisible()
  await expect(dialogOf(phone)).toHaveCount(0)
})
