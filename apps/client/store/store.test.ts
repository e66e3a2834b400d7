import { Dexie } from 'dexie'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, DevTag, EnvelopeId, EpochId, RoomTag, UserKey } from '#shared/ids.ts'
import { openVault } from '../crypto/index.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { relationKey, openDatabase, toStorageError, type Database, type EntryRow, type LogRow, type MessageOrder, type Store } from './index.ts'

const kitchen = '22'.repeat(16) as RoomTag
const cellar = '23'.repeat(16) as RoomTag
const alice = 'aa'.repeat(16) as DevTag
const bob = 'bb'.repeat(16) as DevTag
const MARKER = 'the cake is in the cellar'

let name: string
let database: Database
let store: Store

const storeOf = async (of: Database): Promise<Store> => of.withVault(await openVault(null, null, async (key) => await of.saveKey('vault', key)))

beforeEach(async () => {
  name = `parley-${crypto.randomUUID()}`
  database = await openDatabase(name)
  store = await storeOf(database)
})
afterEach(async () => await database.erase())

const idOf = (author: DevTag, seq: number): EnvelopeId => `${author}${seq.toString(16).padStart(32, '0')}` as EnvelopeId
const entry = (seq: number, more: Partial<EntryRow> = {}): EntryRow => {
  const { roomTag = kitchen, devTag = alice } = more
  return { roomTag, devTag, seq, id: idOf(devTag, seq), bytes: Uint8Array.of(seq & 255), ...more }
}
const shown = (seq: number, lamport: number, more: Partial<EntryRow> = {}): EntryRow => {
  const row = entry(seq, more)
  return { ...row, order: [lamport, 1000 + lamport, row.id] }
}
const logOf = (devTag: DevTag, to: number, roomTag = kitchen): LogRow =>
  ({ roomTag, devTag, device: devTag.repeat(2) as unknown as DeviceKey, have: [{ from: 1, to }], head: idOf(devTag, to) })
const seqs = (rows: readonly EntryRow[]): number[] => rows.map((row) => row.seq)

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof ParleyError) return error.code
    throw error
  }
  return 'done'
}

describe('appending', () => {
  test('keeps entries and their logs, found by position and by id within their room', async () => {
    await store.entries.append([entry(1), entry(2)], [logOf(alice, 2)])
    expect(await store.entries.at(kitchen, alice, 2)).toEqual(entry(2))
    expect(await store.entries.at(kitchen, alice, 3)).toBeNull()
    expect(await store.entries.byId(kitchen, idOf(alice, 1))).toEqual(entry(1))
    expect(await store.entries.byId(cellar, idOf(alice, 1))).toBeNull()
    expect(await store.entries.logsOf(kitchen)).toEqual([logOf(alice, 2)])
    expect(await store.entries.logsOf(cellar)).toEqual([])
  })

  test('is all or nothing when one row is bad, wherever it stands', async () => {
    await store.entries.append([entry(1)], [logOf(alice, 1)])
    const badEntry = { ...entry(3), seq: Number.NaN }
    const badLog = { ...logOf(bob, 1), devTag: undefined as unknown as DevTag }
    expect(await codeOf(store.entries.append([entry(2), badEntry], [logOf(alice, 3)]))).toBe('storage-denied')
    expect(await codeOf(store.entries.append([entry(2)], [logOf(alice, 2), badLog]))).toBe('storage-denied')
    expect(await codeOf(store.entries.append([{ ...entry(2), bytes: (() => {}) as never }], [logOf(alice, 2)]))).toBe('storage-denied')
    expect(await store.entries.at(kitchen, alice, 2)).toBeNull()
    expect(await store.entries.logsOf(kitchen)).toEqual([logOf(alice, 1)])
  })

  test('is there after a restart', async () => {
    await store.entries.append([entry(1)], [logOf(alice, 1)])
    database.close()
    database = await openDatabase(name)
    store = await storeOf(database)
    expect(await store.entries.at(kitchen, alice, 1)).toEqual(entry(1))
  })

  test('in a database that was closed tells that storage is denied, whatever is written', async () => {
    database.close()
    expect(await codeOf(store.entries.append([entry(1)], []))).toBe('storage-denied')
    expect(await codeOf(store.entries.update([entry(1)]))).toBe('storage-denied')
    expect(await codeOf(store.saveReceipts([{ roomTag: kitchen, device: 'node', held: [], lastSeenAt: 0 }]))).toBe('storage-denied')
    expect(await codeOf(store.entries.markRead(kitchen))).toBe('storage-denied')
    expect(await codeOf(database.saveKey('x', 1))).toBe('storage-denied')
    expect(await codeOf(store.saveRoom({ tag: kitchen, name: '', createdAt: 0, draft: '', inviteSecrets: {} }))).toBe('storage-denied')
  })
})

