/** Alice, Bob and Carol use the mailbox of a node (`testing/mailbox-node.ts`). */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toHex, type AccountId, type RoomTag } from '#shared/ids.ts'
import { assembleEnvelope, encodeHeader, markVerified, signedBytes, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { proveAccess, type AccessProof } from '#shared/wire/sync/access.ts'
import { createCarrierAccess } from '#shared/wire/sync/index.ts'
import { createPerson, EPOCH, ROOM, roomKeys, type Person } from '#shared/wire/sync/testing/people.ts'
import { describeReplica } from '#shared/wire/sync/testing/replica-suite.ts'
import { createLimiter } from '../limits/index.ts'
import { createDisk } from '../disk/index.ts'
import { createLog } from '../log.ts'
import { openDatabase } from '../store/database.ts'
import { openStore } from '../store/index.ts'
import { createMailboxStore } from '../store/mailbox.ts'
import { toSqliteUrl } from '../store/url.ts'
import { createQuota } from './quota.ts'
import { openShelf } from './shelf.ts'
import { alice, bob, carol, ends, ephemeralOf, folder, frameOf, keys, node, startNode } from './testing/mailbox-node.ts'

const DAY_MS = 24 * 3_600_000

await alice.writeMany(30)
await alice.write({ kind: 'operation' })
await bob.writeMany(5)

describeReplica('in the database of the node', async (roomTag) => {
  const url = toSqliteUrl(join(await folder(), 'parley.db'))
  let db = await openDatabase(url)
  ends.push(async () => await db.destroy())
  const open = async () => {
    const access = await createCarrierAccess({ roomTag, publicKey: keys.rawPublicKey, localKey: node.key })
    const store = createMailboxStore(db)
    const quota = createQuota(store, { maxBytes: Infinity, maxRows: Infinity })
    const shelf = await openShelf({ store, quota, roomTag, access, stamp: Date.now, onFork: () => {} })
    return shelf.replicaFor('alice' as AccountId)
  }
  await db.insertInto('mailbox_rooms').values({ tag: roomTag, access_key: '', account_id: 'alice', created_at: 0, used_at: 0 }).execute()
  return {
    replica: await open(),
    reopen: async () => {
      await db.destroy()
      db = await openDatabase(url)
      return await open()
    }
  }
})

describe('the mailbox', () => {
  it('keeps for Bob what Alice brought while he was away', async () => {
    const { sync } = await startNode(await folder())
    expect(await sync(alice, alice.log)).toMatchObject({ sentEntries: 31, withheld: false })
    const { got, remote } = await sync(bob, bob.log)
    expect(got.map(({ id }) => id).sort()).toEqual(alice.log.map(({ id }) => id).sort())
    expect([remote.get(alice.devTag), remote.get(bob.devTag)]).toEqual([[{ from: 1, to: 31 }], [{ from: 1, to: 5 }]])
    expect(await sync(bob, [...alice.log, ...bob.log])).toMatchObject({ sentEntries: 0, receivedEntries: 0 })
  })

  it('still has it after a restart', async () => {
    const path = await folder()
    const first = await startNode(path)
    await first.sync(alice, alice.log)
    await first.stop()
    const { sync } = await startNode(path)
    expect((await sync(bob, [])).got).toHaveLength(31)
  })

  it('refuses whoever has another key than the room was registered with, and whoever has no passport', async () => {
    const { sync } = await startNode(await folder())
    await sync(alice, alice.log)
    await expect(sync(carol, [], { room: await roomKeys(9) })).rejects.toMatchObject({ name: 'SyncRefused', code: 'no-access', by: 'remote' })
    await expect(sync(await createPerson(), [])).rejects.toThrow()
  })

  it('registers no more rooms than an account may have', async () => {
    const { sync } = await startNode(await folder(), { limiter: createLimiter({ changes: { 'mailbox-rooms': { max: 2 } } }) })
    const tags = ['11', '22', '33'].map((byte) => byte.repeat(16) as RoomTag)
    for (const [nth, tag] of tags.entries()) {
      const prove = async (verifier: Uint8Array): Promise<AccessProof> =>
        ({ epochId: EPOCH, proof: await proveAccess(keys.privateKey, { roomTag: tag, epochId: EPOCH, prover: alice.key, verifier }) })
      const writer: Person = { ...alice, access: (room, options) => ({ ...alice.access(room, options), prove }) }
      const synced = sync(writer, [], { tag })
      if (nth < 2) await expect(synced).resolves.toMatchObject({ sentEntries: 0 })
      else await expect(synced).rejects.toMatchObject({ code: 'no-access' })
    }
  })

  it('takes nothing more from an account that has its share, and still gives', async () => {
    const { sync } = await startNode(await folder(), { quotaBytes: 20_000 })
    await sync(alice, alice.log)
    await sync(bob, [])
    const more = await createPerson()
    await more.writeMany(3)
    expect(await sync(alice, [...alice.log, ...more.log])).toMatchObject({ sentEntries: 0 })
    const { got } = await sync(bob, more.log)
    expect(got).toHaveLength(31)
    expect((await sync(carol, [])).got).toHaveLength(34)
  })

  it.each([
    ['empty bodies', { quotaBytes: 12_000 }, 10, 24],
    ['many rows', { quotaRows: 15 }, 10, 15],
    ['logs of invented devices', { quotaRows: 12 }, 1, 6]
  ])('an account pays for what it brings of others as it lies on disk: %s', async (_what, options, each, most) => {
    const { sync, db } = await startNode(await folder(), options)
    const brought: VerifiedEnvelope[] = []
    for (let n = 0; n < 40 / each; n++) {
      const invented = await createPerson()
      await invented.writeMany(each)
      brought.push(...invented.log)
      // As an attacker does: again and again, as long as the mailbox accepts.
      await sync(alice, brought)
    }
    const rows = await db.selectFrom('mailbox_entries').select('account_id').execute()
    // A batch may go over by itself, so one batch more than the limit.
    expect(rows.length).toBeLessThanOrEqual(most + each)
    expect(rows.length).toBeGreaterThanOrEqual(each)
    expect(new Set(rows.map((row) => row.account_id))).toEqual(new Set([alice.device]))
    // Someone else is not charged for it.
    await sync(bob, bob.log)
    expect((await sync(carol, [])).got.filter(({ device }) => device === bob.device)).toHaveLength(5)
  })

  it('a node whose disk is full keeps nothing more of anyone, still gives, and keeps again when there is room', async () => {
    const path = await folder()
    const measuring = await openStore(toSqliteUrl(join(path, 'parley.db')))
    ends.push(async () => await measuring.close())
    const usedBytes = async (): Promise<number> => await measuring.usedBytes()
    const parts = { usedBytes, dataDir: path, reserveBytes: 0, log: createLog('silent'), write: () => Promise.resolve() }
    const disk = await createDisk({ ...parts, maxBytes: Math.round(await usedBytes() / 0.95) })
    ends.push(() => {
      disk.stop()
      return Promise.resolve()
    })
    const { sync, gossip, mailbox, clock } = await startNode(path, { disk })
    expect(disk.storage()).toBe('nearly-full')
    await sync(alice, alice.log)
    expect(disk.storage()).toBe('full')
    expect(await sync(bob, bob.log)).toMatchObject({ sentEntries: 0 })
    expect(await gossip(frameOf(bob.log[0]!), bob)).toBe('accept')
    expect((await sync(carol, [])).got).toHaveLength(31)
    clock.now += 31 * DAY_MS
    await mailbox.sweep()
    await disk.measure()
    expect(disk.storage()).not.toBe('full')
    await sync(bob, bob.log.slice(0, 2))
    expect((await sync(carol, [])).got.filter(({ device }) => device === bob.device)).toHaveLength(2)
  })

  it('erases nothing while the clock may be wrong, and stamps by the time that was believed', async () => {
    let isBelieved = false
    const path = await folder()
    const { sync, mailbox, clock, db } = await startNode(path, { ttlMs: 30 * DAY_MS, mayErase: () => isBelieved, stamp: () => stamped })
    const stamped = clock.now
    await sync(alice, alice.log)
    clock.now += 40 * DAY_MS
    expect(await mailbox.sweep()).toEqual({ entries: 0, rooms: 0 })
    expect((await sync(bob, [])).got).toHaveLength(31)
    isBelieved = true
    expect(await mailbox.sweep()).toMatchObject({ rooms: 1 })
    expect(await db.selectFrom('mailbox_entries').select('seq').execute()).toEqual([])
    await sync(bob, bob.log)
    expect(await db.selectFrom('mailbox_entries').select('kept_at').distinct().execute()).toEqual([{ kept_at: stamped }])
  })

  it('lets go of messages after their time and does not take them again; operations stay', async () => {
    const { sync, mailbox, clock } = await startNode(await folder(), { ttlMs: 30 * DAY_MS })
    await sync(alice, alice.log)
    clock.now += 20 * DAY_MS
    await sync(bob, bob.log)
    expect(await mailbox.sweep()).toEqual({ entries: 0, rooms: 0 })
    clock.now += 11 * DAY_MS
    expect(await mailbox.sweep()).toEqual({ entries: 30, rooms: 0 })
    const { got } = await sync(carol, [])
    expect(got.map(({ header }) => header.kind === 'operation' ? 'operation' : header.devTag).sort())
      .toEqual([...bob.log.map(({ header }) => header.devTag), 'operation'].sort())
    expect(await sync(alice, alice.log)).toMatchObject({ sentEntries: 0, receivedEntries: 5 })
  })

  it('forgets a room that nobody has used for as long', async () => {
    const { sync, mailbox, clock, db } = await startNode(await folder(), { ttlMs: 30 * DAY_MS })
    await sync(alice, alice.log)
    clock.now += 31 * DAY_MS
    expect(await mailbox.sweep()).toMatchObject({ rooms: 1 })
    expect(await db.selectFrom('mailbox_entries').select('seq').execute()).toEqual([])
    expect(await sync(bob, bob.log)).toMatchObject({ sentEntries: 5, receivedEntries: 0 })
  })
})

describe('gossip through the node', () => {
  it('is kept and passed on when it is signed and its sender has proven access', async () => {
    const { sync, gossip } = await startNode(await folder())
    await sync(alice, alice.log.slice(0, 10))
    expect(await gossip(frameOf(alice.log[10]!), alice)).toBe('accept')
    expect(await gossip(frameOf(alice.log[20]!), alice)).toBe('accept')
    expect(await gossip(await ephemeralOf(alice, ROOM), alice)).toBe('accept')
    const { got, remote } = await sync(bob, [])
    expect(got).toHaveLength(12)
    expect(remote.get(alice.devTag)).toEqual([{ from: 1, to: 11 }, { from: 21, to: 21 }])
  })

  it('waits a moment for a proof that is on its way', async () => {
    const { sync, gossip } = await startNode(await folder(), { proofWaitMs: 10_000 })
    const judged = gossip(frameOf(alice.log[0]!), alice)
    await sync(alice, [])
    expect(await judged).toBe('accept')
  })

  it('that waits for a proof holds up nobody else: each device and each account has places of its own', async () => {
    const [mallory, accomplice] = [await createPerson(), await createPerson()]
    const limiter = createLimiter({ changes: { 'gossip-waiting': { max: 2 }, 'gossip-waiting-of-account': { max: 3 } } })
    const accounts = new Map([[mallory, 'Mallory'], [accomplice, 'Mallory']])
    const { sync, gossip } = await startNode(await folder(), { proofWaitMs: 10_000, limiter }, accounts)
    const unknown = (n: number): RoomTag => n.toString(16).padStart(32, '0') as RoomTag
    const frame = frameOf(alice.log[0]!)
    const waiting = [gossip(frame, mallory, unknown(1)), gossip(frame, mallory, unknown(2)), gossip(frame, accomplice, unknown(3))]
    // One more of the device, and one more of the account, wait for nothing.
    expect(await gossip(frame, mallory, unknown(4))).toBe('ignore')
    expect(await gossip(frame, accomplice, unknown(5))).toBe('ignore')
    expect([limiter.refusals.get('gossip-waiting'), limiter.refusals.get('gossip-waiting-of-account')]).toEqual([1, 1])
    const judged = gossip(frame, alice)
    await sync(alice, [])
    expect(await judged).toBe('accept')
    expect(waiting).toHaveLength(3)
  })

  it('need not wait for a sync when the rendezvous has checked a proof', async () => {
    const { sync, gossip, keysOf, settled, prove } = await startNode(await folder(), { proofWaitMs: 10_000 })
    await sync(alice, [])
    expect(settled).toEqual([[ROOM, toHex(keys.rawPublicKey)]])
    expect(await keysOf(ROOM, '99'.repeat(16) as RoomTag)).toEqual(new Map(settled))
    prove(bob, ROOM)
    expect(await gossip(frameOf(bob.log[0]!), bob)).toBe('accept')
  })

  it('above a limit is ignored and counted, for one device and for all devices of an account, and others are heard', async () => {
    const phone = await createPerson()
    const accounts = new Map([[alice, 'alice'], [phone, 'alice'], [bob, 'bob']])
    const limits = {
      'gossip-ephemerals': { burst: 3, perSecond: 0.001 }, 'gossip-ephemerals-of-account': { burst: 5, perSecond: 0.001 },
      'gossip-envelopes': { burst: 2, perSecond: 0.001 }, 'gossip-envelopes-of-account': { burst: 2, perSecond: 0.001 }
    }
    const limiter = createLimiter({ changes: limits, now: () => 0 })
    const dropped: string[] = []
    const { sync, gossip } = await startNode(await folder(), { limiter, onGossipDropped: (reason) => { dropped.push(reason) } }, accounts)
    for (const person of accounts.keys()) await sync(person, [])
    const verdicts = async (person: Person, frame: () => Promise<Uint8Array> | Uint8Array, times: number): Promise<string[]> => {
      const all = []
      for (let i = 0; i < times; i++) all.push(await gossip(await frame(), person))
      return all
    }
    expect(await verdicts(alice, async () => await ephemeralOf(alice, ROOM), 4)).toEqual(['accept', 'accept', 'accept', 'ignore'])
    expect(await verdicts(phone, async () => await ephemeralOf(phone, ROOM), 3)).toEqual(['accept', 'accept', 'ignore'])
    expect(await verdicts(bob, async () => await ephemeralOf(bob, ROOM), 1)).toEqual(['accept'])
    expect(await verdicts(alice, () => frameOf(alice.log[0]!), 3)).toEqual(['accept', 'accept', 'ignore'])
    expect(dropped).toEqual(['over-limit', 'over-limit', 'over-limit'])
    expect(limiter.refusals.get('gossip-ephemerals')).toBe(1)
    expect(limiter.refusals.get('gossip-ephemerals-of-account')).toBe(1)
    expect(limiter.refusals.get('gossip-envelopes')).toBe(1)
  })

  it('that is forged is charged to the device that carries it, never to the one it names', async () => {
    const limiter = createLimiter({ changes: { 'gossip-ephemerals': { burst: 2, perSecond: 0.001 } }, now: () => 0 })
    const { sync, gossip } = await startNode(await folder(), { limiter })
    await sync(alice, [])
    await sync(bob, [])
    const forged = await ephemeralOf({ ...alice, keys: bob.keys }, ROOM)
    expect([await gossip(forged, bob), await gossip(forged, bob), await gossip(forged, bob)]).toEqual(['reject', 'reject', 'ignore'])
    expect(await gossip(await ephemeralOf(alice, ROOM), alice)).toBe('accept')
  })

  it('is ignored from whoever has proven nothing or has no passport', async () => {
    const { sync, gossip } = await startNode(await folder())
    await sync(alice, alice.log)
    expect(await gossip(frameOf(bob.log[0]!), bob)).toBe('ignore')
    expect(await gossip(frameOf(bob.log[0]!), await createPerson())).toBe('ignore')
  })

  it('is rejected when it is malformed, of another room or badly signed', async () => {
    const { sync, gossip } = await startNode(await folder())
    await sync(alice, [])
    const entry = alice.log[0]!
    const elsewhere = '99'.repeat(16) as RoomTag
    expect(await gossip(Uint8Array.of(1, 2, 3), alice)).toBe('reject')
    expect(await gossip(frameOf({ ...entry, signature: new Uint8Array(64) }), alice)).toBe('reject')
    expect(await gossip(frameOf({ ...entry, device: bob.device }), alice)).toBe('reject')
    expect(await gossip(frameOf(await (await createPerson(elsewhere)).write()), alice)).toBe('reject')
    expect(await gossip(await ephemeralOf(alice, elsewhere), alice)).toBe('reject')
    expect((await sync(bob, [])).got).toEqual([])
  })

  it('of a device that goes two ways is passed on but not kept', async () => {
    const { sync, gossip } = await startNode(await folder())
    const eve = await createPerson()
    await eve.writeMany(3)
    const other = await eve.writeAfter(eve.log[0]!)
    await sync(alice, eve.log.slice(0, 2))
    expect(await gossip(frameOf(await eve.writeAfter(other)), alice)).toBe('accept')
    expect((await sync(bob, [])).remote.get(eve.devTag)).toEqual([{ from: 1, to: 2 }])
  })

  it('is passed on also when there is no room left to keep it', async () => {
    const { sync, gossip } = await startNode(await folder(), { quotaBytes: 100 })
    await sync(alice, alice.log.slice(0, 1))
    await sync(alice, alice.log.slice(0, 1))
    expect(await gossip(frameOf(alice.log[1]!), alice)).toBe('accept')
    expect((await sync(bob, [])).got).toHaveLength(1)
  })
})

describe('what the mailbox sees', () => {
  it('is headers and ciphertext: neither its database nor the vector it keeps in memory holds a text or a key', async () => {
    const path = await folder()
    const { sync, gossip, db } = await startNode(path)
    const said = `what Alice said ${crypto.randomUUID()}`
    const secret = crypto.getRandomValues(new Uint8Array(32))
    const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt'])
    const dave = await createPerson()
    let before: VerifiedEnvelope | null = null
    const sealed: VerifiedEnvelope[] = []
    for (let seq = 1; seq <= 3; seq++) {
      const plain: VerifiedEnvelope = await dave.writeAfter(before)
      const nonce = crypto.getRandomValues(new Uint8Array(12))
      const additionalData = encodeHeader(plain.header)
      const text = new TextEncoder().encode(said)
      const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, text))
      const unsigned = await assembleEnvelope({ ...plain, body: { nonce, ciphertext } })
      const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', dave.keys.privateKey, signedBytes(unsigned.id)))
      before = markVerified({ ...unsigned, signature }, dave.device)
      sealed.push(before)
    }
    await sync(alice, sealed.slice(0, 2))
    expect(await gossip(frameOf(sealed[2]!), alice)).toBe('accept')
    const access = await createCarrierAccess({ roomTag: ROOM, publicKey: keys.rawPublicKey, localKey: node.key })
    const store = createMailboxStore(db)
    const quota = createQuota(store, { maxBytes: Infinity, maxRows: Infinity })
    const shelf = await openShelf({ store, quota, roomTag: ROOM, access, stamp: Date.now, onFork: () => {} })
    const memory = Buffer.from(JSON.stringify([...shelf.replicaFor('alice' as AccountId).vector()]))
    const disk = Buffer.concat(await Promise.all((await readdir(path)).map(async (file) => await readFile(join(path, file)))))
    const ciphertexts = sealed.map(({ body }) => 'ciphertext' in body ? Buffer.from(body.ciphertext) : Buffer.alloc(0))
    expect(ciphertexts.every((bytes) => disk.includes(bytes))).toBe(true)
    expect(memory.includes(sealed[2]?.id ?? 'nothing')).toBe(true)
    for (const held of [disk, memory]) {
      for (const hidden of [said, said.slice(0, 15), said.slice(16), Buffer.from(secret), Buffer.from(secret).toString('hex')]) expect(held.includes(hidden)).toBe(false)
    }
  })
})
