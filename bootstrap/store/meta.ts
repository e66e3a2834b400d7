/** Facts about the node that outlive a restart, as text by key. */
import type { Db } from './database.ts'

export interface Meta {
  find(key: string): Promise<string | null>
  put(key: string, value: string): Promise<void>
}

export function createMeta (db: Db): Meta {
  return {
    async find (key) {
      const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
      return row?.value ?? null
    },
    async put (key, value) {
      await db.insertInto('meta').values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value })).execute()
    }
  }
}
