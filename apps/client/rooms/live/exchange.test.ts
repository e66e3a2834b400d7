import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceKey, EnvelopeId, EpochId, RoomTag } from '#shared/ids.ts'
import {
  assembleEnvelope, computeDevTag, decodeEnvelope, encodeEnvelope, encodeHeader, signedBytes, type EnvelopeHeader
} from '#shared/wire/envelope.ts'
import { decodeGossipFrame, encodeGossipFrame, gossipMessageId, GOSSIP_FRAME_MAX_BYTES, topicOf } from '#shared/wire/gossip.ts'
import { deriveAccessKey } from '#shared/wire/sync/access.ts'
import { createPerson } from '#shared/wire/sync/testing/people.ts'
import { createEpoch, openVault, sealBody, type Epoch } from '../../crypto/index.ts'
import { certifyDevice, createRootEntropy, loadDevice, type Device } from '../../identity/index.ts'
import type { Mesh, PeerLink, RoomPolicy } from '../../mesh/types.ts'
import { sealPresence, type PresenceContent } from '../../protocols/presence/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { openDatabase, type Database } from '../../store/index.ts'
import { encodeText } from '../messages/content.ts'
import { creationOf } from '../../testing/membership-story.ts'
import { openBudgets } from '../../testing/open-budgets.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { computeRoomTag } from '../membership/operations.ts'
import { createRoomLog, type RoomLog } from '../log/room-log.ts'

/** Alice's device, her room, and the judge of what comes in by gossip; Mallory has a device and no room. */
let alice: Device, mallory: Device
let log: RoomLog, epoch: Epoch, tag: RoomTag
let policy: RoomPolicy
let scope: Scope
let presence: { from: DeviceKey, content: PresenceContent }[]
let asked: string[]
let links: ReturnType<typeof signal<ReadonlyMap<DeviceKey, PeerLink>>>
let present: ReturnType<typeof signal<ReadonlySet<DeviceKey>>>
let exchange: Exchange
/** What the others are known to hold of Alice's log. */
let heldUpTo: number
/** Frames that went out by gossip. */
let published: Uint8Array[]
/** Hands Alice a frame that is addressed to her device. */
let deliverAddressed: (frame: Uint8Array<ArrayBuffer>, from: DeviceKey) => void
/** Why something was not taken in. */
let dropped: string[]
const databases: Database[] = []

async function deviceIn (name: string): Promise<{ database: Database, device: Device }> {
  const database = await openDatabase(name)
  databases.push(database)
  return { database, device: await loadDevice(database) }
}

beforeEach(async () => {
  const home = await deviceIn('alice')
  alice = home.device
  mallory = (await deviceIn('mallory')).device
  const store = home.database.withVault(await openVault(null, null, async () => {}))
  const salt = crypto.getRandomValues(new Uint8Array(16))
  tag = await computeRoomTag(alice.key, salt)
  log = createRoomLog({ tag, store, device: alice, onDropped: () => {} })
  await log.load()
  epoch = await createEpoch()
  await log.addEpochs([epoch])
  await log.writeOperation(creationOf({ salt, creator: await certifyDevice(createRootEntropy(), alice, 'Alice') }), epoch)

  presence = []
  asked = []
  heldUpTo = Infinity
  published = []
  dropped = []
  links = signal<ReadonlyMap<DeviceKey, PeerLink>>(new Map())
  present = signal<ReadonlySet<DeviceKey>>(new Set())
  scope = createScope((error) => { throw error })
  const mesh = {
    node: signal('offline'),
    links,
    drop: (reason: string) => dropped.push(reason),
    budgets: openBudgets(),
    enterRoom (_tag: RoomTag, given: RoomPolicy) {
      policy = given
      return { present, publish: (frame: Uint8Array) => Promise.resolve(published.push(frame)), refresh () {}, leave () {} }
    }
  } as unknown as Mesh
  const keys = await deriveAccessKey(epoch.parts.logSecret)
  exchange = createExchange({
    log, mesh, device: alice, scope,
    keys: { privateKey: keys.privateKey, publicKey: keys.rawPublicKey },
    addressed: {
      send: () => true,
      enter: (_, receive) => {
        deliverAddressed = receive
        return () => {}
      }
    },
    sync: (remote) => { asked.push(remote); return Promise.resolve() },
    holdsUpTo: (_, seq) => seq <= heldUpTo,
    onSeen: () => {}
  })
  exchange.events.on('presence', (heard) => { presence.push(heard) })
})

