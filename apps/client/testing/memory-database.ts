/**
 * The tables of the local database in memory, behind as much of Dexie as the store uses: the same repositories over another disk. Keys are
 * ordered as IndexedDB orders them, a transaction is all or nothing, and a power cut can be ordered for the n-th write.
 *
 * @see https://www.w3.org/TR/IndexedDB/#compare-two-keys
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createMutex } from '../state/mutex.ts'
import { ParleyDatabase } from '../store/schema.ts'

export interface MemoryDatabase {
  /** What the repositories are made with. A handle that was opened before the last power cut never answers again. */
  open(): ParleyDatabase
  /** Cuts the power at the n-th write from now: just before it would be durable, or just after. `onCut` is told at that moment. */
  cutPower(nthWrite: number, moment: Moment, onCut: () => void): void
  /** Cuts the power now. */
  cutNow(): void
}

type Moment = 'before' | 'after'
type Row = Record<string, unknown>
type Key = number | string | Uint8Array | Key[]

/** `isMulti`: each item of a list is a key. */
interface Index { path: string | string[], isMulti: boolean, keys: Key[], rows: Row[] }

interface TableData { indexes: Map<string, Index>, primary: Index }

/** Runs a job against the tables, if the power is on. */
type Access = <T>(mode: 'read' | 'write', job: () => T) => Promise<T>

/** Which write a call belongs to: a call from within a transaction must not wait for its end. */
const zone = new AsyncLocalStorage<object>()

/** Never opened: it only tells the tables and their indexes. */
const { tables } = new ParleyDatabase('memory')

export function createMemoryDatabase (): MemoryDatabase {
  const data = new Map<string, TableData>(tables.map(({ name, schema }) => {
    const indexOf = ({ keyPath, multi: isMulti = false }: { keyPath?: string | string[] | undefined, multi?: boolean | undefined }): Index =>
      ({ path: keyPath ?? '', isMulti, keys: [], rows: [] })
    const primary = indexOf(schema.primKey)
    const indexes = new Map(schema.indexes.map((index) => [index.name, indexOf(index)]))
    return [name, { primary, indexes: indexes.set(schema.primKey.name, primary).set(':id', primary) }]
  }))
  let generation = 0
  let cut: { writes: number, moment: Moment, onCut: () => void } | null = null
  /** What undoes the changes of the write that is under way, in order. */
  const undo: (() => void)[] = []
  const rollBack = (): void => { for (const step of undo.splice(0).reverse()) step() }

  const powerCut = (): void => {
    const onCut = cut?.onCut
    cut = null
    generation++
    rollBack()
    onCut?.()
  }
  const isCut = (moment: Moment): boolean => {
    if (cut?.moment !== moment || --cut.writes > 0) return false
    if (moment === 'after') undo.length = 0
    powerCut()
    return true
  }

  const open = (): ParleyDatabase => {
    const mine = generation
    const locked = createMutex()
    const isOn = (): boolean => mine === generation
    /** Made durable as a whole, or not at all. */
    const commit = async <T>(job: () => T | Promise<T>): Promise<T> => await locked(async () => {
      if (!isOn() || isCut('before')) return await never()
      try {
        const result = await zone.run(undo, job)
        if (!isOn() || isCut('after')) return await never()
        undo.length = 0
        return result
      } catch (error) {
        rollBack()
        throw error
      }
    })
    const access: Access = async (mode, job) => {
      // As with a real database, nobody is answered before the next turn.
      await Promise.resolve()
      if (!isOn()) return await never()
      return mode === 'read' || zone.getStore() === undo ? job() : await commit(job)
    }
    const handles = Object.fromEntries([...data].map(([name, table]) => [name, createTable(table, access, undo)]))
    /** Sees no write half way, and is none. */
    const look = async <T>(job: () => Promise<T>): Promise<T> => zone.getStore() === undo ? await job() : await locked(async () => {
      if (!isOn()) return await never()
      return await zone.run(undo, job)
    })
    const transaction = async (mode: string, ...rest: unknown[]): Promise<unknown> => {
      const job = rest.at(-1) as () => Promise<unknown>
      return mode === 'r' ? await look(job) : await commit(job)
    }
    const putAtOnce = async (rows: Record<string, readonly Row[]>): Promise<void> => await commit(async () => {
      for (const [table, list] of Object.entries(rows)) await handles[table]!.bulkPut([...list])
    })
    return { ...handles, transaction, putAtOnce, close () {}, table: (name: string) => handles[name] } as unknown as ParleyDatabase
  }

  return {
    open,
    cutPower (nthWrite, moment, onCut) { cut = { writes: nthWrite, moment, onCut } },
    cutNow: powerCut
  }
}

