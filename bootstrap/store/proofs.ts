/** Used proofs. In the database rather than in memory: a restart opens no window for replays, and several nodes can share it. */
import type { Db } from './index.ts'

export interface Proofs {
  /** Answers false when this proof was used before. */
  use(id: string, expiresAt: number): Promise<boolean>
  purge(now: number): Promise<void>
}

export function createProofs (db: Db): Proofs {
  return {
    async use (id, expiresAt) {
      const { numInsertedOrUpdatedRows } = await db.insertInto('proofs').values({ id, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('id').doNothing()).executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    },
    async purge (now) {
      await db.deleteFrom('proofs').where('expires_at', '<=', now).execute()
    }
  }
}