afterEach(async () => {
  scope.end()
  for (const database of databases.splice(0)) await database.erase()
})

/** A message frame as `device` would send it, with whatever the test changes. */
async function frameOf (device: Device, { text = 'hello', signer = device, header = {}, named = device.key }: {
  text?: string, signer?: Device, header?: Partial<EnvelopeHeader>, named?: DeviceKey
} = {}): Promise<Uint8Array<ArrayBuffer>> {
  const full: EnvelopeHeader = {
    kind: 'message', roomTag: tag, devTag: computeDevTag(tag, device.key), seq: 2, prev: [...log.vector().values()][0]!.head,
    lamport: 2, sentAt: Date.now(), epochId: epoch.epochId, heads: log.membership.value.heads, ...header
  }
  const headerBytes = encodeHeader(full)
  const unsigned = await assembleEnvelope({
    header: full, headerBytes, body: await sealBody(epoch.messageKey!, headerBytes, encodeText(text)), signature: new Uint8Array(64)
  })
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', signer.signing.privateKey, signedBytes(unsigned.id)))
  return encodeGossipFrame({ type: 'envelope', envelope: encodeEnvelope({ ...unsigned, signature }), device: named })
}

const judge = async (frame: Uint8Array): Promise<string> => {
  const verdict = await policy.validate(frame, mallory.key)
  return verdict.verdict === 'accept' ? 'accept' : `${verdict.verdict}: ${verdict.reason}`
}

