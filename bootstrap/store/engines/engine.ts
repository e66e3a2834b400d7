/** What differs between database systems. A further one implements this in a file of its own and is listed in `index.ts`. */
import type { Dialect, Kysely } from 'kysely'
import type { ConfigError } from '../../config.ts'
import type { Database } from '../schema.ts'

/**
 * `none`: no database, or a file of 0 bytes. `empty`: none of our tables. `unused`: tables, and no secret belongs to it yet (the first start
 * was interrupted). `used`: it belongs to a secret.
 */
export type DatabaseState = 'none' | 'empty' | 'unused' | 'used'

export interface DatabaseEngine {
  /** The form of its URLs, for error messages. */
  readonly urlForm: string
  /**
   * Returns what the database holds, before it is opened.
   * @throws {ConfigError} when it is damaged, cannot be written, or belongs to another program
   */
  inspect(url: string): DatabaseState | Promise<DatabaseState>
  /** @throws {ConfigError} for a URL that is not of `urlForm` */
  createDialect(url: string): Dialect
  /** Returns the sentence for a failure to open the database, or null when there is none. */
  explain(error: unknown, url: string): ConfigError | null
  /** Returns true when the database took no more: the disk is full, or cannot be written for another reason that may pass. */
  isOutOfSpace(error: unknown): boolean
  /** Returns the bytes of storage in use, without free space that is used again. */
  usedBytes(db: Kysely<Database>): Promise<number>
}
