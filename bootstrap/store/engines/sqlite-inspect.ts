/** Looks a database over before the node uses it: a damaged or foreign one is found at boot and not by the first person who needs the page. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '../../config.ts'
import type { DatabaseState } from './engine.ts'
import { describeTrouble, explainDatabaseError, SQLITE } from './sqlite-errors.ts'

/** First bytes of every SQLite database. */
const MAGIC = 'SQLite format 3\0'

/**
 * Returns what the file holds. Reads all of it once.
 * @throws {ConfigError} when it is damaged, cannot be written, or belongs to another program
 */
export function inspectDatabase (path: string): DatabaseState {
  const header = readHeader(path)
  if (header === '') return 'none'
  if (header !== MAGIC) throw new ConfigError(describeTrouble(SQLITE.NOTADB, path))
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  let database: DatabaseSync | null = null
  try {
    database = new Database(path, { timeout: 5000 })
    return look(database, path)
  } catch (error) {
    throw explainDatabaseError(error, path) ?? error
  } finally {
    if (database?.isOpen === true) database.close()
  }
}

function look (database: DatabaseSync, path: string): DatabaseState {
  const [finding] = database.prepare('pragma quick_check(1)').all()
  if (finding?.['quick_check'] !== 'ok') throw new ConfigError(describeTrouble(SQLITE.CORRUPT, path))
  // Takes the lock of a writer, and changes nothing.
  database.exec('begin immediate; rollback')
  const tables = new Set(database.prepare('select name from sqlite_schema where type = \'table\'').all().map(({ name }) => String(name)))
  if (tables.size === 0) return 'empty'
  if (!tables.has('kysely_migration')) {
    throw new ConfigError(`The file ${path} is the database of another program: choose another folder with PARLEY_DATA.`)
  }
  if (!tables.has('meta')) return 'empty'
  return database.prepare('select 1 from meta where key = \'secret_check\'').get() === undefined ? 'unused' : 'used'
}

function readHeader (path: string): string {
  try {
    if (statSync(path).size === 0) return ''
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(MAGIC.length)
      return bytes.toString('latin1', 0, readSync(file, bytes))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    if (code === 'EACCES' || code === 'EISDIR') throw new ConfigError(describeTrouble(SQLITE.CANTOPEN, path), { cause: error })
    throw error
  }
}
