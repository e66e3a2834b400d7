/** What came as history rests in stretches, and whoever reads, changes or removes entries need not know: all is as with a row for each. */
import { Dexie } from 'dexie'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { openVault } from '../crypto/index.ts'
import { relationKey, openDatabase, type Database, type EntryRow, type LogRow, type MessageOrder, type Store } from './index.ts'

const kitchen = '22'.repeat(16) as RoomTag, cellar = '23'.repeat(16) as RoomTag
const people = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(16) as DevTag) as [DevTag, DevTag, DevTag]
const [alice, bob, carol] = people
const SAID = 90

/** Scattered, as hashes are. */
const idOf = (author: DevTag, seq: number): EnvelopeId => `${((seq * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}${author.slice(0, 24)}${author}` as EnvelopeId
const message = (devTag: DevTag, seq: number, lamport: number, roomTag = kitchen): EntryRow => {
  const id = idOf(devTag, seq)
  return { roomTag, devTag, seq, id, bytes: new Uint8Array(40 + (seq % 7)).fill(seq), order: [lamport, 1_764_000_000_000 + (lamport >> 2), id] }
}
const logOf = (devTag: DevTag, roomTag = kitchen): LogRow =>
  ({ roomTag, devTag, device: devTag.repeat(2) as unknown as DeviceKey, have: [{ from: 1, to: SAID }], head: idOf(devTag, SAID) })

/** Three people, of whom two speak at the same clocks and one later, with what has a state of its own in between. */
const history: EntryRow[] = people.flatMap((author, nth) => Array.from({ length: SAID }, (_, i) => message(author, i + 1, 1 + i + (nth === 2 ? 60 : 0))))
const withState: Partial<EntryRow>[] = [
  { operationOf: kitchen }, { unreadIn: kitchen }, { pendingIn: kitchen }, { relates: [relationKey(kitchen, 'edit', idOf(bob, 3))] }, { relates: [relationKey(kitchen, 'delete', idOf(bob, 4))] }
]
withState.forEach((state, nth) => Object.assign(history[20 + nth]!, state))

let databases: Database[] = []
let packed: Store, alone: Store
let packedName: string

async function open (name: string): Promise<Store> {
  const database = await openDatabase(name)
  databases.push(database)
  return database.withVault(await openVault(null, null, async () => {}))
}

beforeEach(async () => {
  packedName = `packed-${crypto.randomUUID()}`
  packed = await open(packedName)
  alone = await open(`alone-${crypto.randomUUID()}`)
  const logs = people.map((person) => logOf(person))
  // In the order in which sync brings them: the newest of everybody first.
  const newestFirst = history.toSorted((a, b) => b.seq - a.seq)
  for (let at = 0; at < newestFirst.length; at += 130) await packed.entries.append(newestFirst.slice(at, at + 130), logs)
  await packed.entries.append([message(alice, 1, 7, cellar)], [logOf(alice, cellar)])
  for (const row of history) await alone.entries.append([row], logs)
  await alone.entries.append([message(alice, 1, 7, cellar)], [logOf(alice, cellar)])
})
afterEach(async () => {
  for (const database of databases) await database.erase()
  databases = []
})

const rowsIn = async (table: string): Promise<number> => {
  const raw = await new Dexie(packedName).open()
  const count = await raw.table(table).count()
  raw.close()
  return count
}

/** Everything that can be asked, of some rooms, devices and places. */
async function tell ({ entries }: Store): Promise<Record<string, unknown>> {
  const inOrder = (rows: EntryRow[]): EntryRow[] => rows.toSorted((a, b) => a.id < b.id ? -1 : 1)
  const pages: EntryRow[][] = []
  for (let before: MessageOrder | null = null; ;) {
    const page: EntryRow[] = await entries.pageBefore(kitchen, before, 33)
    if (page.length === 0) break
    pages.push(page)
    before = page.at(-1)!.order!
  }
  const shown = pages.flat()
  const ids = [idOf(alice, 1), idOf(alice, 2), idOf(bob, 50), idOf(carol, SAID), 'ff'.repeat(32) as EnvelopeId]
  const ranges = [[1, SAID, 500], [10, 70, 500], [30, 80, 7], [64, 66, 2], [SAID, SAID, 1], [SAID + 1, SAID + 9, 9]] as const
  return {
    pages,
    since: await entries.since(kitchen, shown[40]!.order!),
    oldest: await entries.oldestShown(kitchen, 20),
    nth: await Promise.all([0, 1, 29, 30, 31, 100, shown.length - 1, shown.length, 10_000].map(async (newer) => await entries.nthNewest(kitchen, newer))),
    counts: [await entries.count(kitchen), await entries.count(cellar), await entries.sizeOf(kitchen), await entries.sizeOf(cellar)],
    at: await Promise.all(people.flatMap((person) => [0, 1, 21, 45, 64, 65, SAID, SAID + 1].map(async (seq) => await entries.at(kitchen, person, seq)))),
    byId: await Promise.all(ids.flatMap((id) => [entries.byId(kitchen, id), entries.byId(cellar, id)])),
    byIds: inOrder(await entries.byIds(kitchen, ids)),
    newestOf: await Promise.all(ranges.map(async ([from, to, limit]) => await entries.newestOf(kitchen, alice, { from, to }, limit))),
    states: [await entries.operations(kitchen), await entries.unread(kitchen), await entries.pending(kitchen), await entries.relatedTo(kitchen, 'edit', [idOf(bob, 3)]),
      await entries.relatedTo(kitchen, 'delete', [idOf(bob, 4)])]
  }
}

