/** A profile that a former version has written opens in this one; the tables of each version stay as they were. */
import { Dexie } from 'dexie'
import { expect, test } from 'vitest'
import type { DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { decodeEnvelope } from '#shared/wire/envelope.ts'
import { epochFromSecrets, openBody, openVault, type StoredVaultKey } from '../crypto/index.ts'
import { loadDevice } from '../identity/index.ts'
import { decodeContent } from '../rooms/messages/content.ts'
import { restoreOldProfile } from '../testing/old-profile.ts'
import { openDatabase, relationKey, type Database, type EntryRow, type Store } from './index.ts'

const VERSION_1 = {
  keys: 'name', rooms: 'tag', epochs: '[roomTag+epochId]', logs: '[roomTag+devTag]', receipts: '[roomTag+device]',
  entries: '[roomTag+devTag+seq], [roomTag+order], id, operationOf, pendingIn, unreadIn'
}
const VERSION_2 = {
  ...VERSION_1,
  entries: '[roomTag+devTag+seq], [roomTag+order], *deletes, editOf, id, operationOf, pendingIn, unreadIn',
  marks: '[roomTag+device]'
}
const VERSION_3 = { ...VERSION_2, stretches: 'key, *places, *starts' }
const VERSION_4 = { ...VERSION_2, stretches: 'key, last' }
const VERSION_5 = { ...VERSION_4, entries: '[roomTag+devTag+seq], [roomTag+order], id, operationOf, pendingIn, *relates, unreadIn' }

async function tablesOf (name: string): Promise<{ version: number, stores: Record<string, string> }> {
  const raw = await new Dexie(name).open()
  const stores = Object.fromEntries(raw.tables.map(({ name: table, schema }) => [table, [schema.primKey.src, ...schema.indexes.map(({ src }) => src)].join(', ')]))
  raw.close()
  return { version: raw.verno, stores }
}

const storeOf = async (database: Database): Promise<Store> =>
  database.withVault(await openVault(await database.loadKey('vault') as StoredVaultKey, null, () => Promise.reject(new Error('the vault has a key'))))

/** What is shown in a room, oldest first. */
async function shownIn (store: Store, tag: RoomTag): Promise<string[]> {
  const epochs = await Promise.all((await store.epochs(tag)).map(epochFromSecrets))
  const rows = await store.entries.pageBefore(tag, null, 50)
  return await Promise.all(rows.reverse().map(async ({ bytes }) => {
    const { header, headerBytes, body } = await decodeEnvelope(bytes)
    if ('erasedHash' in body) return '†'
    const key = epochs.find((epoch) => epoch?.epochId === header.epochId)?.messageKey
    const content = decodeContent(await openBody(key!, headerBytes, body))
    return content.type === 'text' ? content.text : content.type
  }))
}

test('version 5 has these tables', async () => {
  const database = await openDatabase('new')
  database.close()
  expect(await tablesOf('new')).toEqual({ version: 5, stores: VERSION_5 })
})

test('a profile of version 1 opens: who one is, what was said, what is unread', async () => {
  const dump = await restoreOldProfile('profile-v1.cbor', 'old')
  expect(dump).toMatchObject({ version: 1, stores: VERSION_1 })
  const database = await openDatabase('old')
  const store = await storeOf(database)
  expect((await loadDevice(database)).key).toMatch(/^[0-9a-f]{64}$/)
  expect(await store.loadProfile()).toMatchObject({ name: 'Alice', accountId: 'account-of-alice' })
  const [room] = await store.rooms()
  expect(room).toMatchObject({ name: 'Kitchen', draft: 'not yet sent' })
  const tag = room!.tag
  expect(await store.entries.unreadCount(tag)).toBe(2)
  expect(await store.receipts(tag)).toHaveLength(2)
  expect(await store.entries.pending(tag)).toEqual([])

  expect(await shownIn(store, tag))
    .toEqual(['before you came', 'hello Bob', 'hello Alice', 'the cake is in the cellar', 'thanks'])
  database.close()
  expect(await tablesOf('old')).toEqual({ version: 5, stores: VERSION_5 })
  const again = await openDatabase('old')
  expect(await (await storeOf(again)).entries.unreadCount(tag)).toBe(2)
  await again.erase()
})

test('a profile of version 2 opens: what was said, corrected, taken back and read, and all of it can still be changed', async () => {
  const dump = await restoreOldProfile('profile-v2.cbor', 'former')
  expect(dump).toMatchObject({ version: 2, stores: VERSION_2 })
  const database = await openDatabase('former')
  const store = await storeOf(database)
  const { tag } = (await store.rooms())[0]!
  const said = ['before you came', 'hello Bob', 'hello Alice', 'the cake is in the cellar', 'thanks', 'the pie is on the table', '†']
  expect(await shownIn(store, tag)).toEqual(said)
  const rows = await store.entries.pageBefore(tag, null, 50)
  const edits = await store.entries.relatedTo(tag, 'edit', rows.map(({ id }) => id))
  expect(edits.map(({ relates }) => relates)).toEqual([[relationKey(tag, 'edit', rows[1]!.id)]])
  expect(await store.entries.relatedIds(tag, 'delete')).toEqual([rows[0]?.id])
  expect([await store.entries.unreadCount(tag), (await store.marks(tag)).length]).toEqual([2, 1])
  expect((await store.entries.sizeOf(tag)).entries).toBe(dump.tables['entries']?.length)
  await store.entries.markRead(tag)
  await store.entries.remove([rows[1]!], [])
  expect([await store.entries.unreadCount(tag), await store.entries.count(tag)]).toEqual([0, said.length - 1])
  database.close()
  expect(await tablesOf('former')).toEqual({ version: 5, stores: VERSION_5 })
  await (await openDatabase('former')).erase()
})

test('a profile of version 3 opens: what rested in stretches is read, found, counted and changed as before', async () => {
  const dump = await restoreOldProfile('profile-v3.cbor', 'indexed')
  expect(dump).toMatchObject({ version: 3, stores: VERSION_3 })
  const database = await openDatabase('indexed')
  const { entries, ...store } = await storeOf(database)
  const { tag: roomTag } = (await store.rooms())[0]!, devTag = 'ab'.repeat(16) as DevTag
  const said = Array.from({ length: 70 }, (_, i): EntryRow => {
    const seq = i + 1, id = `${((seq * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}${'cd'.repeat(28)}` as EnvelopeId
    return { roomTag, devTag, seq, id, bytes: new Uint8Array(40 + (seq % 7)).fill(seq), order: [20 + seq, 1_764_000_000_000 + seq, id] }
  })
  expect((await entries.newestOf(roomTag, devTag, { from: 1, to: 70 }, 100)).toReversed()).toEqual(said)
  expect(await entries.pageBefore(roomTag, null, 70)).toEqual(said.toReversed())
  expect(await entries.byId(roomTag, said[64]!.id)).toEqual(said[64])
  const shown = dump.tables['entries']!.filter((row) => (row as EntryRow).order !== undefined).length
  expect([await entries.count(roomTag), (await entries.sizeOf(roomTag)).entries]).toEqual([shown + 70, dump.tables['entries']!.length + 70])
  await entries.remove([said[40]!], [])
  expect((await entries.newestOf(roomTag, devTag, { from: 1, to: 70 }, 100)).toReversed()).toEqual(said.toSpliced(40, 1))
  database.close()
  expect(await tablesOf('indexed')).toEqual({ version: 5, stores: VERSION_5 })
  await (await openDatabase('indexed')).erase()
})

test('a profile of version 4 opens: its rooms, keys, edits and deletions are there', async () => {
  const dump = await restoreOldProfile('profile-v4.cbor', 'recent')
  expect(dump).toMatchObject({ version: 4, stores: VERSION_4 })
  const database = await openDatabase('recent')
  const store = await storeOf(database)
  const rooms = await store.rooms()
  expect(rooms.map(({ name }) => name).sort()).toEqual(['Cellar', 'Kitchen'])
  const { tag } = rooms.find(({ name }) => name === 'Kitchen')!
  expect(await shownIn(store, tag)).toEqual(['hello Bob', 'hello Alice', 'the cake is in the celar', '†', 'thanks'])
  const [, taken, misspelt] = await store.entries.pageBefore(tag, null, 50)
  const edits = await store.entries.relatedTo(tag, 'edit', [misspelt!.id])
  expect(edits.map(({ relates }) => relates)).toEqual([[relationKey(tag, 'edit', misspelt!.id)]])
  expect(await store.entries.relatedIds(tag, 'delete')).toEqual([taken!.id])
  expect(edits.filter((row) => 'editOf' in row)).toEqual([])
  expect(await store.entries.operations(tag)).toHaveLength(3)
  database.close()
  expect(await tablesOf('recent')).toEqual({ version: 5, stores: VERSION_5 })
  await (await openDatabase('recent')).erase()
})

test('what version 1 kept without knowing it is looked at again', async () => {
  const roomTag = '22'.repeat(16) as RoomTag
  const unknown = { roomTag, devTag: 'aa'.repeat(16) as DevTag, seq: 1, id: '11'.repeat(32) as EnvelopeId, bytes: Uint8Array.of(1) }
  await restoreOldProfile('profile-v1.cbor', 'older', { entries: [unknown] })
  const database = await openDatabase('older')
  expect((await (await storeOf(database)).entries.pending(roomTag)).map(({ id }) => id)).toEqual([unknown.id])
  await database.erase()
})
