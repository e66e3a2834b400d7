/**
 * The node's one secret: 32 random bytes in the data folder, readable by its owner only. From it come the keys of all hashes (e-mail
 * addresses, codes) and of the seal around the signing keys, so that a copy of the database alone tells and forges nothing.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from './config.ts'

export interface ServerSecret {
  /** Keyed hash, base64url, 43 characters. Different purposes have unrelated keys. */
  hash(purpose: 'email' | 'code' | 'asker' | 'pass' | 'turn' | 'check', text: string): string
  /** 32 bytes. */
  key(purpose: 'signing-keys'): Buffer
}

const SECRET_BYTES = 32

/** Reads `<dataDir>/secret` or makes it. @throws {ConfigError} when it is there and broken. */
export async function openSecret (dataDir: string): Promise<ServerSecret> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'secret')
  try {
    // `wx` never overwrites: a lost secret orphans every account.
    await writeFile(path, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const text = (await readFile(path, 'utf8')).trim()
  if (!/^[0-9a-f]{64}$/.test(text)) throw new ConfigError(`${path} is damaged: restore it from a backup; without it nobody's account can be found.`)
  const secret = Buffer.from(text, 'hex')
  const key = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `parley ${purpose}`, SECRET_BYTES))
  return {
    hash: (purpose, text) => createHmac('sha256', key(purpose)).update(text).digest('base64url'),
    key
  }
}
