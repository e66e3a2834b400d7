/**
 * Every change of the tables, in order, each a file of its own. A released one is never edited. To add one: a file
 * `NNNN-what.ts` that exports `up`, a line here, the types in `schema.ts`.
 */
import type { Migration } from 'kysely'
import { up as accounts } from './0001-accounts.ts'
import { up as mailbox } from './0002-mailbox.ts'
import { up as backups } from './0003-backups.ts'
import { up as invitations } from './0004-invitations.ts'
import { up as codesPerDevice } from './0005-codes-per-device.ts'
import { up as passes } from './0006-passes.ts'
import { up as nameSkeletons } from './0007-name-skeletons.ts'
import { up as costs } from './0008-costs.ts'

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-accounts': { up: accounts },
  '0002-mailbox': { up: mailbox },
  '0003-backups': { up: backups },
  '0004-invitations': { up: invitations },
  '0005-codes-per-device': { up: codesPerDevice },
  '0006-passes': { up: passes },
  '0007-name-skeletons': { up: nameSkeletons },
  '0008-costs': { up: costs }
}
