/** Sealed backups of people, a few per account, each with a revision so that two devices cannot overwrite each other unseen. */
import type { AccountId } from '#shared/ids.ts'
import { BACKUPS_PER_ACCOUNT } from '#shared/limits.ts'
import type { Db } from './database.ts'

export interface BackupRow { revision: number, sealed: Uint8Array }

export interface Backups {
  find(accountId: AccountId, backupId: string): Promise<BackupRow | null>
  /**
   * Keeps a backup in place of revision `replaces` (0: there is none yet). Answers the new revision; null when another one is there.
   * Beyond `BACKUPS_PER_ACCOUNT` the one that was not changed for longest goes.
   */
  put(backup: { accountId: AccountId, backupId: string, replaces: number, sealed: Uint8Array, now: number }): Promise<number | null>
  remove(accountId: AccountId, backupId: string): Promise<boolean>
}

export function createBackups (db: Db): Backups {
  const prune = async (accountId: AccountId): Promise<void> => {
    const surplus = await db.selectFrom('backups').select('backup_id').where('account_id', '=', accountId)
      .orderBy('changed_at', 'desc').orderBy('backup_id').limit(1000).offset(BACKUPS_PER_ACCOUNT).execute()
    for (const { backup_id: id } of surplus) {
      await db.deleteFrom('backups').where('account_id', '=', accountId).where('backup_id', '=', id).execute()
    }
  }

  return {
    async find (accountId, backupId) {
      const row = await db.selectFrom('backups').select(['revision', 'sealed'])
        .where('account_id', '=', accountId).where('backup_id', '=', backupId).executeTakeFirst()
      return row ?? null
    },
    async put ({ accountId, backupId, replaces, sealed, now }) {
      const revision = replaces + 1
      if (replaces === 0) {
        const row = { account_id: accountId, backup_id: backupId, revision, sealed, changed_at: now }
        const { numInsertedOrUpdatedRows = 0n } = await db.insertInto('backups').values(row)
          .onConflict((conflict) => conflict.columns(['account_id', 'backup_id']).doNothing()).executeTakeFirst()
        if (numInsertedOrUpdatedRows === 0n) return null
        await prune(accountId)
        return revision
      }
      const { numUpdatedRows } = await db.updateTable('backups').set({ revision, sealed, changed_at: now })
        .where('account_id', '=', accountId).where('backup_id', '=', backupId).where('revision', '=', replaces).executeTakeFirst()
      return numUpdatedRows > 0n ? revision : null
    },
    async remove (accountId, backupId) {
      const { numDeletedRows } = await db.deleteFrom('backups')
        .where('account_id', '=', accountId).where('backup_id', '=', backupId).executeTakeFirst()
      return numDeletedRows > 0n
    }
  }
}
