/** Open sign-in codes: one per address hash. Every step is one statement, so that parallel requests cannot win extra attempts. */
import type { Db } from './index.ts'

export interface OpenCode {
  codeHash: string
  attempts: number
  sentAt: number
  expiresAt: number
}

export interface Codes {
  /** Puts a fresh code in place unless one was sent after `notSentAfter`. Answers whether it did. */
  open(code: { emailHash: string, codeHash: string, now: number, expiresAt: number, notSentAfter: number }): Promise<boolean>
  find(emailHash: string): Promise<OpenCode | null>
  /** Counts one attempt and answers the code; null when there is none, it has expired, or `maxAttempts` were made. */
  attempt(emailHash: string, options: { now: number, maxAttempts: number }): Promise<OpenCode | null>
  /** Removes exactly this code. Answers false when it is gone already: then somebody else has used it. */
  close(emailHash: string, codeHash: string): Promise<boolean>
  purge(now: number): Promise<void>
}

export function createCodes (db: Db): Codes {
  return {
    async open ({ emailHash, codeHash, now, expiresAt, notSentAfter }) {
      const fresh = { code_hash: codeHash, attempts: 0, sent_at: now, expires_at: expiresAt }
      const { numInsertedOrUpdatedRows } = await db.insertInto('codes').values({ email_hash: emailHash, ...fresh })
        .onConflict((conflict) => conflict.column('email_hash').doUpdateSet(fresh)
          // One from the future was sent by a clock that has been corrected since.
          .where((where) => where.or([where('codes.sent_at', '<=', notSentAfter), where('codes.sent_at', '>', now)])))
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    },
    async find (emailHash) {
      const row = await db.selectFrom('codes').selectAll().where('email_hash', '=', emailHash).executeTakeFirst()
      return row === undefined ? null : toCode(row)
    },
    async attempt (emailHash, { now, maxAttempts }) {
      const row = await db.updateTable('codes').set((expression) => ({ attempts: expression('attempts', '+', 1) }))
        .where('email_hash', '=', emailHash).where('attempts', '<', maxAttempts).where('expires_at', '>', now)
        .returningAll().executeTakeFirst()
      return row === undefined ? null : toCode(row)
    },
    async close (emailHash, codeHash) {
      const { numDeletedRows } = await db.deleteFrom('codes')
        .where('email_hash', '=', emailHash).where('code_hash', '=', codeHash).executeTakeFirst()
      return numDeletedRows > 0n
    },
    async purge (now) {
      await db.deleteFrom('codes').where('expires_at', '<=', now).execute()
    }
  }
}

function toCode (row: { code_hash: string, attempts: number, sent_at: number, expires_at: number }): OpenCode {
  return { codeHash: row.code_hash, attempts: row.attempts, sentAt: row.sent_at, expiresAt: row.expires_at }
}
