/** Alice, Bob and Carol edit and take back what they wrote, and others try to. */
import { describe, expect, it } from 'vitest'
import type { EnvelopeId } from '#shared/ids.ts'
import { decodeEnvelope, eraseBody, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { copy, entriesOf, openKitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeDelete, encodeEdit, encodeText } from '../messages/content.ts'

const say = async ({ log }: LogHolder, text: string): Promise<EnvelopeId> => (await log.writeMessage(encodeText(text))).id
const edit = async ({ log }: LogHolder, id: EnvelopeId, text: string): Promise<EnvelopeId> => (await log.writeMessage(encodeEdit(id, text))).id
const takeBack = async ({ log }: LogHolder, ...ids: EnvelopeId[]): Promise<EnvelopeId> => (await log.writeMessage(encodeDelete(ids))).id

/** Whether the stored entry still has its body. */
async function hasBody ({ log, store }: LogHolder, id: EnvelopeId): Promise<boolean | null> {
  const row = await store.entries.byId(log.roomTag, id)
  return row === null ? null : !('erasedHash' in (await decodeEnvelope(row.bytes)).body)
}

function permutations<T> (items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}

describe('an edit', () => {
  it('changes what its author has said, and leaves the message where it stood', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'teh cake')
    await say(alice, 'after it')
    await edit(alice, id, 'the cake')
    await copy(alice, bob)
    expect(await bob.shown()).toEqual(['the cake', 'after it'])
    expect(await alice.shown()).toEqual(['the cake', 'after it'])
  })

  it('by somebody else has no effect', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'I like it')
    await copy(alice, bob)
    await edit(bob, id, 'I hate it')
    await copy(bob, alice)
    expect([await alice.shown(), await bob.shown()]).toEqual([['I like it'], ['I like it']])
  })

  it('that is the newest stands, in whatever order they come', async () => {
    await using room = await openKitchen()
    const { alice, bob, carol } = room
    const id = await say(alice, 'one')
    await edit(alice, id, 'two')
    await edit(alice, id, 'three')
    await copy(alice, bob)
    await copy(alice, carol, (entries) => entries.reverse())
    expect([await bob.shown(), await carol.shown()]).toEqual([['three'], ['three']])
  })

  it('is no news to count', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'one')
    await copy(alice, bob)
    expect(await bob.store.entries.unreadCount(room.tag)).toBe(1)
    await edit(alice, id, 'two')
    await copy(alice, bob)
    expect(await bob.store.entries.unreadCount(room.tag)).toBe(1)
  })
})

