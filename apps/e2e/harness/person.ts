/**
 * What a person does with the app, by the names that they see or hear. No verb knows how the app is built: it clicks, types and reads.
 * Each waits for what it promises, so a story reads as a story.
 */
import { expect, type Locator, type Page } from '@playwright/test'
import type { Mailbox } from './mailbox.ts'

/** In the order in which a message gets there: waiting for one accepts every later one. */
const STATES = ['sending', 'sent', 'delivered', 'read'] as const
export type ReachedState = (typeof STATES)[number]

export interface ConnectionSeen { online: number, direct: number, relayed: number }

export interface Person {
  readonly name: string
  readonly email: string
  readonly page: Page
  /** Opens the app at its front door. */
  open(): Promise<void>
  /** From the front door, or wherever the app asks for it, to being signed in under `name`. */
  signIn(): Promise<void>
  /** The same with a name that the account has already: on another device, or after this one was erased. */
  signInAgain(): Promise<void>
  /** Asks for a code and stops at the question for it. */
  askForCode(email?: string): Promise<void>
  enterCode(code: string): Promise<void>
  createRoom(name: string): Promise<void>
  /** The link of the open room, from the invite dialog. */
  copyInvite(): Promise<string>
  /** Opens a link as from a mail, says yes, and waits until the room is there. */
  openInvite(link: string): Promise<void>
  /** Goes to a room by the sidebar. */
  enterRoom(name: string): Promise<void>
  say(text: string): Promise<void>
  /** Waits for a message with this text; with a state, until it has got that far. */
  expectMessage(text: string, options?: { state?: ReachedState }): Promise<Locator>
  message(text: string): Locator
  /** The list items of the members drawer. */
  members(): Locator
  /** Waits until this member is reached directly (or as told). */
  expectMember(name: string, link?: 'direct' | 'relayed' | 'none'): Promise<void>
  connection(): Promise<ConnectionSeen>
  /** A room's entry in the sidebar; its accessible name also tells how much is unread. */
  roomLink(name: string): Locator
  /** Erases this device, through the settings. */
  signOut(): Promise<void>
}

export interface PersonOptions { name: string, email?: string, page: Page, origin: string, mailbox: Mailbox }

export function createPerson ({ name, page, origin, mailbox, email = `${name.toLowerCase()}@example.org` }: PersonOptions): Person {
  const button = (label: string, within: Page | Locator = page): Locator => within.getByRole('button', { name: label, exact: true })
  const field = (label: string, within: Page | Locator = page): Locator => within.getByRole('textbox', { name: label, exact: true })
  const log = (): Locator => page.getByRole('log', { name: 'Messages' })
  const roomLink = (room: string): Locator => page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room })
  const message = (text: string): Locator => log().getByRole('article').filter({ hasText: text })
  const members = (): Locator => page.getByRole('complementary', { name: 'Members' }).getByRole('listitem')

  const askForCode = async (address = email): Promise<void> => {
    await field('E-mail').fill(address)
    await button('Send code').click()
    await expect(field('Code')).toBeVisible()
  }

  const enterCode = async (code: string): Promise<void> => {
    await field('Code').fill(code)
    await button('Sign in').click()
  }

  return {
    name,
    email,
    page,
    async open () {
      await page.goto(origin)
    },
    askForCode,
    enterCode,
    async signIn () {
      if (!page.url().startsWith(origin)) await page.goto(origin)
      await askForCode()
      await enterCode(await mailbox.nextCode(email))
      await field('Display name').fill(name)
      await button('Continue').click()
      await expect(field('Display name')).toBeHidden()
    },
    async signInAgain () {
      if (!page.url().startsWith(origin)) await page.goto(origin)
      await askForCode()
      await enterCode(await mailbox.nextCode(email))
      await expect(field('Code')).toBeHidden()
      await expect(field('Display name')).toBeHidden()
    },
    async createRoom (room) {
      await button('Create room').first().click()
      const dialog = page.getByRole('dialog')
      await field('Room name', dialog).fill(room)
      await button('Create', dialog).click()
      await expect(page.getByRole('heading', { name: room, exact: true })).toBeVisible()
    },
    async copyInvite () {
      await button('Invite').click()
      const link = field('Link', page.getByRole('dialog'))
      await expect(link).toHaveValue(/\/join#v1\./)
      const value = await link.inputValue()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toBeHidden()
      return value
    },
    async openInvite (link) {
      await page.goto(link)
      await button('Join').click()
      await expect(field('Message')).toBeVisible()
    },
    async enterRoom (room) {
      await roomLink(room).click()
      await expect(page.getByRole('heading', { name: room, exact: true })).toBeVisible()
    },
    async say (text) {
      // A room can be writable while the dialog that led into it still closes; keys would go to the dialog.
      await expect(page.locator('dialog:modal')).toHaveCount(0)
      await field('Message').fill(text)
      await field('Message').press('Enter')
      await expect(message(text)).toBeVisible()
      await expect(field('Message')).toHaveValue('')
    },
    async expectMessage (text, { state } = {}) {
      const found = message(text)
      await expect(found).toHaveCount(1)
      if (state !== undefined) await expect(found).toHaveAttribute('data-state', new RegExp(`^(${STATES.slice(STATES.indexOf(state)).join('|')})$`))
      return found
    },
    message,
    members,
    async expectMember (member, link) {
      const item = members().filter({ hasText: member })
      await expect(item).toHaveCount(1)
      if (link !== undefined) await expect(item).toHaveAttribute('data-link', link)
    },
    async connection () {
      const status = page.getByRole('status', { name: 'Connection' })
      const read = async (key: string): Promise<number> => Number(await status.getAttribute(`data-${key}`))
      return { online: await read('online'), direct: await read('direct'), relayed: await read('relayed') }
    },
    roomLink,
    async signOut () {
      await button('Settings').click()
      await page.getByRole('tab', { name: 'Account' }).click()
      await button('Sign out', page.getByRole('dialog')).click()
      await button('Erase and leave').click()
      await expect(field('E-mail')).toBeVisible()
    }
  }
}
