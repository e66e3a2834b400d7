/**
 * Keys that sign passports. At any time one is active, one is announced (published, so that peers that are offline at the next rotation
 * know it already), and retired ones stay published while a passport they signed may be valid. Public halves are kept for good: a device
 * that was away for months still refreshes with its old passport.
 */
import type { Selectable } from 'kysely'
import { inTransaction, type Db } from './database.ts'
import type { Database } from './schema.ts'
import { toNumber } from './to-number.ts'

export interface SigningKeyRow {
  kid: string
  publicJwk: string
  sealedPrivate: string | null
  createdAt: number
  activatedAt: number | null
  retiredAt: number | null
}

export interface SigningKeys {
  find(kid: string): Promise<SigningKeyRow | null>
  active(): Promise<SigningKeyRow | null>
  /** Active, announced, and those retired after `retiredAfter`; newest first. */
  published(retiredAfter: number): Promise<SigningKeyRow[]>
  /** Retires the active key (its private half is erased), activates the announced one and announces `next`. */
  advance(next: { kid: string, publicJwk: string, sealedPrivate: string }, now: number): Promise<void>
}

export function createSigningKeys (db: Db): SigningKeys {
  return {
    async find (kid) {
      const row = await db.selectFrom('signing_keys').selectAll().where('kid', '=', kid).executeTakeFirst()
      return row === undefined ? null : toKey(row)
    },
    async active () {
      const row = await db.selectFrom('signing_keys').selectAll()
        .where('activated_at', 'is not', null).where('retired_at', 'is', null)
        .orderBy('activated_at', 'desc').executeTakeFirst()
      return row === undefined ? null : toKey(row)
    },
    async published (retiredAfter) {
      const rows = await db.selectFrom('signing_keys').selectAll()
        .where((where) => where.or([where('retired_at', 'is', null), where('retired_at', '>', retiredAfter)]))
        .orderBy('created_at', 'desc').orderBy('kid').execute()
      return rows.map(toKey)
    },
    async advance (next, now) {
      await inTransaction(db, async (transaction) => {
        await transaction.updateTable('signing_keys').set({ retired_at: now, sealed_private: null })
          .where('activated_at', 'is not', null).where('retired_at', 'is', null).execute()
        await transaction.updateTable('signing_keys').set({ activated_at: now }).where('activated_at', 'is', null).execute()
        await transaction.insertInto('signing_keys').values({
          kid: next.kid,
          public_jwk: next.publicJwk,
          sealed_private: next.sealedPrivate,
          created_at: now,
          activated_at: null,
          retired_at: null
        }).execute()
      })
    }
  }
}

function toKey (row: Selectable<Database['signing_keys']>): SigningKeyRow {
  return {
    kid: row.kid,
    publicJwk: row.public_jwk,
    sealedPrivate: row.sealed_private,
    createdAt: toNumber(row.created_at),
    activatedAt: row.activated_at === null ? null : toNumber(row.activated_at),
    retiredAt: row.retired_at === null ? null : toNumber(row.retired_at)
  }
}