describe('reading', () => {
  test('from a database that was closed tells that storage is denied, whatever is read', async () => {
    database.close()
    const reads = [
      store.entries.at(kitchen, alice, 1), store.entries.byId(kitchen, idOf(alice, 1)), store.entries.logsOf(kitchen), store.entries.pageBefore(kitchen, null, 1),
      store.entries.unreadCount(kitchen), store.rooms(), store.epochs(kitchen), store.receipts(kitchen), store.marks(kitchen), store.loadProfile(), database.loadKey('x')
    ]
    expect(await Promise.all(reads.map(codeOf))).toEqual(reads.map(() => 'storage-denied'))
  })

  test('that did not find its record in the vault\'s hand is denied too', async () => {
    await store.saveRoom({ tag: kitchen, name: '', createdAt: 0, draft: '', inviteSecrets: {} })
    const stranger = database.withVault(await openVault(null, null, async () => {}))
    expect(await codeOf(stranger.rooms())).toBe('storage-denied')
  })
})

describe('writing again', () => {
  test('is all or nothing', async () => {
    await store.entries.append([entry(1)], [])
    expect(await codeOf(store.entries.update([shown(1, 1), { ...shown(2, 2), seq: Number.NaN }]))).toBe('storage-denied')
    expect(await store.entries.at(kitchen, alice, 1)).toEqual(entry(1))
  })

  test('as read leaves everything else on the row, and those that are not meant unread', async () => {
    await store.entries.append([shown(1, 1, { unreadIn: kitchen }), shown(2, 2, { unreadIn: kitchen }), shown(3, 3, { roomTag: cellar, unreadIn: cellar })], [])
    await store.entries.markRead(kitchen, ({ seq }) => seq === 1)
    expect(await store.entries.at(kitchen, alice, 1)).toEqual(shown(1, 1))
    expect(await store.entries.unreadCount(kitchen)).toBe(1)
    expect(await store.entries.unreadCount(cellar)).toBe(1)
  })

  test('without some of them removes these and no others', async () => {
    await store.entries.append([entry(1), entry(2)], [logOf(alice, 2)])
    await store.entries.remove([entry(1)], [{ ...logOf(alice, 2), have: [{ from: 2, to: 2 }] }])
    expect([await store.entries.at(kitchen, alice, 1), (await store.entries.at(kitchen, alice, 2))?.seq]).toEqual([null, 2])
    expect((await store.entries.logsOf(kitchen))[0]?.have).toEqual([{ from: 2, to: 2 }])
  })
})

