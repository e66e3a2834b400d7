/**
 * The vault: what is secret on this device rests sealed by one AES-256-GCM key that never leaves WebCrypto. On the desktop that key is
 * itself kept by the operating system's keychain; in a browser it rests non-extractable in IndexedDB, which protects against a copied
 * profile folder no better than the browser does (docs/SECURITY.md).
 */
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import type { Keychain } from '../platform.ts'

export interface Vault {
  /** @param context where the record rests, e.g. `rooms/<tag>`: a record cannot be swapped for another */
  seal(context: string, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  /** @throws when the record was changed, is of another context, or was sealed by another vault (rejects) */
  open(context: string, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

/** What is kept of the vault key between starts. */
export type StoredVaultKey = { kind: 'webcrypto', key: CryptoKey } | { kind: 'keychain', sealed: Uint8Array<ArrayBuffer> }

const AES = { name: 'AES-GCM', length: 256 }
const USES: KeyUsage[] = ['encrypt', 'decrypt']

/** Opens the vault with what was stored, or makes a new one and hands what is to be stored to `save`. */
export async function openVault (
  stored: StoredVaultKey | null, keychain: Keychain | null, save: (stored: StoredVaultKey) => Promise<void>
): Promise<Vault> {
  if (stored?.kind === 'webcrypto') return vaultOf(stored.key)
  if (stored?.kind === 'keychain') {
    if (keychain === null) throw new Error('this profile was sealed by a keychain that is not there')
    return vaultOf(await crypto.subtle.importKey('raw', concat(await keychain.open(stored.sealed)), AES, false, USES))
  }
  if (keychain === null) {
    const key = await crypto.subtle.generateKey(AES, false, USES)
    await save({ kind: 'webcrypto', key })
    return vaultOf(key)
  }
  const secret = crypto.getRandomValues(new Uint8Array(32))
  await save({ kind: 'keychain', sealed: concat(await keychain.seal(secret)) })
  return vaultOf(await crypto.subtle.importKey('raw', secret, AES, false, USES))
}

function vaultOf (key: CryptoKey): Vault {
  const params = (iv: Uint8Array<ArrayBuffer>, context: string): AesGcmParams =>
    ({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`parley/vault/1/${context}`) })
  return {
    async seal (context, plain) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      return concat(iv, new Uint8Array(await crypto.subtle.encrypt(params(iv, context), key, plain)))
    },
    async open (context, sealed) {
      const iv = sealed.slice(0, NONCE_BYTES)
      return new Uint8Array(await crypto.subtle.decrypt(params(iv, context), key, sealed.slice(NONCE_BYTES)))
    }
  }
}
