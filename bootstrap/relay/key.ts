import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey, PrivateKey } from '@libp2p/interface'
import { ConfigError } from '../config.ts'
import { writeNewFile } from '../folder/write-file.ts'

/**
 * Loads the relay's identity, made at the first start. Clients pin nothing but its PeerId, so it must survive restarts.
 * @throws {ConfigError} when the file is empty or damaged (rejects)
 */
export async function loadRelayKey (dataDir: string): Promise<PrivateKey> {
  const path = join(dataDir, 'relay.key')
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const key: Ed25519PrivateKey = await generateKeyPair('Ed25519')
    await writeNewFile(path, privateKeyToProtobuf(key))
    return key
  }
  try {
    return privateKeyFromProtobuf(bytes)
  } catch (cause) {
    throw new ConfigError(`${path} is ${bytes.length === 0 ? 'empty' : 'damaged'}: restore it from a backup, or remove it. ` +
      'Without it the node has a new identity: nothing is lost, and clients find it at their next connection.', { cause })
  }
}
