/** Alice takes back what the mailbox keeps for her room; Mallory has a passport and no key of it. Real HTTP, real SQLite. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { InvitationsApi, MailboxKeys } from '../../apps/client/node-api/index.ts'
import { toHex, type AccountId } from '#shared/ids.ts'
import { encodeEnvelope, verifyEnvelope } from '#shared/wire/envelope.ts'
import { createCarrierAccess } from '#shared/wire/sync/index.ts'
import { createPerson as createWriter, ROOM, roomKeys, type Person as Writer } from '#shared/wire/sync/testing/people.ts'
import { createQuota } from '../mailbox/quota.ts'
import { openShelf, type Shelf } from '../mailbox/shelf.ts'
import { createPerson, startTestNode, type TestNode } from '../testing/node.ts'

let node: TestNode
let shelf: Shelf
let writer: Writer
const room = await roomKeys()
const keys: MailboxKeys = { privateKey: room.privateKey, publicKey: room.rawPublicKey }

beforeEach(async () => {
  node = await startTestNode()
  const { db } = node
  await db.insertInto('mailbox_rooms')
    .values({ tag: ROOM, access_key: toHex(room.rawPublicKey), account_id: 'x', created_at: 0, used_at: Date.now() }).execute()
  writer = await createWriter()
  await writer.writeMany(5)
  await writer.write({ kind: 'operation' })
  const access = await createCarrierAccess({ roomTag: ROOM, publicKey: room.rawPublicKey, localKey: writer.key })
  const store = node.services.mailboxStore
  const quota = createQuota(store, { maxBytes: Infinity, maxRows: Infinity })
  shelf = await openShelf({ store, quota, roomTag: ROOM, access, stamp: Date.now, onFork: () => {} })
  await shelf.replicaFor('alice' as AccountId).append(writer.log)
})
afterEach(async () => { await node.stop() })

async function arrive (name: string): Promise<(of: MailboxKeys) => InvitationsApi> {
  const person = await createPerson(node, name)
  const { passport } = await person.signIn()
  return (of) => person.api.invitations(passport, ROOM, of)
}

const bodies = async (): Promise<boolean[]> => {
  const served = await shelf.replicaFor('alice' as AccountId).read(writer.devTag, { from: 1, to: 9 }, { maxBytes: 1e6 })
  for (const entry of served) await verifyEnvelope(entry, writer.device)
  expect(served.map(({ id }) => id)).toEqual(writer.log.map(({ id }) => id))
  return served.map(({ body }) => !('erasedHash' in body))
}

it('lets go of the bodies that a member names, keeps the chain, and leaves operations as they are', async () => {
  const alice = await arrive('Alice')
  await alice(keys).eraseBodies(writer.devTag, [2, 4, 6, 99])
  expect(await bodies()).toEqual([true, false, true, false, true, true])
  await alice(keys).eraseBodies(writer.devTag, [2])
  expect(await bodies()).toEqual([true, false, true, false, true, true])
})

it('leaves nothing of them on the disk', async () => {
  const alice = await arrive('Alice')
  const [first] = writer.log
  const body = Buffer.from(encodeEnvelope(first!)).subarray(-120, -66)
  const onDisk = async (): Promise<boolean> => {
    await sql`pragma wal_checkpoint(truncate)`.execute(node.db)
    const files = await Promise.all((await readdir(node.dataDir)).map(async (name) => await readFile(join(node.dataDir, name))))
    return files.some((file) => file.includes(body))
  }
  expect(await onDisk()).toBe(true)
  await alice(keys).eraseBodies(writer.devTag, [1])
  expect(await onDisk()).toBe(false)
})

it('does so for nobody without the key of the room', async () => {
  const mallory = await arrive('Mallory')
  const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const other = { privateKey, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) }
  await expect(mallory(other).eraseBodies(writer.devTag, [1])).rejects.toMatchObject({ code: 'not-allowed' })
  const response = await fetch(`${node.origin}/v1/mailbox/${ROOM}/erase`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ devTag: writer.devTag, seqs: [1] }) })
  expect(response.status).toBe(401)
  expect(await bodies()).toEqual([true, true, true, true, true, true])
})

it('answers what it does not carry, and a list that is none', async () => {
  const alice = await arrive('Alice')
  await expect(alice(keys).eraseBodies(writer.devTag, [0])).rejects.toMatchObject({ code: 'request-invalid' })
  await node.db.deleteFrom('mailbox_rooms').execute()
  await expect(alice(keys).eraseBodies(writer.devTag, [1])).rejects.toMatchObject({ code: 'not-found' })
})
