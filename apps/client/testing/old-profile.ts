/**
 * A profile as a former version of the client left it: a dump of its tables (CBOR `{version, stores, tables}`), with keys as JWK since
 * CryptoKeys have no bytes. Brought back into a database of that version, by which the present code is tried.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'cborg'
import { Dexie } from 'dexie'

interface Dump { version: number, stores: Record<string, string>, tables: Record<string, unknown[]> }
interface KeyDump { jwk: string, algorithm: string, usages: KeyUsage[] }

/** @param more rows that the former version could have written as well */
export async function restoreOldProfile (fixture: string, name: string, more: Record<string, readonly object[]> = {}): Promise<Dump> {
  const file = await readFile(join(import.meta.dirname, '../store/fixtures', fixture))
  const dump = decode(file) as Dump
  const db = new Dexie(name)
  db.version(dump.version).stores(dump.stores)
  await db.open()
  for (const [table, rows] of Object.entries(dump.tables)) {
    await db.table(table).bulkPut(await Promise.all(rows.map(revive)))
    await db.table(table).bulkPut([...more[table] ?? []])
  }
  db.close()
  return dump
}

async function revive (value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return await Promise.all(value.map(revive))
  if ('jwk' in value) {
    const { jwk, algorithm, usages } = value as KeyDump
    return await crypto.subtle.importKey('jwk', JSON.parse(jwk) as JsonWebKey, algorithm, usages.includes('verify') || usages.length === 0, usages)
  }
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, field]) => [key, await revive(field)] as const)))
}
