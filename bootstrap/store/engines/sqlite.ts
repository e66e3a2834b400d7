/** The embedded database: a file in the data folder, or memory. */
import { closeSync, openSync } from 'node:fs'
import { sql } from 'kysely'
import { ConfigError } from '../../config.ts'
import { toNumber } from '../to-number.ts'
import { toSqlitePath } from '../url.ts'
import type { DatabaseEngine } from './engine.ts'
import { createSqliteDialect } from './sqlite-dialect.ts'
import { explainDatabaseError, SQLITE, sqliteCodeOf } from './sqlite-errors.ts'
import { inspectDatabase } from './sqlite-inspect.ts'

const URL_FORM = 'sqlite:///absolute/path/to/parley.db or sqlite::memory:'
const IN_MEMORY = ':memory:'

export const sqlite: DatabaseEngine = {
  urlForm: URL_FORM,
  inspect (url) {
    const path = pathOf(url)
    return path === IN_MEMORY ? 'none' : inspectDatabase(path)
  },
  createDialect (url) {
    const path = pathOf(url)
    // Before SQLite makes it: the two files beside it get its permissions.
    if (path !== IN_MEMORY) closeSync(openSync(path, 'a', 0o600))
    return createSqliteDialect(path)
  },
  explain: (error, url) => explainDatabaseError(error, pathOf(url)),
  isOutOfSpace (error) {
    const code = sqliteCodeOf(error)
    return code === SQLITE.FULL || code === SQLITE.IOERR
  },
  async usedBytes (db) {
    // Free pages inside the file are used again before it grows.
    const { rows } = await sql<{ bytes: number }>`select (page_count - freelist_count) * page_size as bytes
      from pragma_page_count, pragma_freelist_count, pragma_page_size`.execute(db)
    return toNumber(rows[0]?.bytes ?? 0)
  }
}

function pathOf (url: string): string {
  const path = toSqlitePath(url)
  if (path === null) throw new ConfigError(`The database URL has another form than SQLite takes: use ${URL_FORM}.`)
  return path
}
