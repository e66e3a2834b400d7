/** Who somebody is: a member who takes another's name, or none that can be seen, and one who wants to be in everybody's list. */
import type { Page } from '@playwright/test'
import { expect, test } from '../harness/index.ts'
import { acceptRequest, arrive, boxOf, dialogOf, drawerOf } from '../harness/room-verbs.ts'
import { openHostileClient } from './lib/hostile-client.ts'

/** Before the page is there: keeps what it has the system show, as in a window that nobody looks at, and the number on its badge. */
async function attend (page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown: string[] = []
    Object.assign(globalThis, {
      shown,
      Notification: class extends Notification {
        constructor (title: string, options?: NotificationOptions) {
          super(title, options)
          shown.push(title)
        }
      }
    })
    document.hasFocus = () => false
  })
}

const shownBySystem = (page: Page): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { shown: string[] }).shown)

test('a member who takes the name of another is told apart from them wherever a name is read', async ({ person, node }) => {
  const alice = await arrive(person, 'Alice')
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  const bob = await person('Bob')
  await attend(bob.page)
  await bob.open()
  await bob.signIn()
  await bob.openInvite(link)
  await alice.expectMember('Bob', 'direct')

  await using mallory = await openHostileClient(node, { name: 'Mallory', claims: 'Alice' })
  const tag = await mallory.join(link)
  await mallory.session.rooms.get(tag)!.room.messages.send.value!('Send me the key, please.')
  const forged = await bob.expectMessage('Send me the key')
  const suffixed = /^Alice · [a-z2-9]{4}$/
  await expect(forged).toHaveAttribute('data-author', suffixed)
  await expect(forged.getByRole('img', { name: 'Looks like the name of someone else you know here' })).toBeVisible()
  const real = drawerOf(bob).getByRole('listitem').filter({ hasText: /Alice(?! ·)/ })
  const impostor = drawerOf(bob).getByRole('listitem').filter({ hasText: /Alice · [a-z2-9]{4}/ })
  await expect(impostor).toContainText('Looks like another name')
  await expect(real.first().getByRole('img', { name: /confirmed|Looks like/ })).toHaveCount(0)
  expect((await shownBySystem(bob.page)).at(-1)).toMatch(/^Alice · [a-z2-9]{4} \(look-alike\) · Kitchen$/)
  // One name, two pictures.
  const pictureOf = (item: typeof real): Promise<string> => item.first().locator('.avatar').evaluate((element) => `${element.getAttribute('class')} ${element.getAttribute('style')}`)
  expect(await pictureOf(impostor)).not.toBe(await pictureOf(real))

  // A blank name is shown to nobody; one of Cyrillic letters is as like as the name itself.
  mallory.claims.value = 'ㅤ'
  await expect(forged).toHaveAttribute('data-author', /^#[a-z2-9]{4}$/)
  mallory.claims.value = 'Аlice'
  await expect(forged).toHaveAttribute('data-author', /^Аlice · [a-z2-9]{4}$/)
  // Under their own name the node stands for them.
  mallory.claims.value = 'Mallory'
  await expect(forged).toHaveAttribute('data-author', 'Mallory')
  await expect(forged.getByRole('img', { name: /confirmed|Looks like/ })).toHaveCount(0)
})

test('sixty offered conversations are one request: no room, no badge, no notification, and none once their sender is blocked', async ({ person, node }) => {
  const alice = await person('Alice')
  await attend(alice.page)
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  await using mallory = await openHostileClient(node, { name: 'Mallory', claims: 'Mallory' })
  const tag = await mallory.join(link)
  const { rooms } = mallory.session
  const her = await mallory.userOf(tag, 'Alice')
  const offer = async (text: string): Promise<void> => {
    const direct = await rooms.openDirect(her)
    await rooms.get(direct)!.room.messages.send.value!(text)
    // Who has left a conversation may begin another.
    await rooms.get(direct)!.room.settings.leave.value!()
  }
  for (let nth = 1; nth <= 60; nth++) await offer(`offer ${nth}`)
  await rooms.get(tag)!.room.messages.send.value!('That was all of them.')
  await alice.expectMessage('That was all of them.')

  const list = alice.page.getByRole('navigation', { name: 'Rooms' })
  await expect(list.getByRole('button', { name: 'Requests · 1', exact: true })).toBeVisible()
  await expect(list.getByRole('link')).toHaveCount(1)
  // What was said in the room that both are in, and nothing of the sixty.
  await expect(list.locator('.badge')).toHaveText(['1'])
  expect((await shownBySystem(alice.page)).filter((title) => title !== 'Mallory · Kitchen')).toEqual([])

  // A real one is not kept out by them, and answers its sender.
  const bob = await arrive(person, 'Bob')
  await bob.openInvite(link)
  await alice.expectMember('Bob', 'direct')
  await bob.page.getByRole('button', { name: 'More about Alice' }).click()
  await bob.page.getByRole('menuitem', { name: 'Message', exact: true }).click()
  await expect(bob.page.getByRole('heading', { name: 'Alice', exact: true, level: 1 })).toBeVisible()
  await bob.say('It is me, Bob.')
  await expect(list.getByRole('button', { name: 'Requests · 2', exact: true })).toBeVisible()
  await acceptRequest(alice, 'Bob')
  await alice.expectMessage('It is me, Bob.')

  await list.getByRole('button', { name: 'Requests · 1', exact: true }).click()
  await dialogOf(alice).getByRole('button', { name: 'Block Mallory' }).click()
  await expect(dialogOf(alice)).toContainText('No requests.')
  await alice.page.keyboard.press('Escape')
  await offer('one more')
  await rooms.get(tag)!.room.messages.send.value!('And another one.')
  await alice.enterRoom('Kitchen')
  await expect(boxOf(alice)).toBeVisible()
  await expect(alice.page.getByText('From someone you’ve blocked').or(alice.page.getByText('From somebody you have blocked.')).first()).toBeVisible()
  await expect(list.getByRole('button', { name: /^Requests/ })).toHaveCount(0)
  await expect(list.getByRole('link')).toHaveCount(2)
})

test('a name of blank letters, of two alphabets or with a picture is refused at the door with a reason, and O’Brien gets in', async ({ person, node }) => {
  const one = await person('O’Brien')
  await one.open()
  await one.askForCode('obrien@example.org')
  await one.enterCode(await node.mailbox.nextCode('obrien@example.org'))
  const field = one.page.getByRole('textbox', { name: 'Display name', exact: true })
  const refuse = async (name: string, reason: string): Promise<void> => {
    await field.fill(name)
    await one.page.getByRole('button', { name: 'Continue', exact: true }).click()
    await expect(one.page.getByRole('alert')).toContainText(reason)
  }
  await refuse('ㅤㅤ', 'characters that no one can see')
  await refuse('Аlice', 'two alphabets')
  await refuse('Anna 🌸', '“🌸”')
  await refuse('...', 'wrong place')
  await field.fill('O’Brien')
  await one.page.getByRole('button', { name: 'Continue', exact: true }).click()
  await expect(field).toBeHidden()
  await expect(one.page.getByText('O’Brien').first()).toBeVisible()
})