describe('a frame of gossip', () => {
  it('of a member is accepted', async () => {
    expect(await judge(await frameOf(alice))).toBe('accept')
  })

  it('that is noise, cut off or too long is rejected', async () => {
    const good = await frameOf(alice)
    expect(await judge(crypto.getRandomValues(new Uint8Array(200)))).toMatch(/^reject: /)
    expect(await judge(good.subarray(0, good.length - 1))).toMatch(/^reject: /)
    expect(await judge(new Uint8Array(GOSSIP_FRAME_MAX_BYTES + 1))).toBe('reject: frame-too-long')
  })

  it('with a wrong signature is rejected', async () => {
    expect(await judge(await frameOf(alice, { signer: mallory }))).toBe('reject: bad-signature')
  })

  it('that a forged copy of the same entry has overtaken is taken in all the same: nobody keeps a message out by being faster', async () => {
    const real = await frameOf(alice)
    const forged = real.slice()
    // The last byte of the signature, before the device key.
    forged[real.length - 35]! ^= 1
    const idOf = async (frame: Uint8Array): Promise<EnvelopeId | null> => {
      const read = decodeGossipFrame(frame)
      return read.type === 'envelope' ? (await decodeEnvelope(read.envelope)).id : null
    }
    // Its signature is not part of what names an entry, so both have the same name; what gossip goes by is all of the frame.
    expect(await idOf(forged)).toBe(await idOf(real))
    const topic = topicOf(tag)
    expect(await gossipMessageId(topic, forged)).not.toEqual(await gossipMessageId(topic, real))
    expect(await judge(forged)).toBe('reject: bad-signature')
    const verdict = await policy.validate(real, mallory.key)
    if (verdict.verdict !== 'accept') throw new Error('not accepted')
    verdict.deliver()
    await expect.poll(() => log.vector().get(log.devTag)?.have).toEqual([{ from: 1, to: 2 }])
  })

  it('under the tag of a member but with the key of another is rejected', async () => {
    expect(await judge(await frameOf(alice, { signer: mallory, named: mallory.key }))).toBe('reject: dev-tag-mismatch')
  })

  it('that was moved from another room is rejected', async () => {
    const other = 'ab'.repeat(16) as RoomTag
    expect(await judge(await frameOf(alice, { header: { roomTag: other, devTag: computeDevTag(other, alice.key) } }))).toBe('reject: other-room')
  })

  it('of somebody who is no member is not passed on, and nothing of it is stored', async () => {
    const before = log.vector().size
    expect(await judge(await frameOf(mallory, { header: { seq: 1, prev: null } }))).toBe('ignore: unknown-author')
    expect(log.vector().size).toBe(before)
  })

  it('that was delivered before changes nothing when it comes again', async () => {
    const frame = await frameOf(alice)
    const shown: number[] = []
    log.events.on('appended', ({ rows }) => { shown.push(rows.length) })
    for (let i = 0; i < 2; i++) {
      const verdict = await policy.validate(frame, mallory.key)
      if (verdict.verdict === 'accept') verdict.deliver()
    }
    await log.append([])
    expect(shown).toEqual([1])
  })

  it('under a key that is not known is kept and not shown', async () => {
    const verdict = await policy.validate(await frameOf(alice, { header: { epochId: '00'.repeat(16) as EpochId } }), mallory.key)
    const rows: { order?: unknown, pendingIn?: unknown }[] = []
    log.events.on('appended', (appended) => { rows.push(...appended.rows) })
    if (verdict.verdict === 'accept') verdict.deliver()
    await log.append([])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ pendingIn: tag })
    expect(rows[0]).not.toHaveProperty('order')
  })

  it('that does not link to what is held is not taken in', async () => {
    const frame = await frameOf(alice, { header: { prev: 'cd'.repeat(32) as EnvelopeId } })
    const verdict = await policy.validate(frame, mallory.key)
    if (verdict.verdict === 'accept') verdict.deliver()
    await log.append([])
    expect([...log.vector().values()].map(({ have }) => have)).toEqual([[{ from: 1, to: 1 }]])
  })

  it.each([['does not go on from the entry before is not', 1, 1], ['jumps far ahead is', Number.MAX_SAFE_INTEGER, 2]])('whose clock %s taken in', async (_, lamport, to) => {
    const verdict = await policy.validate(await frameOf(alice, { header: { lamport } }), mallory.key)
    if (verdict.verdict === 'accept') verdict.deliver()
    await log.append([])
    expect([...log.vector().values()].map(({ have }) => have)).toEqual([[{ from: 1, to }]])
  })

  it('whose author claims a time far ahead is shown by its place, not by that time', async () => {
    const verdict = await policy.validate(await frameOf(alice, { header: { sentAt: Date.now() * 2 } }), mallory.key)
    const orders: unknown[] = []
    log.events.on('appended', ({ rows }) => { orders.push(...rows.map(({ order }) => order?.[0])) })
    if (verdict.verdict === 'accept') verdict.deliver()
    await log.append([])
    expect(orders).toEqual([2])
  })
})

describe('a linked member', () => {
  // The only member is Alice: another of her links stands for whoever is there.
  const link = (): void => { links.value = new Map([[alice.key, { device: alice.key, path: 'direct', latencyMs: null, passport: null, protocol: 'meets' }]]) }

  it('is compared with as soon as the link is up', () => {
    exchange.start()
    expect(asked).toEqual([])
    link()
    expect(asked).toEqual([alice.key])
  })

  it('that does not tell that it holds a message is compared with again', async () => {
    exchange.start()
    link()
    heldUpTo = 0
    await log.writeMessage(encodeText('hello?'))
    await expect.poll(() => asked.filter((remote) => remote === alice.key), { timeout: 10_000 }).toHaveLength(2)
  })
})

describe('a member who is at the node and has no link', () => {
  const crowd = (count: number): Set<DeviceKey> =>
    new Set([alice.key, ...Array.from({ length: count - 1 }, (_, n) => n.toString(16).padStart(64, '0') as DeviceKey)])

  it('is compared with once after coming to a small room, and when a receipt is missing', async () => {
    exchange.start()
    present.value = crowd(3)
    await expect.poll(() => asked, { timeout: 10_000 }).toEqual([alice.key])
    heldUpTo = 0
    await log.writeMessage(encodeText('hello?'))
    await expect.poll(() => asked.filter((remote) => remote === alice.key), { timeout: 10_000 }).toHaveLength(2)
  })

  it('is not compared with for coming to a large room', () => {
    exchange.start()
    present.value = crowd(30)
    exchange.compare()
    expect(asked).toEqual([])
    // In the small room that it becomes, Alice is no newcomer, but is compared with like everyone else.
    present.value = crowd(3)
    exchange.compare()
    expect(asked).toEqual([alice.key])
  })
})

