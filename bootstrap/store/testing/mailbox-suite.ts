/** What the repositories of the mailbox promise, on any database that the node may use. */
import { expect, it } from 'vitest'
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import type { MailboxStore } from '../mailbox.ts'
import type { NewMailboxEntry } from '../mailbox-entries.ts'

const LATE = 8_640_000_000_000_000
const ROOM = 'room' as RoomTag
const LOG = 'log' as DevTag

interface EntryOptions { devTag?: string, length?: number, isOperation?: boolean }

const entry = (seq: number, { devTag = LOG, length = 3, isOperation = false }: EntryOptions = {}): NewMailboxEntry => ({
  devTag: devTag as DevTag,
  device: `device of ${devTag}` as DeviceKey,
  seq,
  id: `${devTag}/${seq}` as EnvelopeId,
  isOperation,
  envelope: new Uint8Array(length).fill(seq)
})

const range = (from: number, to: number): NewMailboxEntry[] =>
  Array.from({ length: to - from + 1 }, (_, n) => entry(from + n))

export function describeMailbox (store: () => MailboxStore): void {
  const addRoom = async (roomTag: string = ROOM, now = LATE): Promise<void> =>
    await store().rooms.add({ roomTag, accessKey: `key of ${roomTag}`, accountId: 'alice', now })
  describeRooms(store, addRoom)
  describeEntries(store, addRoom)
  describeExpiry(store, addRoom)
  describeInvitations(store, addRoom)
}

type AddRoom = (roomTag?: string, now?: number) => Promise<void>

