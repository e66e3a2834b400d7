/** What SQLite's failures mean, and the sentences for those that whoever runs the node can mend. */
import { ConfigError } from '../../config.ts'

/** Primary result codes (https://sqlite.org/rescode.html). */
export const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const

/** The primary result code of an error that SQLite raised; null for any other. */
export function sqliteCodeOf (error: unknown): number | null {
  const { code, errcode } = (error ?? {}) as { code?: unknown, errcode?: unknown }
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : null
}

const RESTORE = 'restore it and `secret` from the same backup'

/** Returns what has happened and what to do, by result code. */
export function describeTrouble (code: number, path: string): string {
  return SENTENCES[code]?.(path) ?? `The database ${path} cannot be used (SQLite code ${code}).`
}

/** Returns the sentence for a failure to open the database, or null when there is none. */
export function explainDatabaseError (error: unknown, path: string): ConfigError | null {
  const code = sqliteCodeOf(error)
  return code === null || SENTENCES[code] === undefined ? null : new ConfigError(describeTrouble(code, path), { cause: error })
}

const cannotWrite = (path: string): string =>
  `The database ${path} cannot be written: give the user of this process the right to write it and its folder, or choose another folder with PARLEY_DATA.`

const SENTENCES: Readonly<Record<number, (path: string) => string>> = {
  [SQLITE.BUSY]: (path) => `The database ${path} is in use by another program: end that first.`,
  [SQLITE.READONLY]: cannotWrite,
  [SQLITE.IOERR]: (path) => `The database ${path} cannot be read or written: check the disk and its free space.`,
  [SQLITE.CORRUPT]: (path) => `The database ${path} is damaged: ${RESTORE}. Nothing was changed.`,
  [SQLITE.FULL]: (path) => `The disk of ${path} is full: make room, then start again.`,
  [SQLITE.CANTOPEN]: cannotWrite,
  [SQLITE.NOTADB]: (path) => `The file ${path} is no database: ${RESTORE}. Nothing was changed.`
}