describe('a deletion', () => {
  it('wins in every order of arrival, also over edits that come later and after a restart', async () => {
    for (const order of permutations([0, 1, 2, 3])) {
      await using room = await openKitchen()
      const { alice, bob } = room
      const id = await say(alice, 'the secret')
      const edited = await edit(alice, id, 'the other secret')
      // Served before it is erased: Bob gets whole bodies, one at a time.
      const whole = (await entriesOf(alice)).slice(-2)
      await takeBack(alice, id, edited)
      const late = await edit(alice, id, 'a third secret')
      const [deletion, third] = (await entriesOf(alice)).slice(-2) as [VerifiedEnvelope, VerifiedEnvelope]
      const entries = [...whole, deletion, third]
      for (const nth of order) {
        await bob.log.append([entries[nth]!])
        await bob.reload()
      }
      expect(await bob.shown(), order.join()).toEqual(['†author'])
      expect([await hasBody(bob, id), await hasBody(bob, edited), await hasBody(bob, late)], order.join()).toEqual([false, false, true])
      expect(await bob.store.entries.unreadCount(room.tag), order.join()).toBe(0)
    }
  }, 60_000)

  it('erases the words from the disk of whoever wrote them, and the chain stays whole for newcomers', async () => {
    await using room = await openKitchen()
    const { alice, bob, carol } = room
    const id = await say(alice, 'the secret')
    await say(alice, 'after it')
    await takeBack(alice, id)
    expect(await hasBody(alice, id)).toBe(false)
    await copy(alice, bob)
    await copy(bob, carol, (entries) => entries.reverse())
    expect([await alice.shown(), await bob.shown(), await carol.shown()]).toEqual(Array(3).fill(['†author', 'after it']))
    expect(carol.log.vector()).toEqual(alice.log.vector())
    await carol.reload()
    expect(await carol.shown()).toEqual(['†author', 'after it'])
  })

  it('by somebody without the right has no effect, also on the edits it names', async () => {
    await using room = await openKitchen()
    const { alice, bob, carol } = room
    const id = await say(alice, 'mine')
    const edited = await edit(alice, id, 'mine, edited')
    await copy(alice, bob)
    await takeBack(bob, id, edited)
    await copy(bob, alice)
    await copy(bob, carol, (entries) => entries.reverse())
    for (const person of [alice, bob, carol]) {
      expect(await person.shown()).toEqual(['mine, edited'])
      expect(await hasBody(person, id)).toBe(true)
    }
  })

  it('by a moderator takes back what lower ranks wrote, where they were moderator', async () => {
    await using room = await openKitchen()
    const { alice, bob, carol } = room
    const before = await say(carol, 'before the promotion')
    await copy(carol, bob)
    await takeBack(bob, before)
    await copy(bob, alice)
    await alice.log.writeOperation({ type: 'role', user: bob.user, role: 'moderator', cuts: [] })
    await copy(alice, bob)
    const rude = await say(carol, 'something rude')
    await copy(carol, bob)
    await takeBack(bob, rude)
    // Carol hears of the deletion before she hears what gave Bob the right.
    await copy(bob, carol, (entries) => entries.filter(({ header }) => header.kind === 'message'))
    expect(await carol.shown()).toEqual(['before the promotion', 'something rude'])
    await copy(bob, carol)
    await copy(carol, alice)
    for (const person of [alice, bob, carol]) {
      expect(await person.shown(), person.name).toEqual(['before the promotion', '†moderator'])
      expect([await hasBody(person, before), await hasBody(person, rude)], person.name).toEqual([true, false])
    }
  })

  it('cannot take back an operation', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const [created] = await entriesOf(alice)
    await takeBack(alice, created!.id)
    await copy(alice, bob)
    expect(await hasBody(bob, created!.id)).toBe(true)
    await bob.reload()
    expect(bob.log.membership.value.members.size).toBe(3)
  })

  it('takes what was unread off the count', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'one')
    await say(alice, 'two')
    await copy(alice, bob)
    expect(await bob.store.entries.unreadCount(room.tag)).toBe(2)
    await takeBack(alice, id)
    await copy(alice, bob)
    expect(await bob.store.entries.unreadCount(room.tag)).toBe(1)
  })

  it('is told to whoever has the message open', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'one')
    await copy(alice, bob)
    const changed: EnvelopeId[] = []
    bob.log.events.on('changed', ({ ids }) => changed.push(...ids))
    await edit(alice, id, 'two')
    await copy(alice, bob)
    expect(changed).toEqual([id])
    await takeBack(alice, id)
    await copy(alice, bob)
    expect(changed).toEqual([id, id])
  })
})

describe('a copy without its body', () => {
  it('of a message that nobody took back is not taken in, and the whole one is later', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'still here')
    await say(alice, 'after it')
    const entries = await entriesOf(alice)
    await bob.log.append(await Promise.all(entries.map(async (entry) => entry.id === id ? await eraseBody(entry) : entry)))
    expect(bob.dropped).toContain('unexplained-erasure')
    expect(await bob.shown()).toEqual(['after it'])
    expect(bob.log.vector().get(alice.log.devTag)?.have).toHaveLength(2)
    await bob.log.append(entries)
    expect(await bob.shown()).toEqual(['still here', 'after it'])
  })

  it('of an operation is never taken in', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    await alice.log.writeOperation({ type: 'profile', name: 'Alice B' })
    const entries = await entriesOf(alice)
    await bob.log.append(await Promise.all(entries.map(eraseBody)))
    expect(bob.log.membership.value.members.get(alice.user)?.name).toBe('Alice')
    await bob.log.append(entries)
    expect(bob.log.membership.value.members.get(alice.user)?.name).toBe('Alice B')
  })

  it('does not replace what is held', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    const id = await say(alice, 'still here')
    await copy(alice, bob)
    await bob.log.append(await Promise.all((await entriesOf(alice)).map(eraseBody)))
    expect(await hasBody(bob, id)).toBe(true)
  })
})
