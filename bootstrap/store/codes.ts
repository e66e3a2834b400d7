/**
 * Open sign-in codes: one per address hash and asking device. Every step is one statement, so that parallel requests cannot win extra
 * attempts.
 */
import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import type { Database } from './schema.ts'
import { toNumber } from './to-number.ts'

export interface CodeKey {
  emailHash: string
  /** Thumbprint of the device key that asked; empty for a code that was asked for without a device proof. */
  asker: string
}

export interface OpenCode extends CodeKey {
  /** What the code is computed from, together with the node's secret. */
  seed: string
  attempts: number
  sentAt: number
  expiresAt: number
}

export interface Codes {
  /**
   * Records that a code is sent now: the open one for a longer time, or a fresh one when that has expired or `maxAttempts` were made.
   * Null when one was sent after `notSentAfter`.
   */
  open(key: CodeKey, options: { freshSeed: string, now: number, expiresAt: number, notSentAfter: number, maxAttempts: number }): Promise<OpenCode | null>
  /** Takes back that the code was sent, because no mail left. */
  unsend(code: OpenCode): Promise<void>
  find(key: CodeKey): Promise<OpenCode | null>
  /** Counts one attempt and returns the code; null when there is none, it has expired, or `maxAttempts` were made. */
  attempt(key: CodeKey, options: { now: number, maxAttempts: number }): Promise<OpenCode | null>
  /** Removes exactly this code. False when it is gone already: then it was used by another request. */
  close(code: OpenCode): Promise<boolean>
  purge(now: number): Promise<void>
}

export function createCodes (db: Db): Codes {
  return {
    async open ({ emailHash, asker }, { freshSeed, now, expiresAt, notSentAfter, maxAttempts }) {
      const row = await db.insertInto('codes')
        .values({ email_hash: emailHash, asker, seed: freshSeed, attempts: 0, sent_at: now, expires_at: expiresAt })
        .onConflict((conflict) => conflict.columns(['email_hash', 'asker']).doUpdateSet((expression) => {
          const isSpent = expression.or([expression('codes.expires_at', '<=', now), expression('codes.attempts', '>=', maxAttempts)])
          return {
            seed: expression.case().when(isSpent).then(freshSeed).else(expression.ref('codes.seed')).end(),
            attempts: expression.case().when(isSpent).then(0).else(expression.ref('codes.attempts')).end(),
            sent_at: now,
            expires_at: expiresAt
          }
        })
          // One from the future was sent by a clock that has been corrected since.
          .where((where) => where.or([where('codes.sent_at', '<=', notSentAfter), where('codes.sent_at', '>', now)])))
        .returningAll().executeTakeFirst()
      return row === undefined ? null : toCode(row)
    },
    async unsend ({ emailHash, asker, sentAt }) {
      await db.updateTable('codes').set({ sent_at: 0 })
        .where('email_hash', '=', emailHash).where('asker', '=', asker).where('sent_at', '=', sentAt).execute()
    },
    async find ({ emailHash, asker }) {
      const row = await db.selectFrom('codes').selectAll().where('email_hash', '=', emailHash).where('asker', '=', asker).executeTakeFirst()
      return row === undefined ? null : toCode(row)
    },
    async attempt ({ emailHash, asker }, { now, maxAttempts }) {
      const row = await db.updateTable('codes').set((expression) => ({ attempts: expression('attempts', '+', 1) }))
        .where('email_hash', '=', emailHash).where('asker', '=', asker).where('attempts', '<', maxAttempts).where('expires_at', '>', now)
        .returningAll().executeTakeFirst()
      return row === undefined ? null : toCode(row)
    },
    async close ({ emailHash, asker, seed }) {
      const { numDeletedRows } = await db.deleteFrom('codes')
        .where('email_hash', '=', emailHash).where('asker', '=', asker).where('seed', '=', seed).executeTakeFirst()
      return numDeletedRows > 0n
    },
    async purge (now) {
      await db.deleteFrom('codes').where('expires_at', '<=', now).execute()
    }
  }
}

function toCode (row: Selectable<Database['codes']>): OpenCode {
  return {
    emailHash: row.email_hash,
    asker: row.asker,
    seed: row.seed,
    attempts: row.attempts,
    sentAt: toNumber(row.sent_at),
    expiresAt: toNumber(row.expires_at)
  }
}