describe('what is said about messages', () => {
  const [one, two] = [idOf(alice, 1), idOf(alice, 2)]
  const edits = (room: RoomTag, id: EnvelopeId): string => relationKey(room, 'edit', id)
  const deletes = (room: RoomTag, id: EnvelopeId): string => relationKey(room, 'delete', id)

  test('is found by the message, in its room', async () => {
    await store.entries.append([
      entry(3, { relates: [edits(kitchen, one)] }), entry(4, { relates: [edits(kitchen, two)] }), entry(5, { relates: [edits(cellar, one)], roomTag: cellar }),
      entry(6, { relates: [deletes(kitchen, one), deletes(kitchen, two)] }), entry(7, { roomTag: cellar, relates: [deletes(cellar, one)] })
    ], [])
    expect(seqs(await store.entries.relatedTo(kitchen, 'edit', [one]))).toEqual([3])
    expect(seqs(await store.entries.relatedTo(kitchen, 'edit', [one, two])).sort()).toEqual([3, 4])
    expect(await store.entries.relatedTo(kitchen, 'edit', [])).toEqual([])
    expect(seqs(await store.entries.relatedTo(kitchen, 'delete', [two]))).toEqual([6])
    expect((await store.entries.relatedIds(kitchen, 'delete')).sort()).toEqual([one, two])
    expect(await store.entries.relatedIds(cellar, 'delete')).toEqual([one])
  })
})

test('a room is forgotten with all that is kept of it, and the others are not', async () => {
  for (const tag of [kitchen, cellar]) {
    await store.saveRoom({ tag, name: '', createdAt: 0, draft: '', inviteSecrets: {} })
    await store.entries.append([shown(1, 1, { roomTag: tag })], [logOf(alice, 1, tag)])
    await store.saveReceipts([{ roomTag: tag, device: 'node', held: [], lastSeenAt: 0 }])
    await store.saveMarks(tag, [{ device: 'ff'.repeat(32) as DeviceKey, read: [[alice, 1]] }])
    await store.saveEpochs(tag, [{ epochId: '1e'.repeat(16) as EpochId, logSecret: new Uint8Array(32), messageSecret: null, messageCommitment: new Uint8Array(32) }])
  }
  await store.forgetRoom(kitchen, null)
  const tables = await dump(name)
  for (const table of ['rooms', 'entries', 'logs', 'receipts', 'marks', 'epochs']) expect(tables[table], table).toHaveLength(1)
  expect((await store.rooms()).map(({ tag }) => tag)).toEqual([cellar])
  expect(await store.entries.sizeOf(cellar)).toEqual({ entries: 1, bytes: 1 })
})

describe('what is read by its state', () => {
  test('is only what has that state, in that room', async () => {
    await store.entries.append([
      entry(1, { operationOf: kitchen }), entry(2, { unreadIn: kitchen }), entry(3, { pendingIn: kitchen }), entry(4),
      entry(1, { roomTag: cellar, operationOf: cellar }), entry(2, { roomTag: cellar, unreadIn: cellar }), entry(3, { roomTag: cellar, pendingIn: cellar })
    ], [])
    expect(seqs(await store.entries.operations(kitchen))).toEqual([1])
    expect(seqs(await store.entries.unread(kitchen))).toEqual([2])
    expect(seqs(await store.entries.pending(kitchen))).toEqual([3])
    expect(await store.entries.unreadCount(kitchen)).toBe(1)
    expect(await store.entries.unreadCount(cellar)).toBe(1)
  })

  test('leaves the state when the row is written again without it', async () => {
    await store.entries.append([shown(1, 1, { unreadIn: kitchen }), entry(2, { pendingIn: kitchen })], [])
    await store.entries.update([shown(1, 1), shown(2, 2)])
    expect(await store.entries.unreadCount(kitchen)).toBe(0)
    expect(await store.entries.pending(kitchen)).toEqual([])
    expect(await store.entries.count(kitchen)).toBe(2)
  })

  test('counts only what is shown', async () => {
    await store.entries.append([shown(1, 5), entry(2), entry(3, { pendingIn: kitchen }), shown(1, 5, { roomTag: cellar })], [])
    expect(await store.entries.count(kitchen)).toBe(1)
  })
})