describe('while this device writes on and on', () => {
  it('a linked member is not compared with because of the newest messages, and the node is asked about once a second', async () => {
    links.value = new Map([[alice.key, { device: alice.key, path: 'direct', latencyMs: null, passport: null, protocol: 'meets' }]])
    exchange.start()
    // Whenever receipts are looked at, they have come for all but the last that was written.
    const writeOne = async (): Promise<void> => {
      const { header: { seq } } = await log.writeMessage(encodeText('hello'))
      heldUpTo = seq - 1
    }
    heldUpTo = (await log.writeMessage(encodeText('hello'))).header.seq
    const startedAt = Date.now()
    while (Date.now() < startedAt + 2500) {
      await writeOne()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(asked.filter((remote) => remote === alice.key)).toHaveLength(1)
    expect(asked.filter((remote) => remote === 'node').length).toBeLessThan(3 + (Date.now() - startedAt) / 1000)
  })
})

describe('in a lively room', () => {
  const receive = async (frame: Uint8Array): Promise<void> => {
    const verdict = await policy.validate(frame, mallory.key)
    if (verdict.verdict === 'accept') verdict.deliver()
  }
  /** Further entries of the log that Alice's device writes, as they would come in by gossip. */
  const framesOf = async (count: number): Promise<Uint8Array<ArrayBuffer>[]> => {
    const frames: Uint8Array<ArrayBuffer>[] = []
    let prev = [...log.vector().values()][0]!.head
    for (let nth = 0; nth < count; nth++) {
      const frame = await frameOf(alice, { header: { seq: 2 + nth, lamport: 2 + nth, prev } })
      const decoded = decodeGossipFrame(frame)
      if (decoded.type === 'envelope') prev = (await decodeEnvelope(decoded.envelope)).id
      frames.push(frame)
    }
    return frames
  }

  it('what comes while one message is being stored is stored in one go', async () => {
    const appended: number[] = []
    log.events.on('appended', ({ rows }) => appended.push(rows.length))
    await Promise.all((await framesOf(20)).map(receive))
    await expect.poll(() => appended.reduce((sum, count) => sum + count, 0)).toBe(20)
    expect(appended.length).toBeLessThan(10)
  })

  it('nothing is published of what others wrote: receipts go to authors alone', async () => {
    const carol = await createPerson(tag)
    await log.append([await carol.write()])
    await log.writeMessage(encodeText('mine'))
    await expect.poll(() => published.map((frame) => decodeGossipFrame(frame).type)).toEqual(['envelope'])
  })
})

describe('a small frame', () => {
  const seal = async (device: Device, signer = device): Promise<Uint8Array<ArrayBuffer>> => await sealPresence(
    { roomTag: tag, device: device.key, signingKey: signer.signing.privateKey, epoch },
    { content: { type: 'typing', until: Date.now() + 5000 }, sentAt: Date.now(), count: device.nextCount() })

  it('of somebody who is no member is ignored, also when it was sealed with the right key', async () => {
    expect(await judge(await seal(mallory))).toBe('ignore: not-a-member')
  })

  it('in the name of a member but signed by another is rejected', async () => {
    expect(await judge(await seal(alice, mallory))).toBe('reject: bad-signature')
    expect(presence).toEqual([])
  })

  it('that is addressed to this device is judged as if it had come by gossip', async () => {
    deliverAddressed(await seal(alice, mallory), mallory.key)
    await expect.poll(() => dropped).toEqual(['bad-signature'])
    deliverAddressed(await seal(mallory), mallory.key)
    await expect.poll(() => dropped).toEqual(['bad-signature', 'not-a-member'])
  })

  it('is the only thing that comes addressed: an entry does not', async () => {
    deliverAddressed(await frameOf(alice), mallory.key)
    deliverAddressed(new Uint8Array([1, 2, 3]), mallory.key)
    await expect.poll(() => dropped).toEqual(['addressed-not-ephemeral', 'addressed-not-ephemeral'])
  })
})
