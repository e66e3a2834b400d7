/** Kysely on `node:sqlite`: the embedded database, without a native addon. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely'

/**
 * @param path a file, or `:memory:`.
 * Write-ahead log: readers never wait. What is erased is overwritten (`secure_delete`). `synchronous = normal`: after a power cut the last moments may be missing, never half there.
 */
export function createSqliteDialect (path: string): SqliteDialect {
  return new SqliteDialect({
    database: () => {
      // Not imported: an older Node ends at the import of what it does not have, before the node could say so.
      const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
      const database = new Database(path, { timeout: 5000 })
      database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; pragma secure_delete = on')
      return Promise.resolve(adapt(database))
    }
  })
}

function adapt (database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => adaptStatement(database.prepare(sql))
  }
}

function adaptStatement (statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
  return {
    // Statements that answer rows, `returning` included, have columns.
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters))
  }
}