describe('a page of messages', () => {
  test('begins with the newest and goes back without a gap or a repetition, also among equal clocks', async () => {
    // Five devices write at the same three clock values: ties are decided by time and id.
    const rows = Array.from({ length: 30 }, (_, i) => shown(i, 1 + (i % 3), { devTag: `${(i * 7) % 5}c`.repeat(16) as DevTag }))
    await store.entries.append([...rows, shown(1, 99, { roomTag: cellar })], [])
    const expected = rows.map((row) => row.order!).sort((a, b) => b[0] - a[0] || b[1] - a[1] || (a[2] < b[2] ? 1 : -1))
    const read: MessageOrder[] = []
    let before: MessageOrder | null = null
    for (let page = await store.entries.pageBefore(kitchen, before, 7); page.length > 0; page = await store.entries.pageBefore(kitchen, before, 7)) {
      expect(page.length).toBeLessThanOrEqual(7)
      read.push(...page.map((row) => row.order!))
      before = read.at(-1)!
    }
    expect(read).toEqual(expected)
  })

  test('orders numbers as numbers', async () => {
    await store.entries.append([shown(1, 9), shown(2, 10), shown(3, 1000), shown(4, 2)], [])
    expect(seqs(await store.entries.pageBefore(kitchen, null, 10))).toEqual([3, 2, 1, 4])
  })

  test('holds no operations and nothing that waits', async () => {
    await store.entries.append([shown(1, 1), entry(2, { operationOf: kitchen }), entry(3, { pendingIn: kitchen })], [])
    expect(seqs(await store.entries.pageBefore(kitchen, null, 10))).toEqual([1])
  })

  test('from a message on is ascending and begins with that message', async () => {
    const rows = [shown(1, 1), shown(2, 2), shown(3, 3)]
    await store.entries.append([...rows, shown(1, 9, { roomTag: cellar })], [])
    expect(seqs(await store.entries.since(kitchen, rows[1]!.order!))).toEqual([2, 3])
  })
})

test('entries of one log come newest first, within the range and the limit', async () => {
  await store.entries.append([...Array.from({ length: 10 }, (_, i) => entry(i + 1)), entry(5, { devTag: bob }), entry(6, { roomTag: cellar })], [])
  expect(seqs(await store.entries.newestOf(kitchen, alice, { from: 3, to: 8 }, 4))).toEqual([8, 7, 6, 5])
  expect(seqs(await store.entries.newestOf(kitchen, alice, { from: 9, to: 99 }, 4))).toEqual([10, 9])
  expect(await store.entries.newestOf(kitchen, alice, { from: 11, to: 20 }, 4)).toEqual([])
})

test('receipts are kept by room and replica, the newer over the older', async () => {
  const receipt = { roomTag: kitchen, device: 'node' as const, held: [{ from: 1, to: 3 }], lastSeenAt: 5 }
  await store.saveReceipts([receipt, { ...receipt, device: 'ff'.repeat(32) as DeviceKey }, { ...receipt, roomTag: cellar }])
  await store.saveReceipts([{ ...receipt, held: [{ from: 1, to: 9 }] }])
  const kept = await store.receipts(kitchen)
  expect(kept.map(({ device, held }) => [device, held[0]!.to])).toEqual([['ff'.repeat(32), 3], ['node', 9]])
})

describe('keys', () => {
  test('that cannot be read out survive a restart and still sign and agree', async () => {
    const signing = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const encryption = await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
    await database.saveKey('device', signing)
    await database.saveKey('encryption', encryption)
    database.close()
    database = await openDatabase(name)
    const loaded = await database.loadKey('device') as CryptoKeyPair
    const message = Uint8Array.of(1, 2, 3)
    expect(loaded.privateKey.extractable).toBe(false)
    expect(await crypto.subtle.verify('Ed25519', signing.publicKey, await crypto.subtle.sign('Ed25519', loaded.privateKey, message), message)).toBe(true)
    const { privateKey } = await database.loadKey('encryption') as CryptoKeyPair
    expect(privateKey.extractable).toBe(false)
    expect((await crypto.subtle.deriveBits({ name: 'X25519', public: encryption.publicKey }, privateKey, 256)).byteLength).toBe(32)
  })

  test('that were never stored are null', async () => { expect(await database.loadKey('device')).toBeNull() })
})