function describeRooms (store: () => MailboxStore, addRoom: AddRoom): void {
  it('register a room under the key that came first', async () => {
    const { rooms } = store()
    await Promise.all(['first', 'second'].map((accessKey) =>
      rooms.add({ roomTag: ROOM, accessKey, accountId: accessKey, now: 1 })))
    const key = await rooms.accessKeyOf(ROOM)
    expect(['first', 'second']).toContain(key)
    await addRoom(ROOM)
    expect(await rooms.accessKeyOf(ROOM)).toBe(key)
    await addRoom('other')
    expect(await rooms.accessKeysOf([ROOM, 'other', 'unknown'] as RoomTag[]))
      .toEqual(new Map([[ROOM, key], ['other', 'key of other']]))
    expect(await rooms.accessKeysOf([])).toEqual(new Map())
    expect(await rooms.accessKeyOf('unknown')).toBeNull()
    expect([await rooms.countOf('alice'), await rooms.countOf('nobody')]).toEqual([1, 0])
  })

  it('remove the rooms that are not used, with all that is in them', async () => {
    const { rooms, logs, entries, welcomes } = store()
    await addRoom(ROOM, 1)
    await addRoom('used', 1)
    await entries.append(ROOM, range(1, 2), { accountId: 'alice', now: 1 })
    await welcomes.put(ROOM, 'invite', { sealed: new Uint8Array(4), expiresAt: LATE, accountId: 'alice' })
    await rooms.touch('used', LATE)
    expect(await rooms.removeUnused(LATE)).toBe(1)
    expect([await rooms.accessKeyOf(ROOM), await rooms.accessKeyOf('used')]).toEqual([null, 'key of used'])
    expect([await logs.countOf('alice'), await entries.sizesOf('alice'), await welcomes.usageOf('alice')])
      .toEqual([0, [], { bytes: 0, rows: 0 }])
  })

  it('undo a transaction that fails, with the steps in it that have one of their own', async () => {
    const failing = store().transaction(async ({ rooms, entries }) => {
      await rooms.add({ roomTag: ROOM, accessKey: 'key', accountId: 'alice', now: 1 })
      await entries.append(ROOM, range(1, 3), { accountId: 'alice', now: 1 })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await store().rooms.accessKeyOf(ROOM)).toBeNull()
    expect([await store().logs.countOf('alice'), await store().entries.sizesOf('alice')]).toEqual([0, []])
    await addRoom()
    expect(await store().transaction(async ({ rooms }) => await rooms.countOf('alice'))).toBe(1)
  })
}

function describeEntries (store: () => MailboxStore, addRoom: AddRoom): void {
  it('know the stretches that are held of each log, and its head', async () => {
    await addRoom()
    const { entries, logs } = store()
    const seqs = [1, 2, 3, 7, LATE, LATE + 1]
    const ofOther = [entry(9, { devTag: 'b' }), entry(10, { devTag: 'b' })]
    await entries.append(ROOM, [...seqs.map((seq) => entry(seq)), ...ofOther], { accountId: 'alice', now: LATE })
    await entries.append(ROOM, [entry(8)], { accountId: 'bob', now: LATE })
    const rows = (await logs.listOf(ROOM)).sort((a, b) => a.devTag < b.devTag ? -1 : 1)
    expect(rows).toEqual([
      { devTag: 'b', device: 'device of b', expiredTo: 0, have: [{ from: 9, to: 10 }], head: 'b/10' },
      {
        devTag: LOG, device: 'device of log', expiredTo: 0, head: `log/${LATE + 1}`,
        have: [{ from: 1, to: 3 }, { from: 7, to: 8 }, { from: LATE, to: LATE + 1 }]
      }
    ])
    expect([await logs.countOf('alice'), await logs.countOf('bob')]).toEqual([2, 0])
    expect(await logs.listOf('unknown' as RoomTag)).toEqual([])
  })

  it('store an entry once, and nothing of a batch that fails', async () => {
    await addRoom()
    const { entries, logs } = store()
    const by = { accountId: 'alice', now: 1 }
    await entries.append(ROOM, [], by)
    await Promise.all([entries.append(ROOM, range(1, 3), by), entries.append(ROOM, range(2, 600), by)])
    expect((await logs.listOf(ROOM))[0]?.have).toEqual([{ from: 1, to: 600 }])
    await entries.append(ROOM, [entry(2, { length: 9 })], { accountId: 'bob', now: 2 })
    expect(await entries.sizesOf('alice')).toEqual([{ bytes: 3, rows: 600 }])
    expect(await entries.sizesOf('bob')).toEqual([])
    await expect(entries.append('unknown' as RoomTag, range(1, 2), by)).rejects.toThrow()
    expect(await logs.countOf('alice')).toBe(1)
  })

  it('read a range from its end, all of it or the operations', async () => {
    await addRoom()
    const { entries } = store()
    const written = [entry(1, { isOperation: true }), ...range(2, 5), entry(LATE)]
    await entries.append(ROOM, written, { accountId: 'alice', now: 1 })
    const seqs = async (from: number, to: number, options: { limit: number, only?: 'operations' }): Promise<number[]> =>
      (await entries.read(ROOM, LOG, { from, to }, options)).map(({ seq }) => seq)
    expect(await seqs(2, LATE, { limit: 3 })).toEqual([LATE, 5, 4])
    expect(await seqs(1, 3, { limit: 10 })).toEqual([3, 2, 1])
    expect(await seqs(1, LATE, { limit: 10, only: 'operations' })).toEqual([1])
    const [read] = await entries.read(ROOM, LOG, { from: 4, to: 4 }, { limit: 1 })
    expect([read?.id, [...read?.envelope ?? []]]).toEqual(['log/4', [4, 4, 4]])
    expect([await entries.idAt(ROOM, LOG, LATE), await entries.idAt(ROOM, LOG, 6)]).toEqual([`log/${LATE}`, null])
  })

  it('replace envelopes of messages, and count their new size', async () => {
    await addRoom()
    const { entries } = store()
    await entries.append(ROOM, [entry(1, { isOperation: true }), ...range(2, 4)], { accountId: 'alice', now: 1 })
    expect((await entries.messagesAt(ROOM, LOG, [1, 2, 4, 9])).map(({ seq }) => seq).sort()).toEqual([2, 4])
    expect(await entries.messagesAt(ROOM, LOG, [])).toEqual([])
    await entries.replaceEnvelope({ roomTag: ROOM, devTag: LOG, seq: 2 }, new Uint8Array(1))
    const sizes = (await entries.sizesOf('alice')).sort((a, b) => a.bytes - b.bytes)
    expect(sizes).toEqual([{ bytes: 1, rows: 1 }, { bytes: 3, rows: 3 }])
  })
}

function describeExpiry (store: () => MailboxStore, addRoom: AddRoom): void {
  it('expire messages by their age, keep operations, and record how far', async () => {
    await addRoom()
    const { entries, logs } = store()
    await entries.append(ROOM, [entry(1, { isOperation: true }), ...range(2, 4)], { accountId: 'alice', now: 1 })
    await entries.append(ROOM, [entry(LATE), entry(1, { devTag: 'b' })], { accountId: 'alice', now: LATE })
    expect(await entries.expireMessages(1)).toBe(0)
    expect(await entries.expireMessages(LATE)).toBe(3)
    const reached = (await logs.listOf(ROOM)).map(({ devTag, expiredTo }) => [devTag, expiredTo]).sort()
    expect(reached).toEqual([['b', 0], ['log', 4]])
    expect(await entries.expireMessages(LATE + 1)).toBe(2)
    const rows = (await logs.listOf(ROOM)).sort((a, b) => a.devTag < b.devTag ? -1 : 1)
    expect(rows).toMatchObject([
      { devTag: 'b', expiredTo: 1, have: [], head: null },
      { devTag: LOG, expiredTo: LATE, have: [{ from: 1, to: 1 }], head: 'log/1' }
    ])
    // Messages before it that come again and expire again move it no further back.
    await entries.append(ROOM, [entry(3)], { accountId: 'alice', now: 1 })
    expect(await entries.expireMessages(2)).toBe(1)
    expect((await logs.listOf(ROOM)).find(({ devTag }) => devTag === LOG)?.expiredTo).toBe(LATE)
  })
}

function describeInvitations (store: () => MailboxStore, addRoom: AddRoom): void {
  const blob = (length: number): Uint8Array => new Uint8Array(length).fill(7)

  it('keep the latest welcome of an invitation until its time is over', async () => {
    await addRoom()
    const { welcomes } = store()
    await welcomes.put(ROOM, 'invite', { sealed: blob(3), expiresAt: 5, accountId: 'alice' })
    await welcomes.put(ROOM, 'invite', { sealed: blob(4), expiresAt: LATE, accountId: 'bob' })
    await welcomes.put(ROOM, 'other', { sealed: blob(5), expiresAt: 5, accountId: 'bob' })
    const found = await welcomes.find(ROOM, 'invite', LATE - 1)
    expect([found?.expiresAt, found?.sealed.length]).toEqual([LATE, 4])
    expect(await welcomes.find(ROOM, 'invite', LATE)).toBeNull()
    expect(await welcomes.usageOf('alice')).toEqual({ bytes: 0, rows: 0 })
    expect(await welcomes.usageOf('bob')).toEqual({ bytes: 9, rows: 2 })
    await welcomes.purge(5)
    expect(await welcomes.usageOf('bob')).toEqual({ bytes: 4, rows: 1 })
    expect([await welcomes.remove(ROOM, 'invite'), await welcomes.remove(ROOM, 'invite')]).toEqual([true, false])
  })

  it('list the requests without an answer, the oldest first, and charge whoever answers', async () => {
    await addRoom()
    const { requests } = store()
    const put = (id: string, createdAt: number, expiresAt = LATE): Promise<void> =>
      requests.put(ROOM, {
        id, inviteId: 'invite', deviceId: `device ${id}`, sealed: blob(3), accountId: 'joiner', createdAt, expiresAt
      })
    await Promise.all([put('c', 3), put('b', 1), put('a', 1), put('late', LATE - 2), put('expired', 1, 5)])
    const list = async (limit = 9): Promise<string[]> =>
      (await requests.listUnanswered(ROOM, { now: 5, limit })).map(({ id }) => id)
    expect([await list(), await list(2)]).toEqual([['a', 'b', 'c', 'late'], ['a', 'b']])
    expect([await requests.countOthers(ROOM, 'a', 5), await requests.countOthers(ROOM, 'new', 4)]).toEqual([3, 5])
    await requests.answer(ROOM, 'a', blob(10), { accountId: 'alice', bytes: 13 })
    expect(await list()).toEqual(['b', 'c', 'late'])
    expect(await requests.usageOf('joiner')).toEqual({ bytes: 12, rows: 4 })
    expect(await requests.usageOf('alice')).toEqual({ bytes: 13, rows: 1 })
    expect((await requests.find(ROOM, 'a', 5))?.answer?.length).toBe(10)
    expect(await requests.find(ROOM, 'late', 5))
      .toMatchObject({ inviteId: 'invite', deviceId: 'device late', answer: null, createdAt: LATE - 2 })
    expect([await requests.find(ROOM, 'expired', 5), await requests.find(ROOM, 'unknown', 5)]).toEqual([null, null])
    // The same device asks again: its answer is gone.
    await put('a', 9)
    expect((await requests.find(ROOM, 'a', 5))?.answer).toBeNull()
    await requests.remove(ROOM, 'a')
    await requests.purge(5)
    expect(await requests.usageOf('joiner')).toEqual({ bytes: 9, rows: 3 })
  })
}
