/** The repositories on SQLite: in a file, in memory, and as drivers return it that have no number for 64 bits. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KyselyPlugin } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../config.ts'
import { openDatabase } from './database.ts'
import { describeRepositories } from './testing/repository-suite.ts'
import { toNumber } from './to-number.ts'
import { IN_MEMORY_URL, toSqlitePath, toSqliteUrl } from './url.ts'

const folder = await mkdtemp(join(tmpdir(), 'parley-store-'))
afterAll(async () => { await rm(folder, { recursive: true, force: true }) })

let files = 0
describeRepositories('in a file', async () => await openDatabase(toSqliteUrl(join(folder, `${++files}.db`))))
describeRepositories('in memory', async () => await openDatabase(IN_MEMORY_URL))

const INTEGERS = new Set(['attempts', 'revision', 'uses_left', 'is_operation', 'bytes'])
/** Returns each number as text or bigint but those of 32-bit columns, as drivers of other databases do. */
const wideAs = (convert: (value: number) => string | bigint): KyselyPlugin => ({
  transformQuery: ({ node }) => node,
  transformResult: ({ result }) => Promise.resolve({
    ...result,
    rows: result.rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) =>
      [column, typeof value === 'number' && !INTEGERS.has(column) ? convert(value) : value])))
  })
})
describeRepositories('where wide numbers are text', async () =>
  (await openDatabase(IN_MEMORY_URL)).withPlugin(wideAs(String)))
describeRepositories('where wide numbers are bigint', async () =>
  (await openDatabase(IN_MEMORY_URL)).withPlugin(wideAs(BigInt)))

describe('a number from the database', () => {
  it.each([
    [0, 0], ['0', 0], ['8640000000000000', 8_640_000_000_000_000], [12n, 12], ['-3', -3]
  ])('%s is %d', (value, number) => {
    expect(toNumber(value)).toBe(number)
  })

  it.each(['', 'x', '1.5', '9007199254740993', 2n ** 60n])('"%s" is refused', (value) => {
    expect(() => toNumber(value)).toThrow(RangeError)
  })
})

describe('the URL of a database', () => {
  it.each([
    '/var/lib/parley/parley.db', '/a folder/100%/what?#1.db', '/\u00fc/parley.db'
  ])('names the file %s', (path) => {
    expect(toSqliteUrl(path)).toMatch(/^sqlite:\/\/\/[^?# ]+$/)
    expect(toSqlitePath(toSqliteUrl(path))).toBe(path)
  })

  it.each([
    ['postgres://alice:hunter2@db.example/parley', /the scheme postgres: are not supported: use sqlite:\/\/\//],
    ['MYSQL://alice:hunter2@db.example/parley', /the scheme mysql: are not supported: use sqlite:\/\/\//],
    ['/var/lib/parley/hunter2.db', /has no scheme: use sqlite:\/\/\//],
    ['sqlite://hunter2/parley.db', /has another form than SQLite takes: use sqlite:\/\/\//],
    ['sqlite:hunter2.db', /has another form than SQLite takes: use sqlite:\/\/\//],
    ['sqlite:///hunter2.db?mode=ro', /has another form than SQLite takes: use sqlite:\/\/\//]
  ])('%s is refused with a sentence that says what is supported, and repeats no password', async (url, sentence) => {
    const error: unknown = await openDatabase(url).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).message).toMatch(sentence)
    expect((error as ConfigError).message).not.toContain('hunter2')
  })
})
