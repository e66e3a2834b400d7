/** The root key of a person: derived from 16 random bytes, which are the twelve words, whenever it has something to sign. */
import type { UserKey } from '#shared/ids.ts'
import { keyPairFromSecret } from '../crypto/index.ts'

/** 128 bits: twelve words. */
export const ROOT_ENTROPY_BYTES = 16
const ROOT_CONTEXT = 'parley/root-key/1'

export const createRootEntropy = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(ROOT_ENTROPY_BYTES))

export async function userKeyOf (rootEntropy: Uint8Array<ArrayBuffer>): Promise<UserKey> {
  return (await keyPairFromSecret(rootEntropy, ROOT_CONTEXT)).publicKeyHex as UserKey
}

export async function signByRoot (rootEntropy: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { privateKey } = await keyPairFromSecret(rootEntropy, ROOT_CONTEXT)
  return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, bytes))
}