/** What asks a computer without power waits for good. */
const never = async (): Promise<never> => await new Promise(() => {})

function createTable ({ primary, indexes }: TableData, access: Access, undo: (() => void)[]) {
  const place = (index: Index, row: Row, isIn: boolean): void => {
    for (const key of keysAt(row, index)) {
      const at = index === primary ? lowest(index.keys, key) : lowestOf(index, key, row)
      index.keys.splice(at, isIn ? 0 : 1, ...isIn ? [key] : [])
      index.rows.splice(at, isIn ? 0 : 1, ...isIn ? [row] : [])
    }
  }
  /** Rows with equal keys stand in the order of their primary keys. */
  const lowestOf = (index: Index, key: Key, row: Row): number => {
    let at = lowest(index.keys, key)
    const own = keyAt(row, primary.path)!
    while (at < index.keys.length && compareKeys(index.keys[at]!, key) === 0 && compareKeys(keyAt(index.rows[at]!, primary.path)!, own) < 0) at++
    return at
  }
  const every = new Set(indexes.values())
  const swap = (before: Row | undefined, after: Row | undefined): void => {
    for (const index of every) {
      if (before !== undefined) place(index, before, false)
      if (after !== undefined) place(index, after, true)
    }
  }
  const rowAt = (key: Key): Row | undefined => {
    const at = lowest(primary.keys, key)
    return at < primary.keys.length && compareKeys(primary.keys[at]!, key) === 0 ? primary.rows[at] : undefined
  }
  const change = (before: Row | undefined, after: Row | undefined): void => {
    swap(before, after)
    undo.push(() => swap(after, before))
  }
  const put = (row: Row): void => {
    const key = keyAt(row, primary.path)
    if (key === undefined) throw new DOMException('the row has no valid key', 'DataError')
    if (Object.values(row).some((value) => typeof value === 'function')) throw new DOMException('the row cannot be cloned', 'DataCloneError')
    change(rowAt(key), { ...row })
  }
  const remove = (key: Key): void => {
    const row = rowAt(key)
    if (row !== undefined) change(row, undefined)
  }
  const collect = (name: string, isIn: (key: Key) => boolean): Collection => {
    const index = indexes.get(name)
    if (index === undefined) throw new Error(`there is no index ${name}`)
    return createCollection(() => index.rows.flatMap((row, at) => isIn(index.keys[at]!) ? [{ row, key: index.keys[at]! }] : []), { access, put, primaryKey: (row) => keyAt(row, primary.path)!, remove })
  }
  const all = (): Collection => collect(':id', () => true)
  return {
    get: async (key: Key) => await access('read', () => copyOf(rowAt(key))),
    bulkGet: async (keys: Key[]) => await access('read', () => keys.map((key) => copyOf(rowAt(key)))),
    put: async (row: Row) => await access('write', () => put(row)),
    add: async (row: Row) => await access('write', () => put(row)),
    bulkPut: async (rows: Row[]) => await access('write', () => rows.forEach(put)),
    update: async (key: Key, changes: Row) => await access('write', () => {
      const row = rowAt(key)
      if (row !== undefined) put({ ...row, ...changes })
      return row === undefined ? 0 : 1
    }),
    delete: async (key: Key) => await access('write', () => remove(key)),
    bulkDelete: async (keys: Key[]) => await access('write', () => keys.forEach(remove)),
    clear: async () => await access('write', () => { for (const row of [...primary.rows]) change(row, undefined) }),
    toArray: async () => await all().toArray(),
    count: async () => await all().count(),
    each: async (visit: (row: Row) => void) => (await all().toArray()).forEach(visit),
    toCollection: all,
    orderBy: (name: string) => collect(name, () => true),
    where: (name: string) => ({
      equals: (key: Key) => collect(name, (other) => compareKeys(other, key) === 0),
      anyOf: (keys: readonly Key[]) => collect(name, (other) => keys.some((key) => compareKeys(other, key) === 0)),
      above: (key: Key) => collect(name, (other) => compareKeys(other, key) > 0),
      aboveOrEqual: (key: Key) => collect(name, (other) => compareKeys(other, key) >= 0),
      below: (key: Key) => collect(name, (other) => compareKeys(other, key) < 0),
      belowOrEqual: (key: Key) => collect(name, (other) => compareKeys(other, key) <= 0),
      between: (from: Key, to: Key, withFrom = true, withTo = false) => collect(name, (other) => {
        const low = compareKeys(other, from), high = compareKeys(other, to)
        return (withFrom ? low >= 0 : low > 0) && (withTo ? high <= 0 : high < 0)
      })
    })
  }
}

