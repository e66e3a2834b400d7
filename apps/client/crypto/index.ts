/**
 * The only code that touches secret keys. All primitives are WebCrypto's; this folder decides which one is used for what, under which
 * context, and makes sure that a key cannot be used for anything else.
 *
 * Flow: an epoch's seed gives a log secret and a message secret (`epoch`); each gives the AES key that seals bodies (`body`); the seed
 * travels to members wrapped for their device (`wrap`); on this device all secrets rest sealed by the vault key (`vault`).
 *
 * @example
 *   const epoch = await createEpoch()
 *   const body = await sealBody(epoch.messageKey, header, content)
 *   const content = await openBody(epoch.messageKey, header, body)
 */
export { openBlob, sealBlob } from './blob.ts'
export { openBody, sealBody } from './body.ts'
export { createEpoch, epochFromSecrets, epochFromSeed, type Epoch, type SecretEpochParts } from './epoch.ts'
export { hkdf, hkdfAesKey } from './hkdf.ts'
export { keyPairFromSecret } from './seed-key.ts'
export { openVault, type StoredVaultKey } from './vault.ts'
export { createEncryptionKey, findMissingWraps, unwrapAmong, unwrapFor, wrapFor, wrapSeed } from './wrap.ts'
export { openFrame, sealFrame } from './frame.ts'
