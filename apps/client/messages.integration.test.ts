/** What becomes of messages after they were sent, told by real clients at a real node. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Dexie } from 'dexie'
import { describe, expect, it } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { readEnvelope } from '#shared/wire/envelope.ts'
import { atTestNode } from './testing/at-test-node.ts'
import { until, type Person } from './testing/people.ts'

const here = atTestNode()
const { arrive, comeBack } = here

async function kitchen (): Promise<{ alice: Person, bob: Person, tag: RoomTag }> {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  const { link } = await alice.room(tag).entry.invite.value!()
  expect(await bob.join(link)).toMatchObject({ status: 'joined', roomTag: tag })
  return { alice, bob, tag }
}

/** Of each message of the room that the mailbox keeps, by position, whether its body is gone. */
function erasedAtNode (tag: RoomTag): boolean[] {
  const database = new DatabaseSync(join(here.node.dataDir, 'parley.db'), { readOnly: true })
  const rows = database.prepare('select envelope from mailbox_entries where room_tag = ? and is_operation = 0 order by seq').all(tag)
  database.close()
  return rows.map((row) => 'erasedHash' in readEnvelope(row['envelope'] as Uint8Array).body)
}

async function restart (person: Person): Promise<Person> {
  await person.leave()
  return await comeBack(person)
}

describe('the state of a message', () => {
  it('is read once somebody has read it, also after a restart', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'have you seen this?')
    const { id } = await alice.sees(tag, 'have you seen this?', 'delivered')
    expect(await alice.room(tag).messages.receiptsOf(id)).toMatchObject([{ name: bob.name, isDelivered: true, isRead: false }])
    await bob.sees(tag, 'have you seen this?')
    await bob.room(tag).messages.markRead()
    expect(await alice.sees(tag, 'have you seen this?', 'read')).toMatchObject({ readBy: 1, deliveredTo: 1, deliveredOf: 1 })
    expect(await alice.room(tag).messages.receiptsOf(id)).toMatchObject([{ name: bob.name, isDelivered: true, isRead: true }])
    await bob.leave()
    const again = await restart(alice)
    expect(await again.sees(tag, 'have you seen this?', 'read')).toMatchObject({ readBy: 1 })
  })

  it('becomes known to who was away while it was read', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'for later')
    await alice.sees(tag, 'for later', 'delivered')
    await alice.leave()
    await bob.sees(tag, 'for later')
    await bob.room(tag).messages.markRead()
    const again = await comeBack(alice)
    await again.sees(tag, 'for later', 'read')
  })

  it('stays delivered where the reader does not want to tell', async () => {
    const { alice, bob, tag } = await kitchen()
    expect(bob.room(tag).messages.sendsReadMarks.value).toBe(true)
    await bob.room(tag).messages.setSendsReadMarks(false)
    expect(bob.room(tag).messages.sendsReadMarks.value).toBe(false)
    await alice.say(tag, 'a secret reader')
    await bob.sees(tag, 'a secret reader')
    await bob.room(tag).messages.markRead()
    // What is told later arrives later: once the next message is read openly, the first one would have been known before.
    await alice.say(tag, 'an open reader')
    const { id } = await alice.sees(tag, 'an open reader', 'delivered')
    expect(await alice.room(tag).messages.receiptsOf(id)).toMatchObject([{ isRead: false }])
    expect((await alice.sees(tag, 'a secret reader')).readBy).toBe(0)
    const again = await restart(bob)
    expect(again.room(tag).messages.sendsReadMarks.value).toBe(false)
    await again.room(tag).messages.setSendsReadMarks(true)
    await again.sees(tag, 'an open reader')
    await again.room(tag).messages.markRead()
    await alice.sees(tag, 'an open reader', 'read')
  })

  it('counts people who were there when it was written, not devices and not those who came later', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'for Bob')
    await alice.sees(tag, 'for Bob', 'delivered')
    const carol = await arrive('Carol')
    const { link } = await alice.room(tag).entry.invite.value!()
    await carol.join(link)
    await carol.sees(tag, 'for Bob')
    await alice.say(tag, 'for both')
    await until(alice.room(tag).messages.openTimeline().messages, (shown) => shown?.some(({ text, deliveredTo }) => text === 'for both' && deliveredTo === 2) ?? false, 'both have it')
    expect(await alice.sees(tag, 'for both')).toMatchObject({ deliveredTo: 2, deliveredOf: 2 })
    const forBob = await alice.sees(tag, 'for Bob')
    expect(forBob).toMatchObject({ deliveredTo: 1, deliveredOf: 1 })
    expect((await alice.room(tag).messages.receiptsOf(forBob.id)).find(({ name }) => name === carol.name)).toMatchObject({ cameLater: true, isDelivered: true })
    expect((await alice.room(tag).messages.receiptsOf((await alice.sees(tag, 'for both')).id)).map(({ name }) => name).sort()).toEqual([bob.name, carol.name].sort())
  })
})