describe('sealed records', () => {
  const bytes = (fill: number, length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill)
  const profile = {
    nodeOrigin: 'https://parley.example', accountId: 'account', name: MARKER, passport: `jwt ${MARKER}`, passportExpiresAt: 7, rootEntropy: bytes(1, 16),
    jwks: '{}', issuer: 'https://parley.example', relayAddrs: ['/dns4/parley.example']
  }
  const room = { tag: kitchen, name: MARKER, createdAt: 5, draft: `draft: ${MARKER}`, inviteSecrets: { ['0f'.repeat(16)]: bytes(2, 16) } }
  const epochs = [1, 2].map((n) => ({
    epochId: `${n}e`.repeat(16) as EpochId, logSecret: new TextEncoder().encode(`${MARKER} 7 bytes`).slice(0, 32), messageSecret: n === 1 ? null : bytes(4, 32), messageCommitment: bytes(5, 32)
  }))

  test('come back as they were, with bytes of their own', async () => {
    expect(await store.loadProfile()).toBeNull()
    await store.saveProfile(profile)
    await store.saveRoom(room)
    await store.saveRoom({ ...room, tag: cellar, name: 'Cellar' })
    await store.saveEpochs(kitchen, epochs)
    expect(await store.loadProfile()).toEqual(profile)
    expect((await store.loadProfile())!.rootEntropy!.buffer.byteLength).toBe(16)
    const self = {
      recoveryConfirmedAt: 5, verified: [{ user: 'ab'.repeat(32) as UserKey, name: MARKER, isVerified: true, changedAt: 6 }], knownRooms: [kitchen],
      knownDevices: ['cd'.repeat(32) as DeviceKey]
    }
    expect(await store.loadSelf()).toBeNull()
    await store.saveSelf(self)
    expect(await store.loadSelf()).toEqual(self)
    expect(await store.rooms()).toEqual([room, { ...room, tag: cellar, name: 'Cellar' }])
    expect(await store.epochs(kitchen)).toEqual(epochs)
    expect(await store.epochs(cellar)).toEqual([])
  })

  test('and entries leave no word in the clear on the disk', async () => {
    await store.saveProfile(profile)
    await store.saveSelf({ recoveryConfirmedAt: null, verified: [{ user: 'ab'.repeat(32) as UserKey, name: MARKER, isVerified: true, changedAt: 6 }], knownRooms: [], knownDevices: [] })
    await store.saveRoom(room)
    await store.saveEpochs(kitchen, epochs)
    await store.saveReceipts([{ roomTag: kitchen, device: 'node', held: [], lastSeenAt: 0 }])
    await store.saveMarks(kitchen, [{ device: 'ff'.repeat(32) as DeviceKey, read: [[alice, 7]] }])
    await store.entries.append([shown(1, 1)], [logOf(alice, 1)])
    const tables = await dump(name)
    expect(Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.length])))
      .toEqual({ keys: 3, rooms: 1, epochs: 2, entries: 1, stretches: 0, logs: 1, receipts: 1, marks: 1 })
    expect(contains(tables, MARKER)).toBe(false)
    expect(contains(tables, 'parley.example')).toBe(false)
    // The search itself finds what is in the clear.
    await database.saveKey('leak', new TextEncoder().encode(`xx${MARKER}`))
    expect(contains(await dump(name), MARKER)).toBe(true)
  })

  test('put in one another\'s place are noticed, not taken', async () => {
    await store.saveRoom(room)
    await store.saveRoom({ ...room, tag: cellar })
    const raw = await new Dexie(name).open()
    const [first, second] = await raw.table<{ tag: RoomTag, sealed: Uint8Array }>('rooms').toArray()
    await raw.table('rooms').put({ tag: first!.tag, sealed: second!.sealed })
    raw.close()
    await expect(store.rooms()).rejects.toThrow()
  })
})

