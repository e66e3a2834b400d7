/**
 * The node's database, by its repositories: one per table or aggregate. All SQL is in this folder; nothing outside knows which database it
 * is. What is judged (who may, how much) stays outside.
 *
 * @example
 * const store = await openStore(config.databaseUrl)
 * await store.devices.listOf(accountId)
 * await store.close()
 */
import { createAccounts, type Accounts } from './accounts.ts'
import { createBackups, type Backups } from './backups.ts'
import { createCodes, type Codes } from './codes.ts'
import { openDatabase, type Db } from './database.ts'
import { createDevices, type Devices } from './devices.ts'
import type { DatabaseEngine, DatabaseState } from './engines/engine.ts'
import { engineOf } from './engines/index.ts'
import { createMailboxStore, type MailboxStore } from './mailbox.ts'
import { createMeta, type Meta } from './meta.ts'
import { createNames, type Names } from './names.ts'
import { createPasses, type Passes } from './passes.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'

export interface Repositories {
  readonly accounts: Accounts
  readonly backups: Backups
  readonly codes: Codes
  readonly devices: Devices
  readonly mailbox: MailboxStore
  readonly meta: Meta
  readonly names: Names
  readonly passes: Passes
  readonly signingKeys: SigningKeys
}

export interface Store extends Repositories {
  /** Returns the bytes of storage in use. */
  usedBytes(): Promise<number>
  close(): Promise<void>
}

export interface StoreOptions {
  /** Called with each device whose passports are no longer good, after that is stored. */
  onRevoked?: (deviceId: string) => void
}

/** @throws {ConfigError} as `openDatabase` does (rejects) */
export async function openStore (url: string, options: StoreOptions = {}): Promise<Store> {
  return createStore(await openDatabase(url), engineOf(url), options)
}

export function createStore (db: Db, engine: DatabaseEngine, options: StoreOptions = {}): Store {
  return {
    ...createRepositories(db, options),
    usedBytes: async () => await engine.usedBytes(db),
    close: async () => await db.destroy()
  }
}

export function createRepositories (db: Db, { onRevoked }: StoreOptions = {}): Repositories {
  return {
    accounts: createAccounts(db),
    backups: createBackups(db),
    codes: createCodes(db),
    devices: createDevices(db, onRevoked),
    mailbox: createMailboxStore(db),
    meta: createMeta(db),
    names: createNames(db),
    passes: createPasses(db),
    signingKeys: createSigningKeys(db)
  }
}

/**
 * Returns what a database holds, before it is opened.
 * @throws {ConfigError} when it is damaged, cannot be written, or belongs to another program (rejects)
 */
export async function inspectStore (url: string): Promise<DatabaseState> {
  return await engineOf(url).inspect(url)
}