describe('a message', () => {
  it('is edited by its author, and everybody sees the new words', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'teh cake')
    const { id, canEdit } = await alice.sees(tag, 'teh cake')
    expect(canEdit).toBe(true)
    expect(await bob.sees(tag, 'teh cake')).toMatchObject({ canEdit: false, canDelete: false, editedAt: null })
    await alice.room(tag).messages.edit.value?.(id, 'the cake')
    expect(await bob.sees(tag, 'the cake')).toMatchObject({ id, editedAt: expect.any(Number) as number })
    await expect.poll(() => bob.room(tag).summary.value.lastMessage?.text, { timeout: 10_000 }).toBe('the cake')
    expect((await (await restart(bob)).sees(tag, 'the cake')).id).toBe(id)
    await expect(alice.room(tag).messages.edit.value?.(id, ' ')).rejects.toMatchObject({ code: 'message-empty' })
  })

  it('is deleted by its author, also for who was away, and stays deleted', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'the secret')
    const { id } = await alice.sees(tag, 'the secret')
    await bob.sees(tag, 'the secret')
    await expect.poll(() => bob.room(tag).summary.value.unread, { timeout: 10_000 }).toBe(1)
    await bob.leave()
    await alice.room(tag).messages.delete.value?.(id)
    expect(await alice.sees(tag, '')).toMatchObject({ id, deleted: 'author', canEdit: false, canDelete: false })
    const again = await comeBack(bob)
    expect(await again.sees(tag, '')).toMatchObject({ id, deleted: 'author' })
    await expect.poll(() => again.room(tag).summary.value.unread, { timeout: 10_000 }).toBe(0)
    expect((await restart(again)).room(tag).summary.value.unread).toBe(0)
  })

  it('of somebody else is neither edited nor deleted', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'mine')
    const { id } = await bob.sees(tag, 'mine')
    await expect(bob.room(tag).messages.edit.value?.(id, 'yours')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(bob.room(tag).messages.delete.value?.(id)).rejects.toMatchObject({ code: 'not-allowed' })
  })
})

describe('what is gone', () => {
  it('is gone from the mailbox too, so that whoever comes later gets no words of it', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'the secret')
    await alice.sees(tag, 'the secret', 'delivered')
    await until(alice.room(tag).messages.keptAtNode, Boolean, 'the mailbox has it')
    expect(erasedAtNode(tag)).toEqual([false])
    await alice.room(tag).messages.delete.value?.((await alice.sees(tag, 'the secret')).id)
    await bob.sees(tag, '')
    // What is left is the deletion itself.
    await expect.poll(() => erasedAtNode(tag), { timeout: 10_000 }).toEqual([true, false])
  })

  it('goes by the policy of the room, here and at the mailbox', async () => {
    const { alice, bob, tag } = await kitchen()
    for (const text of ['one', 'two', 'three']) await alice.say(tag, text)
    await bob.sees(tag, 'three')
    await alice.room(tag).settings.changePolicy.value?.({ retentionCount: 1 })
    for (const person of [alice, bob]) await expect.poll(() => person.texts(tag), { timeout: 15_000 }).toEqual(['three'])
    expect(bob.room(tag).settings.policy.value.retentionCount).toBe(1)
    await expect.poll(() => erasedAtNode(tag), { timeout: 15_000 }).toEqual([true, true, false])
  })

  it('from the storage of one device comes back from a member', async () => {
    const { alice, bob, tag } = await kitchen()
    for (const text of ['one', 'two', 'three']) await alice.say(tag, text)
    await bob.sees(tag, 'three')
    await bob.leave()
    const raw = await new Dexie(bob.profile).open()
    await raw.table('entries').toCollection().filter((row: { order?: unknown }) => row.order !== undefined).modify((row: { bytes: Uint8Array }) => { row.bytes = row.bytes.slice(0, 30) })
    raw.close()
    const again = await comeBack(bob)
    for (const text of ['one', 'two', 'three']) await again.sees(tag, text)
    expect(await again.room(tag).settings.repair()).toMatchObject({ damaged: 0 })
  })

  it('with all of a room comes back from a member', async () => {
    const { alice, bob, tag } = await kitchen()
    for (const text of ['one', 'two', 'three']) await alice.say(tag, text)
    await bob.sees(tag, 'three')
    await bob.say(tag, 'mine')
    await alice.sees(tag, 'mine')
    await bob.leave()
    const raw = await new Dexie(bob.profile).open()
    await raw.table('entries').clear()
    await raw.table('logs').clear()
    raw.close()
    const again = await comeBack(bob)
    for (const text of ['one', 'two', 'three', 'mine']) await again.sees(tag, text)
    await again.say(tag, 'back')
    await alice.sees(tag, 'back')
  })

  it('with the room itself is gone for good once one has left it', async () => {
    const { alice, bob, tag } = await kitchen()
    await alice.say(tag, 'hello')
    await bob.sees(tag, 'hello')
    expect((await bob.client.storageUse()).rooms).toMatchObject([{ tag, name: 'Kitchen', messages: 1, bytes: expect.any(Number) as number }])
    expect(bob.room(tag).settings.forget.value).toBeNull()
    await bob.room(tag).settings.leave.value?.()
    await until(bob.room(tag).settings.forget, (forget) => forget !== null, 'Bob is out')
    const forgotten = bob.room(tag).settings.forget.value?.()
    await until(bob.client.rooms, (rooms) => rooms?.length === 0, 'the room is gone from the list')
    expect(bob.client.room(tag)).toBeNull()
    // What is seen to be gone is gone: whoever closes the window now does not find it again.
    const raw = await new Dexie(bob.profile).open()
    expect(await raw.table('rooms').count()).toBe(0)
    raw.close()
    await forgotten
    const again = await restart(bob)
    expect(again.client.rooms.value).toEqual([])
  })
})
