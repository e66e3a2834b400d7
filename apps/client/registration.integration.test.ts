/** A node where a new account takes an invitation: real clients, by real links. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatInvite, parseInvite, toDeepLink } from '#shared/invite.ts'
import { startTestNode, type TestNode } from './testing/node.ts'
import { createPerson, signInAs, type Person } from './testing/people.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

let node: TestNode
let alice: Person
const here: Person[] = []
const newcomer = async (name: string): Promise<Person> => {
  const person = await createPerson(name, node)
  here.push(person)
  return person
}
const signUp = async (person: Person, link: string | null): Promise<void> => {
  const email = `${person.name.toLowerCase()}@example.org`
  await person.client.signIn.requestCode(email)
  await person.client.signIn.verifyCode(email, await node.codeFor(email), link)
}

beforeEach(async () => {
  node = await startTestNode()
  alice = await signInAs('Alice', node, 'alice@example.org')
  await node.kill()
  await node.start({ REGISTRATION: 'invite' })
  await alice.leave()
  alice = await alice.return()
  here.push(alice)
  await vi.waitUntil(() => alice.client.connection.value.node === 'online', { timeout: 30_000 })
})
afterEach(async () => {
  for (const person of here.splice(0)) await person.leave()
  await node.remove()
})

describe('on a node where a new account takes an invitation', () => {
  it('somebody without a link is told before they ask, and does not get in', async () => {
    const bob = await newcomer('Bob')
    expect(await bob.client.signIn.registration()).toBe('invite')
    await expect(signUp(bob, null)).rejects.toMatchObject({ code: 'registration-invite' })
    expect(bob.client.account.value.status).toBe('signed-out')
  })

  it('a newcomer by a link gets in and joins; the link shown again lets the next one in, until it is used up', async () => {
    const tag = await alice.client.createRoom({ name: 'Kitchen' })
    const { link } = await alice.room(tag).entry.invite.value!({ maxUses: 2 })
    expect(parseInvite(link).pass).toHaveLength(16)
    const bob = await newcomer('Bob')
    expect(bob.client.readInvite(link).hasPass).toBe(true)
    await signUp(bob, link)
    await bob.client.signIn.chooseName('Bob')
    expect(await bob.join(link)).toMatchObject({ status: 'joined', roomTag: tag })

    const shown = alice.room(tag).entry.invites.value[0]?.link ?? ''
    expect(parseInvite(shown)).toEqual(parseInvite(link))
    await signUp(await newcomer('Carol'), toDeepLink(shown))
    await expect(signUp(await newcomer('Dave'), link)).rejects.toMatchObject({ code: 'pass-used-up' })
  })

  it('a link of before the node asked for invitations says so, and lets in who has an account', async () => {
    const tag = await alice.client.createRoom({ name: 'Kitchen' })
    const { link } = await alice.room(tag).entry.invite.value!()
    const { pass: _, ...before } = parseInvite(link)
    await expect(signUp(await newcomer('Bob'), formatInvite(before))).rejects.toMatchObject({ code: 'registration-invite' })
    const phone = await newcomer('Phone')
    const email = 'alice@example.org'
    await phone.client.signIn.requestCode(email)
    await phone.client.signIn.verifyCode(email, await node.codeFor(email), formatInvite(before))
    expect(phone.client.account.value.status).toBe('signed-in')
  })
})

it('on an open node links carry no pass and newcomers are told nothing', async () => {
  await node.kill()
  await node.start({})
  await vi.waitUntil(() => alice.client.connection.value.node === 'online', { timeout: 30_000 })
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  await vi.waitUntil(async () => parseInvite((await alice.room(tag).entry.invite.value!()).link).pass === undefined, { timeout: 30_000 })
  expect(await (await newcomer('Bob')).client.signIn.registration()).toBe('open')
})