interface Collection {
  reverse(): Collection
  limit(count: number): Collection
  offset(count: number): Collection
  filter(test: (row: Row) => boolean): Collection
  and(test: (row: Row) => boolean): Collection
  first(): Promise<Row | undefined>
  last(): Promise<Row | undefined>
  toArray(): Promise<Row[]>
  keys(): Promise<Key[]>
  uniqueKeys(): Promise<Key[]>
  primaryKeys(): Promise<Key[]>
  count(): Promise<number>
  each(visit: (row: Row) => void): Promise<void>
  delete(): Promise<number>
  modify(change: Row | ((row: Row) => void)): Promise<number>
}

interface Found { key: Key, row: Row }

function createCollection (find: () => Found[], table: {
  access: Access, put: (row: Row) => void, remove: (key: Key) => void, primaryKey: (row: Row) => Key
}): Collection {
  const { access, put, remove, primaryKey } = table
  const then = (step: (found: Found[]) => Found[]): Collection => createCollection(() => step(find()), table)
  const filter = (test: (row: Row) => boolean): Collection => then((found) => found.filter(({ row }) => test(row)))
  const copies = (): Row[] => find().map(({ row }) => ({ ...row }))
  return {
    reverse: () => then((found) => found.toReversed()),
    limit: (count) => then((found) => found.slice(0, count)),
    offset: (count) => then((found) => found.slice(count)),
    filter,
    and: filter,
    first: async () => await access('read', () => copyOf(find()[0]?.row)),
    last: async () => await access('read', () => copyOf(find().at(-1)?.row)),
    toArray: async () => await access('read', copies),
    keys: async () => await access('read', () => find().map(({ key }) => key)),
    uniqueKeys: async () => await access('read', () => find().map(({ key }) => key).filter((key, at, all) => at === 0 || compareKeys(key, all[at - 1]!) !== 0)),
    primaryKeys: async () => await access('read', () => find().map(({ row }) => primaryKey(row))),
    count: async () => await access('read', () => find().length),
    each: async (visit) => await access('read', () => copies().forEach(visit)),
    delete: async () => await access('write', () => find().map(({ row }) => remove(primaryKey(row))).length),
    modify: async (change) => await access('write', () => copies().map((row) => {
      if (typeof change === 'function') change(row)
      else Object.assign(row, change)
      put(row)
    }).length)
  }
}

const copyOf = (row: Row | undefined): Row | undefined => row === undefined ? undefined : { ...row }

/** Undefined where the row has no valid key: it is not in that index. */
function keyAt (row: Row, path: string | string[]): Key | undefined {
  if (typeof path === 'string') return isKey(row[path]) ? row[path] : undefined
  const parts = path.map((part) => row[part])
  return parts.every(isKey) ? parts : undefined
}

function keysAt (row: Row, { path, isMulti }: Index): Key[] {
  const key = keyAt(row, path)
  return key === undefined ? [] : isMulti && Array.isArray(key) ? key : [key]
}

const isKey = (value: unknown): value is Key =>
  typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value)) || value instanceof Uint8Array || (Array.isArray(value) && value.every(isKey))

const rankOf = (key: Key): number => typeof key === 'number' ? 0 : typeof key === 'string' ? 1 : key instanceof Uint8Array ? 2 : 3

export function compareKeys (a: Key, b: Key): number {
  const byType = rankOf(a) - rankOf(b)
  if (byType !== 0) return byType
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  if (!Array.isArray(a) || !Array.isArray(b)) return a < b ? -1 : a > b ? 1 : 0
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const byPart = compareKeys(a[i]!, b[i]!)
    if (byPart !== 0) return byPart
  }
  return a.length - b.length
}

function compareBytes (a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/** Where the first key stands that is not below `key`. */
function lowest (keys: readonly Key[], key: Key): number {
  let low = 0, high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
