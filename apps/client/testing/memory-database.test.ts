import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { describeReplica } from '#shared/wire/sync/testing/replica-suite.ts'
import { createRoomLog, type RoomLog } from '../rooms/log/room-log.ts'
import { openVault } from '../crypto/index.ts'
import { loadDevice } from '../identity/index.ts'
import { databaseOver, type EntryRow, type LogRow, type Store } from '../store/index.ts'
import { compareKeys, createMemoryDatabase, type MemoryDatabase } from './memory-database.ts'

const tag = '01'.repeat(16) as RoomTag, devTag = '02'.repeat(16) as DevTag

const storeOn = async (disk: MemoryDatabase): Promise<Store> => databaseOver(disk.open()).withVault(await openVault(null, null, async () => {}))

const row = (seq: number): EntryRow =>
  ({ roomTag: tag, devTag, seq, id: seq.toString(16).padStart(64, '0') as EnvelopeId, bytes: Uint8Array.of(seq), order: [seq, 0, seq.toString(16).padStart(64, '0') as EnvelopeId] })
const logTo = (to: number): LogRow => ({ roomTag: tag, devTag, device: '03'.repeat(32) as DeviceKey, have: [{ from: 1, to }], head: row(to).id })

describeReplica('the log of a room in a database in memory', async (roomTag) => {
  const disk = createMemoryDatabase()
  const vault = await openVault(null, null, async () => {})
  const open = async (): Promise<RoomLog> => {
    const database = databaseOver(disk.open())
    const log = createRoomLog({ tag: roomTag, store: database.withVault(vault), device: await loadDevice(database), onDropped: () => {} })
    await log.load()
    return log
  }
  return { replica: await open(), reopen: open }
}, { carries: false })

describe('a database in memory', () => {
  it('orders keys as IndexedDB does', () => {
    const { key } = fc.letrec<{ key: number | string | Uint8Array | unknown[] }>((tie) => ({
      key: fc.oneof(fc.double({ noNaN: true }).map((n) => n === 0 ? 0 : n), fc.string({ maxLength: 3 }), fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.array(tie('key'), { maxLength: 3 }))
    }))
    fc.assert(fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a as never, b as never))).toBe(indexedDB.cmp(a, b))
    }))
  })

  it('pages through messages as the real one does', async () => {
    const store = await storeOn(createMemoryDatabase())
    await store.entries.append([3, 1, 2, 5, 4].map(row), [logTo(5)])
    expect((await store.entries.pageBefore(tag, null, 2)).map(({ seq }) => seq)).toEqual([5, 4])
    expect((await store.entries.pageBefore(tag, row(4).order ?? null, 10)).map(({ seq }) => seq)).toEqual([3, 2, 1])
    expect(await store.entries.count(tag)).toBe(5)
  })

  it('is not read while a write is half way', async () => {
    const store = await storeOn(createMemoryDatabase())
    await store.entries.append([1, 2, 3, 4, 5].map(row), [logTo(5)])
    // Each is in a stretch before, and has a row of its own afterwards.
    const [, ...pages] = await Promise.all([store.entries.update([row(3)]), ...Array.from({ length: 20 }, async () => await store.entries.pageBefore(tag, null, 10))])
    for (const page of pages) expect(page.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1])
  })

  it('keeps all of a transaction or nothing of it', async () => {
    const store = await storeOn(createMemoryDatabase())
    await expect(store.entries.append([row(1), { ...row(2), seq: Number.NaN }], [logTo(2)])).rejects.toThrow('storage-denied')
    expect(await store.entries.count(tag)).toBe(0)
    expect(await store.entries.logsOf(tag)).toEqual([])
  })

  it.each([['before', []], ['after', [1]]] as const)('has the n-th write or not, when the power fails %s it', async (moment, left) => {
    const disk = createMemoryDatabase()
    const store = await storeOn(disk)
    let answered = false, isCut = false
    disk.cutPower(1, moment, () => { isCut = true })
    store.entries.append([row(1)], [logTo(1)]).then(() => { answered = true }, () => { answered = true })
    await expect.poll(() => isCut).toBe(true)
    const again = await storeOn(disk)
    expect((await again.entries.pageBefore(tag, null, 10)).map(({ seq }) => seq)).toEqual(left)
    // Whoever has asked before the power failed is never answered, and can do no more.
    store.entries.append([row(2)], [logTo(2)]).then(() => { answered = true }, () => { answered = true })
    await new Promise((resolve) => { setImmediate(resolve) })
    expect(answered).toBe(false)
    expect(await again.entries.count(tag)).toBe(left.length)
  })
})
