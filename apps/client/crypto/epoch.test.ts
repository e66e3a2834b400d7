import { describe, expect, test } from 'vitest'
import { toHex, type EpochId } from '#shared/ids.ts'
import { openBody, sealBody } from './body.ts'
import { createEpoch, epochFromSecrets, epochFromSeed } from './epoch.ts'
import { hkdf } from './hkdf.ts'
import { keyPairFromSecret } from './seed-key.ts'

const header = Uint8Array.of(1)
const content = new TextEncoder().encode('Dinner is ready')

describe('an epoch', () => {
  test('of a room from before protocol 3 has this id and these secrets for this seed', async () => {
    const { epochId, parts } = await epochFromSeed(new Uint8Array(32).fill(9), '00'.repeat(16) as EpochId)
    expect(epochId).toBe('0f8d266503df9096b0db00ab85d773c3')
    expect(toHex(parts.logSecret)).toBe('819ec02c1e8fd17e56a0bc11f7bf0408026338d2373f37baa24f20cdcde3ef90')
    expect(toHex(parts.messageSecret!)).toBe('4149bb7cc38d992493e7d57aa3e19a9181fb7a9771d67c3d4dedd2ea02372dce')
    expect(parts.epochId).toBe(epochId)
  })

  test('of a room that is begun now has this id, and the same secrets', async () => {
    const { epochId, parts } = await epochFromSeed(new Uint8Array(32).fill(9))
    expect(epochId).toBe('3c74df226f8f6b3df33b76ee69761537ddbfa27f083e0b39aec9ebacc7b6ca7b')
    expect(toHex(parts.logSecret)).toBe('819ec02c1e8fd17e56a0bc11f7bf0408026338d2373f37baa24f20cdcde3ef90')
  })

  test('is taken under an id of its own length only', async () => {
    const [long, short] = [await createEpoch(), await createEpoch('00'.repeat(16) as EpochId)]
    expect([long.epochId.length, short.epochId.length]).toEqual([64, 32])
    for (const { parts } of [long, short]) expect((await epochFromSecrets(parts))?.epochId).toBe(parts.epochId)
    expect(await epochFromSecrets({ ...long.parts, epochId: long.epochId.slice(0, 32) as EpochId })).toBeNull()
    expect(await epochFromSecrets({ ...short.parts, epochId: short.epochId.repeat(2) as EpochId })).toBeNull()
  })

  test('is the same for everybody who has the seed, and another for any other seed', async () => {
    const made = await createEpoch()
    const theirs = await epochFromSeed(made.seed)
    expect(theirs.epochId).toBe(made.epochId)
    expect(await openBody(theirs.messageKey!, header, await sealBody(made.messageKey!, header, content))).toEqual(content)
    expect(await openBody(theirs.logKey, header, await sealBody(made.logKey, header, content))).toEqual(content)
    expect((await createEpoch()).epochId).not.toBe(made.epochId)
  })

  test('has two keys that do not open what the other sealed, and that nobody can read out', async () => {
    const { logKey, messageKey } = await createEpoch()
    await expect(openBody(messageKey!, header, await sealBody(logKey, header, content))).rejects.toThrow('undecryptable')
    expect([logKey.extractable, messageKey!.extractable]).toEqual([false, false])
    expect(logKey.usages.toSorted()).toEqual(['decrypt', 'encrypt'])
  })

  test('is restored from its stored secrets', async () => {
    const made = await createEpoch()
    const restored = await epochFromSecrets(made.parts)
    expect(restored?.epochId).toBe(made.epochId)
    expect(await openBody(restored!.messageKey!, header, await sealBody(made.messageKey!, header, content))).toEqual(content)
  })

  test('commits to both secrets: whoever hands over another key, or the keys of another epoch, is found out', async () => {
    const { parts } = await createEpoch()
    const other = (await createEpoch()).parts
    const flipped = parts.logSecret.map((byte, i) => i === 31 ? byte ^ 1 : byte)
    expect(await epochFromSecrets(parts)).not.toBeNull()
    expect(await epochFromSecrets({ ...parts, logSecret: flipped })).toBeNull()
    expect(await epochFromSecrets({ ...parts, logSecret: other.logSecret })).toBeNull()
    expect(await epochFromSecrets({ ...parts, messageSecret: other.messageSecret })).toBeNull()
    expect(await epochFromSecrets({ ...parts, messageSecret: other.messageSecret, messageCommitment: other.messageCommitment })).toBeNull()
    expect(await epochFromSecrets({ ...parts, messageSecret: null, messageCommitment: other.messageCommitment })).toBeNull()
    expect(await epochFromSecrets({ ...parts, epochId: other.epochId })).toBeNull()
    expect(await epochFromSecrets({ ...other, epochId: parts.epochId })).toBeNull()
  })

  test('behind a history barrier opens operations and no messages', async () => {
    const made = await createEpoch()
    const behind = await epochFromSecrets({ ...made.parts, messageSecret: null })
    expect(behind?.epochId).toBe(made.epochId)
    expect(behind?.messageKey).toBeNull()
    expect(behind?.parts.messageSecret).toBeNull()
    expect(await openBody(behind!.logKey, header, await sealBody(made.logKey, header, content))).toEqual(content)
  })
})

describe('a key pair from a secret', () => {
  const secret = new Uint8Array(16).fill(3)

  test('of version 1 is this one', async () => {
    expect((await keyPairFromSecret(secret, 'parley/test/1')).publicKeyHex).toBe('c588738fd4aadbd1692c9ea301b0d9f7c12b4c5d2212ae12a8dedd8ef025219d')
  })

  test('is the same for everybody who has the secret, and another for another secret or use', async () => {
    const one = await keyPairFromSecret(secret, 'parley/test/1')
    const two = await keyPairFromSecret(secret.slice(), 'parley/test/1')
    expect(two.publicKey).toEqual(one.publicKey)
    expect(toHex(one.publicKey)).toBe(one.publicKeyHex)
    const others = await Promise.all([keyPairFromSecret(secret, 'parley/test/2'), keyPairFromSecret(new Uint8Array(16).fill(4), 'parley/test/1')])
    for (const other of others) expect(other.publicKeyHex).not.toBe(one.publicKeyHex)
  })

  test('signs for its public half and cannot be read out', async () => {
    const { privateKey, publicKey } = await keyPairFromSecret(secret, 'parley/test/1')
    const signature = await crypto.subtle.sign('Ed25519', privateKey, content)
    const verifier = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    expect(await crypto.subtle.verify('Ed25519', verifier, signature, content)).toBe(true)
    expect(privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow()
  })
})

test('derived secrets differ by their use and are those of RFC 5869 without salt', async () => {
  const secret = new Uint8Array(32).fill(5)
  expect(await hkdf(secret, 'a')).not.toEqual(await hkdf(secret, 'b'))
  expect((await hkdf(secret, 'a', 60)).length).toBe(60)
  // Test case 3 of appendix A has neither salt nor info.
  expect(toHex(await hkdf(new Uint8Array(22).fill(0x0b), '', 42)))
    .toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8')
})
