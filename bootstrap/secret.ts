/**
 * The node's one secret: 32 random bytes in the data folder, readable by its owner only. From it come the keys of all hashes (e-mail
 * addresses, codes) and of the seal around the signing keys, so that a copy of the database alone tells and forges nothing.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from './config.ts'
import { writeNewFile } from './folder/write-file.ts'
import type { DatabaseState } from './store/engines/engine.ts'

export interface ServerSecret {
  /** Keyed hash, base64url, 43 characters. Different purposes have unrelated keys. */
  hash(purpose: 'email' | 'code' | 'asker' | 'pass' | 'turn' | 'check', text: string): string
  /** 32 bytes. */
  key(purpose: 'signing-keys'): Buffer
}

const SECRET_BYTES = 32

/**
 * Reads `<dataDir>/secret`, or makes it for a database that belongs to none.
 * @throws {ConfigError} when it is damaged, or when one of the two is there without the other (rejects)
 */
export async function openSecret (dataDir: string, database: DatabaseState): Promise<ServerSecret> {
  const path = join(dataDir, 'secret')
  const text = await readSecret(path)
  if (text === null && database === 'used') {
    throw new ConfigError(`${path} is missing beside the database it belongs to: restore it from a backup; without it nobody's account can be found. Nothing was changed.`)
  }
  if (text !== null && (database === 'none' || database === 'empty')) {
    throw new ConfigError(`The database beside ${path} is missing or empty: restore parley.db from the backup that this secret is from. ` +
      'To begin as a new node, choose an empty folder with PARLEY_DATA.')
  }
  if (text !== null && !/^[0-9a-f]{64}$/.test(text)) throw new ConfigError(`${path} is damaged: restore it from a backup; without it nobody's account can be found.`)
  const secret = text === null ? randomBytes(SECRET_BYTES) : Buffer.from(text, 'hex')
  if (text === null) await writeNewFile(path, `${secret.toString('hex')}\n`)
  const key = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `parley ${purpose}`, SECRET_BYTES))
  return {
    hash: (purpose, text) => createHmac('sha256', key(purpose)).update(text).digest('base64url'),
    key
  }
}

async function readSecret (path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
