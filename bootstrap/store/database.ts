/**
 * Opens the node's database and brings it to the newest schema. The SQL of the repositories stays
 * within what SQLite and PostgreSQL share (`on conflict`, `returning`, no dates, no JSON operators).
 *
 * @example
 * const db = await openDatabase('sqlite:///var/lib/parley/parley.db')
 * const devices = createDevices(db)
 */
import { Kysely, Migrator } from 'kysely'
import { ConfigError } from '../config.ts'
import { engineOf } from './engines/index.ts'
import { migrations } from './migrations/index.ts'
import type { Database } from './schema.ts'

export type Db = Kysely<Database>

/**
 * @param url its scheme chooses the engine (`engines/index.ts`)
 * @throws {ConfigError} when no engine has the scheme, a newer Parley has written the database, it cannot be
 * written, or the disk is full. Other failures come as they are (rejects).
 */
export async function openDatabase (url: string): Promise<Db> {
  const engine = engineOf(url)
  const db: Db = new Kysely<Database>({ dialect: engine.createDialect(url) })
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw engine.explain(error, url) ?? error
  }
  return db
}

/**
 * Runs `use` in the transaction that `db` is, or else in a new one. A new one is rolled back when `use` rejects; in a
 * running one the rejection has to reach the outer call for that.
 */
export async function inTransaction<T> (db: Db, use: (transaction: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? await use(db) : await db.transaction().execute(use)
}

async function migrate (db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (error instanceof Error && /previously executed migration .* is missing/.test(error.message)) {
    throw new ConfigError('The database was written by a newer Parley: start that version, or restore a backup made with this one.', { cause: error })
  }
  throw error instanceof Error ? error : new Error('the database could not be migrated', { cause: error })
}
