import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, Migrator, sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { readConfig } from '../config.ts'
import { openServices, type Services } from '../services.ts'
import { makeFolder } from '../testing/node.ts'
import type { AccountId } from '#shared/ids.ts'
import { openDatabase } from './database.ts'
import { createSqliteDialect } from './engines/sqlite-dialect.ts'
import { migrations } from './migrations/index.ts'
import { createNames } from './names.ts'
import type { Database } from './schema.ts'
import { toSqliteUrl } from './url.ts'

let folder: string
beforeEach(async () => { folder = await makeFolder() })
afterEach(async () => { await rm(folder, { recursive: true, force: true }) })

const open = (): Promise<Services> => openServices(readConfig({ PARLEY_DATA: folder }), { log: createLog('silent') })

it('comes from nothing to the newest schema, in order, and stays there when opened again', async () => {
  const path = join(folder, 'parley.db')
  for (let time = 0; time < 2; time++) {
    const db = await openDatabase(toSqliteUrl(path))
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(migrations))
    expect(Object.keys(migrations)).toEqual(Object.keys(migrations).sort())
    await db.destroy()
  }
})

it('takes a database whose codes belonged to an address over to codes per device; one that was open is asked for once more', async () => {
  const path = join(folder, 'parley.db')
  const old = new Kysely<Database>({ dialect: createSqliteDialect(path) })
  const released = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0005'))
  await new Migrator({ db: old, provider: { getMigrations: () => Promise.resolve(released) } }).migrateToLatest()
  await sql`insert into codes (email_hash, code_hash, attempts, sent_at, expires_at) values ('hash', 'hash', 0, 1, 9e15)`.execute(old)
  await old.destroy()
  const services = await open()
  const asker = { deviceId: 'device', address: '192.0.2.1', isLocal: true }
  await expect(services.codes.use('alice@example.org', '123456', asker)).rejects.toMatchObject({ code: 'code-expired' })
  await services.codes.send('alice@example.org', asker)
  const code = services.mailer.inbox?.[0]?.code ?? ''
  await expect(services.codes.use('alice@example.org', code, asker)).resolves.toBe(services.secret.hash('email', 'alice@example.org'))
  await services.stop()
})

it('keeps what was committed and nothing of a transaction that failed', async () => {
  const db = await openDatabase(toSqliteUrl(join(folder, 'parley.db')))
  await db.insertInto('meta').values({ key: 'kept', value: '1' }).execute()
  const failing = db.transaction().execute(async (transaction) => {
    await transaction.insertInto('meta').values({ key: 'lost', value: '1' }).execute()
    await transaction.insertInto('meta').values({ key: 'kept', value: '2' }).execute()
  })
  await expect(failing).rejects.toThrow(/UNIQUE/)
  expect(await db.selectFrom('meta').selectAll().execute()).toEqual([{ key: 'kept', value: '1' }])
  await db.destroy()
})

it('enforces its references', async () => {
  const db = await openDatabase(toSqliteUrl(join(folder, 'parley.db')))
  const orphan = { name_key: 'a', account_id: 'nobody', name: 'A', reserved_at: 0 }
  await expect(db.insertInto('names').values(orphan).execute()).rejects.toThrow(/FOREIGN KEY/)
  await db.destroy()
})

it('refuses a database that a newer Parley has written', async () => {
  const db = await openDatabase(toSqliteUrl(join(folder, 'parley.db')))
  await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2099-01-01')`.execute(db)
  await db.destroy()
  await expect(openDatabase(toSqliteUrl(join(folder, 'parley.db')))).rejects
    .toThrow('The database was written by a newer Parley')
})

it('refuses a secret that is damaged or belongs to another database', async () => {
  await (await open()).stop()
  await writeFile(join(folder, 'secret'), 'f'.repeat(64))
  await expect(open()).rejects.toThrow('does not belong to this database')
  await writeFile(join(folder, 'secret'), 'oops')
  await expect(open()).rejects.toThrow('is damaged: restore it from a backup')
})

it('stops as often as it is told to', async () => {
  const services = await open()
  await Promise.all([services.stop(), services.stop()])
  await services.stop()
})

it('gives the names of an older database their looks: of two that look alike the later one is kept without', async () => {
  const path = join(folder, 'parley.db')
  const old = new Kysely<Database>({ dialect: createSqliteDialect(path) })
  const { '0007-name-skeletons': _, ...before } = migrations
  await new Migrator({ db: old, provider: { getMigrations: () => Promise.resolve(before) } }).migrateTo('0006-passes')
  const given = [['alice', 'Alice', 2], ['\u0430lice', '\u0410lice', 1], ['bob', 'Bob', 3]] as const
  for (const [key, name, at] of given) {
    await sql`insert into accounts (id, email_hash, created_at) values (${key}, ${key}, 0)`.execute(old)
    await sql`insert into names (name_key, account_id, name, reserved_at) values (${key}, ${key}, ${name}, ${at})`.execute(old)
  }
  await old.destroy()

  const db = await openDatabase(toSqliteUrl(path))
  expect(await db.selectFrom('names').select(['name', 'skeleton']).orderBy('reserved_at').execute()).toEqual([
    { name: '\u0410lice', skeleton: 'alice' }, { name: 'Alice', skeleton: null }, { name: 'Bob', skeleton: 'bob' }
  ])
  const names = createNames(db)
  const as = (account: string, name: string): Promise<boolean> => names.reserve(name, account as AccountId, 4)
  // Alice keeps her name, in other cases too; nobody else gets it, and she does not get it back once she gave it away.
  expect(await as('alice', 'ALICE')).toBe(true)
  expect(await as('bob', 'Alice')).toBe(false)
  expect(await as('alice', 'Alicia')).toBe(true)
  expect(await as('alice', 'Alice')).toBe(false)
  expect(await names.of('alice' as AccountId)).toBe('Alicia')
  await db.destroy()
})
