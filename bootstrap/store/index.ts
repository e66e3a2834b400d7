/**
 * The node's database. One repository per table, made with the `Kysely` instance that `openDatabase` answers; the SQL stays within what
 * SQLite and PostgreSQL share (`on conflict`, `returning`, no dates, no JSON operators).
 *
 * @example
 * const db = await openDatabase(join(dataDir, 'parley.db'))
 * const devices = createDevices(db)
 */
import { closeSync, openSync } from 'node:fs'
import { Kysely, Migrator } from 'kysely'
import { ConfigError } from '../config.ts'
import { explainDatabaseError } from './errors.ts'
import { migrations } from './migrations/index.ts'
import type { Database } from './schema.ts'
import { createSqliteDialect } from './sqlite.ts'

export type Db = Kysely<Database>

/** A path that is no file. */
export const IN_MEMORY = ':memory:'

/**
 * Opens the database and brings it to the newest schema.
 * @throws {ConfigError} when a newer Parley has written it, it cannot be written, or the disk is full. Other failures come as they are.
 */
export async function openDatabase (path: string): Promise<Db> {
  // Before SQLite makes it: the two files beside it get its permissions.
  if (path !== IN_MEMORY) closeSync(openSync(path, 'a', 0o600))
  const db: Db = new Kysely<Database>({ dialect: createSqliteDialect(path) })
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw explainDatabaseError(error, path) ?? error
  }
  return db
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
