/** Alice is in a room that the mailbox carries, Bob has her link, Mallory has a passport. Real HTTP, real SQLite. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createNodeApi, type InvitationsApi, type MailboxKeys } from '../../apps/client/node-api/index.ts'
import { MAILBOX_PROOF_HEADER } from '#shared/http/mailbox.ts'
import { toHex, type InviteId, type RoomTag } from '#shared/ids.ts'
import { toBase64Url } from '#shared/invite.ts'
import { REQUESTS_PER_ROOM } from '#shared/limits.ts'
import { sha256 } from '#shared/wire/envelope.ts'
import { createInvitationShelf } from '../mailbox/invitations.ts'
import { expire } from '../mailbox/expire.ts'
import { createPerson, startTestNode, type TestNode } from '../testing/node.ts'

const ROOM = 'ab'.repeat(16) as RoomTag
const DAY_MS = 24 * 3_600_000
const blob = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined)

async function createKeys (): Promise<MailboxKeys & { id: InviteId }> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
  return { privateKey, publicKey: raw, id: toHex((await sha256(raw)).subarray(0, 16)) as InviteId }
}

const [roomKeys, invite, otherKeys] = [await createKeys(), await createKeys(), await createKeys()]
let node: TestNode
beforeEach(async () => {
  node = await startTestNode()
  await register(ROOM, roomKeys)
})
afterEach(async () => { await node.stop() })

async function register (tag: string, keys: MailboxKeys): Promise<void> {
  await node.db.insertInto('mailbox_rooms')
    .values({ tag, access_key: toHex(keys.publicKey), account_id: 'x', created_at: 0, used_at: Date.now() }).execute()
}

async function arrive (name: string): Promise<(keys: MailboxKeys, room?: RoomTag) => InvitationsApi> {
  const person = await createPerson(node, name)
  const { passport } = await person.signIn()
  return (keys, room = ROOM) => person.api.invitations(passport, room, keys)
}

const inAWeek = (): number => node.services.now() + 7 * DAY_MS

it('hands a welcome to whoever has the link, a request to whoever has the room, and the answer to who asked', async () => {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('welcome'), expiresAt: inAWeek() })
  expect(textOf(await bob(invite).welcome(invite.id))).toBe('welcome')
  const id = await bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('let me in') })
  expect(await bob(invite).answer(id)).toBeNull()
  const [request] = await alice(roomKeys).requests()
  expect(request).toMatchObject({ id, inviteId: invite.id, sealed: toBase64Url(blob('let me in')) })
  await alice(roomKeys).putAnswer(id, blob('come in'))
  expect(textOf(await bob(invite).answer(id))).toBe('come in')
  expect(await alice(roomKeys).requests()).toEqual([])
  await bob(invite).removeRequest(id)
  await expect(bob(invite).answer(id)).rejects.toMatchObject({ code: 'not-found' })
})

it('takes a large welcome and refuses a larger one', async () => {
  const alice = await arrive('Alice')
  const largest = crypto.getRandomValues(new Uint8Array(65_536))
  const sealed = new Uint8Array(256 * 1024).fill(7)
  sealed.set(largest)
  await alice(roomKeys).putWelcome(invite.id, { sealed, expiresAt: inAWeek() })
  expect(await alice(invite).welcome(invite.id)).toEqual(sealed)
  await expect(alice(roomKeys).putWelcome(invite.id, { sealed: new Uint8Array(256 * 1024 + 10), expiresAt: inAWeek() }))
    .rejects.toMatchObject({ code: 'request-invalid' })
})

it('keeps one request per device and invitation, the newest', async () => {
  const [alice, bob, carol] = [await arrive('Alice'), await arrive('Bob'), await arrive('Carol')]
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('welcome'), expiresAt: inAWeek() })
  const first = await bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('one') })
  expect(await bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('two') })).toBe(first)
  await carol(invite).leaveRequest({ inviteId: invite.id, sealed: blob('three') })
  expect((await alice(roomKeys).requests()).map(({ sealed }) => sealed)).toEqual([blob('two'), blob('three')].map(toBase64Url))
})

it('lets nobody do with a passport alone what a key of the room is for', async () => {
  const [alice, bob, mallory] = [await arrive('Alice'), await arrive('Bob'), await arrive('Mallory')]
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('welcome'), expiresAt: inAWeek() })
  const id = await bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('let me in') })
  const attempts = [
    // A key of her own, the link's key where the room's is needed, the room's where the link's is needed.
    () => mallory(otherKeys).welcome(invite.id), () => mallory(roomKeys).welcome(invite.id),
    () => mallory(otherKeys).putWelcome(invite.id, { sealed: blob('forged'), expiresAt: inAWeek() }),
    () => mallory(invite).putWelcome(invite.id, { sealed: blob('forged'), expiresAt: inAWeek() }),
    () => mallory(invite).removeWelcome(invite.id), () => mallory(invite).requests(), () => mallory(otherKeys).requests(),
    () => mallory(otherKeys).leaveRequest({ inviteId: invite.id, sealed: blob('forged') }),
    // The link's key on another device than the one that asked.
    () => mallory(invite).answer(id), () => mallory(invite).putAnswer(id, blob('forged')), () => mallory(invite).removeRequest(id)
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not-allowed' })
  await expect(mallory(otherKeys).leaveRequest({ inviteId: otherKeys.id, sealed: blob('made up') })).rejects.toMatchObject({ code: 'not-found' })
  await expect(mallory(roomKeys, 'cd'.repeat(16) as RoomTag).requests()).rejects.toMatchObject({ code: 'not-found' })
  expect(textOf(await bob(invite).welcome(invite.id))).toBe('welcome')
})

it('takes a proof for the request it was made for only', async () => {
  const [alice, mallory] = [await createPerson(node, 'Alice'), await createPerson(node, 'Mallory')]
  const [hers, stranger] = [await alice.signIn(), await mallory.signIn()]
  let seen = ''
  const watched = createNodeApi({
    origin: node.origin, deviceKey: alice.deviceKey,
    fetch: (url, init) => {
      seen = new Headers(init?.headers).get(MAILBOX_PROOF_HEADER) ?? ''
      return fetch(url, init)
    }
  })
  await watched.invitations(hers.passport, ROOM, roomKeys).requests()
  expect(seen).not.toBe('')
  const replaying = createNodeApi({
    origin: node.origin, deviceKey: mallory.deviceKey,
    fetch: (url, init) => {
      const headers = new Headers(init?.headers)
      headers.set(MAILBOX_PROOF_HEADER, seen)
      return fetch(url, { ...init, headers })
    }
  })
  await expect(replaying.invitations(stranger.passport, ROOM, otherKeys).requests()).rejects.toMatchObject({ code: 'proof-invalid' })
  const mixed = { privateKey: otherKeys.privateKey, publicKey: roomKeys.publicKey }
  await expect(mallory.api.invitations(stranger.passport, ROOM, mixed).requests()).rejects.toMatchObject({ code: 'proof-invalid' })
})

it('bounds how many wait in a room and how much an account keeps', async () => {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('welcome'), expiresAt: inAWeek() })
  const row = { room_tag: ROOM, invite_id: invite.id, sealed: blob(''), answer: null, bytes: 0, account_id: 'x', created_at: 0, expires_at: inAWeek() }
  await node.db.insertInto('mailbox_requests')
    .values(Array.from({ length: REQUESTS_PER_ROOM }, (_, i) => ({ ...row, id: `${i}`, device_id: `${i}` }))).execute()
  await expect(bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('one more') })).rejects.toMatchObject({ code: 'mailbox-full' })
  const small = createInvitationShelf(node.services.mailboxStore, Date.now, { quotaBytes: 710 })
  const caller = { accountId: 'alice', deviceId: 'a', publicKey: roomKeys.publicKey }
  await small.putWelcome(ROOM, 'one', { sealed: blob('12345678'), expiresAt: inAWeek() }, caller)
  await expect(small.putWelcome(ROOM, 'two', { sealed: blob('12345678'), expiresAt: inAWeek() }, caller)).rejects.toMatchObject({ code: 'mailbox-full' })
})

it('forgets both with the invitation, after 30 days at the latest', async () => {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('welcome'), expiresAt: node.services.now() + 365 * DAY_MS })
  await alice(roomKeys).putWelcome(otherKeys.id, { sealed: blob('short'), expiresAt: node.services.now() + 60_000 })
  await bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('let me in') })
  node.pass(61_000)
  await expect(bob(otherKeys).welcome(otherKeys.id)).rejects.toMatchObject({ code: 'not-found' })
  await expect(bob(otherKeys).leaveRequest({ inviteId: otherKeys.id, sealed: blob('late') })).rejects.toMatchObject({ code: 'not-found' })
  const { db } = node
  const left = async (): Promise<number[]> => [
    (await db.selectFrom('mailbox_welcomes').selectAll().execute()).length, (await db.selectFrom('mailbox_requests').selectAll().execute()).length
  ]
  await expire(node.services.mailboxStore, { now: node.services.now(), ttlMs: 400 * DAY_MS })
  expect(await left()).toEqual([1, 1])
  await expire(node.services.mailboxStore, { now: node.services.now() + 31 * DAY_MS, ttlMs: 400 * DAY_MS })
  expect(await left()).toEqual([0, 0])
})

it('goes with the room', async () => {
  const alice = await arrive('Alice')
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('welcome'), expiresAt: inAWeek() })
  await node.db.deleteFrom('mailbox_rooms').where('tag', '=', ROOM).execute()
  expect(await node.db.selectFrom('mailbox_welcomes').selectAll().execute()).toEqual([])
})

it('writes no key, proof or link into its log or its files', async () => {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  await alice(roomKeys).putWelcome(invite.id, { sealed: blob('sealed'), expiresAt: inAWeek() })
  await bob(invite).leaveRequest({ inviteId: invite.id, sealed: blob('sealed too') })
  const jwk = await crypto.subtle.exportKey('jwk', invite.privateKey)
  const secret = jwk.d ?? 'no secret'
  const files = await Promise.all((await readdir(node.dataDir)).map(async (name) => (await readFile(join(node.dataDir, name))).toString('latin1')))
  for (const text of [...files, node.logged()]) expect(text).not.toContain(secret)
  expect(node.logged()).not.toContain(toBase64Url(blob('sealed too')))
})
