/** What becomes of messages after they were sent, told by real clients at a real node. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { startTestNode, type TestNode } from './testing/node.ts'
import { signIn, type Person } from './testing/people.ts'

let node: TestNode
const here: Person[] = []
beforeAll(async () => { node = await startTestNode() })
afterAll(async () => await node.remove())
afterEach(async () => { for (const person of here.splice(0)) await person.leave() })

async function arrive (name: string): Promise<Person> {
  const person = await signIn(`${name} ${crypto.randomUUID().slice(0, 8)}`, node)
  here.push(person)
  return person
}

async function kitchen (): Promise<{ alice: Person, bob: Person, tag: RoomTag }> {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  const { link } = await alice.room(tag).invite.value!()
  expect(await bob.join(link)).toMatchObject({ status: 'joined', roomTag: tag })
  return { alice, bob, tag }
}

async function comeBack (person: Person): Promise<Person> {
  await person.leave()
  const again = await person.return()
  here.push(again)
  return again
}

describe('a message', () => {
  it('is edited by its author, and everybody sees the new words', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'teh cake')
    const { id, canEdit } = await alice.sees(tag, 'teh cake')
    expect(canEdit).toBe(true)
    expect(await bob.sees(tag, 'teh cake')).toMatchObject({ canEdit: false, canDelete: false, editedAt: null })
    await alice.room(tag).editMessage.value?.(id, 'the cake')
    expect(await bob.sees(tag, 'the cake')).toMatchObject({ id, editedAt: expect.any(Number) as number })
    await expect.poll(() => bob.room(tag).summary.value.lastMessage?.text, { timeout: 10_000 }).toBe('the cake')
    expect((await (await comeBack(bob)).sees(tag, 'the cake')).id).toBe(id)
    await expect(alice.room(tag).editMessage.value?.(id, ' ')).rejects.toMatchObject({ code: 'message-empty' })
  })

  it('is deleted by its author, also for who was away, and stays deleted', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'the secret')
    const { id } = await alice.sees(tag, 'the secret')
    await bob.sees(tag, 'the secret')
    await expect.poll(() => bob.room(tag).summary.value.unread, { timeout: 10_000 }).toBe(1)
    await bob.leave()
    await alice.room(tag).deleteMessage.value?.(id)
    expect(await alice.sees(tag, '')).toMatchObject({ id, deleted: 'author', canEdit: false, canDelete: false })
    const again = await bob.return()
    here.push(again)
    expect(await again.sees(tag, '')).toMatchObject({ id, deleted: 'author' })
    await expect.poll(() => again.room(tag).summary.value.unread, { timeout: 10_000 }).toBe(0)
    expect((await comeBack(again)).room(tag).summary.value.unread).toBe(0)
  })

  it('of somebody else is neither edited nor deleted', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'mine')
    const { id } = await bob.sees(tag, 'mine')
    await expect(bob.room(tag).editMessage.value?.(id, 'yours')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(bob.room(tag).deleteMessage.value?.(id)).rejects.toMatchObject({ code: 'not-allowed' })
  })
})
