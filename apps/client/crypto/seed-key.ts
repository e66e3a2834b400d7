import { toHex } from '#shared/ids.ts'
import { importEd25519Seed } from '#shared/wire/ed25519-seed.ts'
import { hkdf } from './hkdf.ts'

export interface SeedKeyPair {
  privateKey: CryptoKey
  /** Raw, 32 bytes. */
  publicKey: Uint8Array<ArrayBuffer>
  publicKeyHex: string
}

/** The Ed25519 key pair that everybody who has `secret` can derive, for the one use that `context` names. */
export async function keyPairFromSecret (secret: Uint8Array<ArrayBuffer>, context: string): Promise<SeedKeyPair> {
  const pair = await importEd25519Seed(await hkdf(secret, context))
  return { ...pair, publicKeyHex: toHex(pair.publicKey) }
}
