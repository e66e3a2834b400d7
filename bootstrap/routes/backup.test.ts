import { afterEach, beforeEach, expect, it } from 'vitest'
import { BACKUP_MAX_BYTES, BACKUPS_PER_ACCOUNT, DEVICE_IDLE_MS, DEVICES_MAX } from '#shared/limits.ts'
import { createNodeApi } from '../../apps/client/node-api/index.ts'
import { createDeviceKey, createPerson, startTestNode, type Person, type TestNode } from '../testing/node.ts'

let node: TestNode
beforeEach(async () => { node = await startTestNode() })
afterEach(async () => { await node.stop() })

const idOf = (n: number): string => n.toString(16).padStart(32, '0')
const sealedOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

it('keeps what was sealed, byte for byte, and counts its changes', async () => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  await expect(alice.api.backup(passport, idOf(1))).rejects.toMatchObject({ code: 'backup-missing' })
  const sealed = sealedOf(crypto.getRandomValues(new Uint8Array(60_000)))
  expect(await alice.api.saveBackup(passport, idOf(1), { replaces: 0, sealed })).toBe(1)
  expect(await alice.api.backup(passport, idOf(1))).toEqual({ revision: 1, sealed })
  expect(await alice.api.saveBackup(passport, idOf(1), { replaces: 1, sealed: 'YQ' })).toBe(2)
  expect(await alice.api.backup(passport, idOf(1))).toEqual({ revision: 2, sealed: 'YQ' })
})

it('lets nobody overwrite what they have not seen', async () => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  const results = await Promise.allSettled(['YQ', 'Yg', 'Yw'].map((sealed) => alice.api.saveBackup(passport, idOf(1), { replaces: 0, sealed })))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(alice.api.saveBackup(passport, idOf(1), { replaces: 0, sealed: 'ZA' })).rejects.toMatchObject({ code: 'backup-changed' })
  await expect(alice.api.saveBackup(passport, idOf(1), { replaces: 7, sealed: 'ZA' })).rejects.toMatchObject({ code: 'backup-changed' })
})

it('shows an account its own backups only', async () => {
  const [alice, bob] = [await createPerson(node, 'Alice'), await createPerson(node, 'Bob')]
  const [hers, his] = [await alice.signIn(), await bob.signIn()]
  await alice.api.saveBackup(hers.passport, idOf(1), { replaces: 0, sealed: 'YQ' })
  await expect(bob.api.backup(his.passport, idOf(1))).rejects.toMatchObject({ code: 'backup-missing' })
  expect(await bob.api.saveBackup(his.passport, idOf(1), { replaces: 0, sealed: 'Yg' })).toBe(1)
  expect(await alice.api.backup(hers.passport, idOf(1))).toEqual({ revision: 1, sealed: 'YQ' })
})

it('takes a backup of the greatest size, refuses more, and lets the oldest go when there are too many', async () => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  await alice.api.saveBackup(passport, idOf(0), { replaces: 0, sealed: sealedOf(new Uint8Array(BACKUP_MAX_BYTES)) })
  await expect(alice.api.saveBackup(passport, idOf(0), { replaces: 1, sealed: sealedOf(new Uint8Array(BACKUP_MAX_BYTES + 3)) }))
    .rejects.toMatchObject({ code: 'request-invalid' })
  for (let n = 1; n <= BACKUPS_PER_ACCOUNT; n++) {
    node.pass(1000)
    await alice.api.saveBackup(passport, idOf(n), { replaces: 0, sealed: 'YQ' })
  }
  await expect(alice.api.backup(passport, idOf(0))).rejects.toMatchObject({ code: 'backup-missing' })
  await expect(alice.api.backup(passport, idOf(1))).resolves.toMatchObject({ revision: 1 })
})

it('says what is wrong with an id or a body, and is described for machines', async () => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  await expect(alice.api.backup(passport, 'nonsense')).rejects.toMatchObject({ code: 'request-invalid' })
  await expect(alice.api.saveBackup(passport, idOf(1), { replaces: -1, sealed: 'YQ' })).rejects.toMatchObject({ code: 'request-invalid' })
  await expect(alice.api.saveBackup(passport, idOf(1), { replaces: 0, sealed: '<b>' })).rejects.toMatchObject({ code: 'request-invalid' })
  const openapi: { paths: Record<string, object> } = (await node.app.inject('/openapi.json')).json()
  expect(Object.keys(openapi.paths['/v1/user/backup'] ?? {}).sort()).toEqual(['delete', 'get', 'put'])
})

async function signInAgain (person: Person): Promise<string> {
  node.pass(31_000)
  const api = createNodeApi({ origin: node.origin, deviceKey: await createDeviceKey(), now: () => node.services.now() })
  await api.requestCode(person.email)
  return (await api.verifyCode({ email: person.email, code: person.readCode() })).passport
}

it('signs in twenty devices of an account, then none until one is signed out or has been idle for long', async () => {
  await node.stop()
  node = await startTestNode({ limits: { 'mailbox-mails': { burst: 100 } } })
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  for (let n = 1; n < DEVICES_MAX; n++) await signInAgain(alice)
  await expect(signInAgain(alice)).rejects.toMatchObject({ code: 'device-limit' })
  const [newest] = await alice.api.devices(passport)
  await alice.api.revokeDevice(passport, newest?.id ?? '')
  await expect(signInAgain(alice)).resolves.toBeTypeOf('string')
  await expect(signInAgain(alice)).rejects.toMatchObject({ code: 'device-limit' })
  node.pass(DEVICE_IDLE_MS + 1000)
  const fresh = await signInAgain(alice)
  expect(fresh).toBeTypeOf('string')
  await expect(alice.api.refresh(passport)).rejects.toMatchObject({ code: 'device-revoked' })
})
