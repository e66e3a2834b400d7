/**
 * One process per data folder. The lock is SQLite's own on a small file: the system releases it when the process ends, however it ends, so
 * that nothing is left behind by a crash and a restart waits for nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '../config.ts'
import { explainDatabaseError, SQLITE, sqliteCodeOf } from '../store/engines/sqlite-errors.ts'

/** A process that was killed a moment ago may still be on its way out. */
const WAIT_MS = 1000

/**
 * Locks the folder until the returned function is called or the process ends.
 * @throws {ConfigError} when another process has it. Other failures come as they are.
 */
export function lockFolder (dataDir: string): () => void {
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  const holderPath = join(dataDir, 'lock.pid')
  const lockPath = join(dataDir, 'lock.db')
  let database: DatabaseSync | null = null
  try {
    database = new Database(lockPath, { timeout: WAIT_MS })
    database.exec('begin exclusive')
  } catch (error) {
    database?.close()
    if (sqliteCodeOf(error) !== SQLITE.BUSY) throw explainDatabaseError(error, lockPath) ?? error
    throw new ConfigError(`Another Parley node (${readHolder(holderPath)}) uses this folder, ${dataDir}: ` +
      'stop it first, or choose another folder with PARLEY_DATA. Two nodes on one folder would damage it.', { cause: error })
  }
  try {
    writeFileSync(holderPath, `${process.pid}\n`, { mode: 0o600 })
  } catch {
    // It is for the sentence above only: a full disk must not keep the node from starting.
  }
  return () => database.close()
}

function readHolder (path: string): string {
  try {
    return `pid ${/^\d+/.exec(readFileSync(path, 'utf8'))?.[0] ?? 'unknown'}`
  } catch {
    return 'pid unknown'
  }
}