test('messages that come together rest in few rows, what has a state of its own by itself', async () => {
  expect(await rowsIn('stretches')).toBeGreaterThan(2)
  expect(await rowsIn('stretches')).toBeLessThan(20)
  expect(await rowsIn('entries')).toBeLessThan(20)
})

test('everything that is asked is answered as if each had a row', async () => {
  expect(await tell(packed)).toEqual(await tell(alone))
})

describe('what is written again', () => {
  const erased = (row: EntryRow): EntryRow => ({ ...row, bytes: Uint8Array.of(0) })
  const changes: [string, (store: Store) => Promise<void>][] = [
    ['in the middle of a stretch', async ({ entries }) => await entries.update([erased(message(bob, 40, 40)), erased(message(bob, 41, 41)), erased(message(carol, 1, 61))])],
    ['and shown no longer', async ({ entries }) => {
      const { order: _, ...row } = erased(message(bob, 1, 1))
      await entries.update([row])
    }],
    ['with what has just come', async ({ entries }) => await entries.append([message(bob, SAID + 1, 300)], [], [erased(message(bob, 17, 17))])],
    ['or removed', async ({ entries }) => await entries.remove([message(bob, 50, 50), message(carol, SAID, 150)], [])],
    ['or removed and come again', async ({ entries }) => {
      const again = [50, 51, 52, 53, 54].map((seq) => message(bob, seq, seq))
      await entries.remove(again, [])
      await entries.append(again, [])
    }]
  ]
  test.each(changes)('%s is what is read then, and its neighbours are what they were', async (_, change) => {
    for (const store of [packed, alone]) await change(store)
    expect(await tell(packed)).toEqual(await tell(alone))
  })

  test('is all or nothing', async () => {
    const before = await tell(packed)
    await expect(packed.entries.update([erased(message(bob, 40, 40)), { ...message(bob, 41, 41), seq: Number.NaN }])).rejects.toMatchObject({ code: 'storage-denied' })
    expect(await tell(packed)).toEqual(before)
  })
})

test('clocks that jump far, stand still or go back change nothing of that', async () => {
  const clocks = Array.from({ length: 120 }, (_, i) => [500 + i, 9000 - i, 20_000 + 3000 * i, 700][Math.floor(i / 5) % 4]!)
  const rows = clocks.flatMap((clock, i) => [alice, bob].map((author) => message(author, SAID + 2 + i, author === bob ? 400 + 70 * i : clock)))
  const before = await rowsIn('stretches')
  for (const { entries } of [packed, alone]) await entries.append(rows.toReversed(), [])
  expect(await rowsIn('stretches')).toBeGreaterThan(before + 3)
  expect(await tell(packed)).toEqual(await tell(alone))
})

test('a room is forgotten with its stretches', async () => {
  await packed.forgetRoom(kitchen, null)
  expect([await rowsIn('stretches'), await rowsIn('entries')]).toEqual([0, 1])
})

test('long messages make short stretches', async () => {
  const long = Array.from({ length: 12 }, (_, i) => ({ ...message(alice, 200 + i, 400 + i), bytes: new Uint8Array(15_000).fill(i) }))
  const before = await rowsIn('stretches')
  await packed.entries.append(long, [])
  expect(await rowsIn('stretches') - before).toBe(3)
  expect(await packed.entries.newestOf(kitchen, alice, { from: 200, to: 211 }, 12)).toEqual(long.toReversed())
})