describe('erasing', () => {
  test('leaves no database behind', async () => {
    await store.entries.append([entry(1)], [])
    await database.erase()
    expect(await Dexie.exists(name)).toBe(false)
    database = await openDatabase(name)
    store = await storeOf(database)
    expect(await store.entries.at(kitchen, alice, 1)).toBeNull()
    expect(await store.loadProfile()).toBeNull()
  })

  test('one profile leaves the others alone', async () => {
    const other = await openDatabase(`${name}-other`)
    await other.saveKey('device', 'kept')
    await database.erase()
    expect(await other.loadKey('device')).toBe('kept')
    await other.erase()
  })
})

describe('what a person is told', () => {
  test('when a newer Parley wrote the database: that it is newer, and nothing is changed', async () => {
    database.close()
    const newer = new Dexie(name)
    newer.version(SCHEMA_VERSION + 1).stores({ keys: 'name', rooms: 'tag', epochs: '[roomTag+epochId]', entries: '[roomTag+devTag+seq], later', logs: '[roomTag+devTag]', receipts: '[roomTag+device]', later: 'id' })
    await newer.open()
    newer.close()
    const versionOf = async (): Promise<number | undefined> => (await indexedDB.databases()).find((known) => known.name === name)?.version
    const before = await versionOf()
    expect(await codeOf(openDatabase(name))).toBe('storage-newer')
    expect(await versionOf()).toBe(before)
    database = await openDatabase(`${name}-after`)
  })

  test.each([
    ['QuotaExceededError', 'storage-full'], ['VersionError', 'storage-newer'], ['InvalidStateError', 'storage-denied'], ['UnknownError', 'storage-denied'],
    ['SecurityError', 'storage-denied'], ['AbortError', 'storage-denied']
  ])('%s is %s, in the browser\'s words and in Dexie\'s', (error, code) => {
    const plain = new DOMException('from the browser', error)
    expect(toStorageError(plain)).toMatchObject({ code, cause: plain })
    expect(toStorageError(new Dexie.AbortError('transaction', plain)).code).toBe(code)
    expect(toStorageError(new Dexie.OpenFailedError('open', plain)).code).toBe(code)
    expect(toStorageError(new Error('wrapped', { cause: plain })).code).toBe(code)
  })

  test('a disk that is full at one row of many is full', () => {
    const full = new DOMException('from the browser', 'QuotaExceededError')
    const bulk = new Dexie.BulkError('entries.bulkPut(): 1 of 2 operations failed', { 1: full })
    expect(toStorageError(Object.assign(bulk, { failures: [full] })).code).toBe('storage-full')
  })

  test('keeps what already has a code, and takes anything that was thrown', () => {
    const known = new ParleyError('storage-full')
    expect(toStorageError(known)).toBe(known)
    for (const thrown of ['text', null, undefined, 7]) expect(toStorageError(thrown).code).toBe('storage-denied')
    const circle = new Error('circle')
    circle.cause = circle
    expect(toStorageError(circle).code).toBe('storage-denied')
  })
})

async function dump (of: string): Promise<Record<string, unknown[]>> {
  const raw = await new Dexie(of).open()
  const tables = await Promise.all(raw.tables.map(async (table) => [table.name, await table.toArray()] as const))
  raw.close()
  return Object.fromEntries(tables)
}

/** Whether `text` stands in any string or bytes of any row. CryptoKeys have nothing to read. */
function contains (value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.includes(text)
  if (value instanceof Uint8Array) return Buffer.from(value).includes(text)
  if (value instanceof CryptoKey || value === null || typeof value !== 'object') return false
  return Object.entries(value).some(([key, field]) => key.includes(text) || contains(field, text))
}
