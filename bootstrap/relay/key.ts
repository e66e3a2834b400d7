import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey, PrivateKey } from '@libp2p/interface'

/** The relay's identity, made at the first start. Clients pin nothing but its PeerId, so it must survive restarts. */
export async function loadRelayKey (dataDir: string): Promise<PrivateKey> {
  const path = join(dataDir, 'relay.key')
  try {
    return privateKeyFromProtobuf(await readFile(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Error(`${path} cannot be read; restore it from a backup or remove it`, { cause: error })
  }
  const key: Ed25519PrivateKey = await generateKeyPair('Ed25519')
  await mkdir(dataDir, { recursive: true })
  await writeFile(path, privateKeyToProtobuf(key), { mode: 0o600 })
  return key
}
