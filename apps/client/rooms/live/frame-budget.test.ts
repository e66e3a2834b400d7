/** Frames of gossip, really signed, at the judge of a room: who pays for them, and what is dropped. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import {
  assembleEnvelope, computeDevTag, encodeEnvelope, encodeHeader, signedBytes, type EnvelopeHeader
} from '#shared/wire/envelope.ts'
import { decodeGossipFrame, encodeGossipFrame } from '#shared/wire/gossip.ts'
import { BUDGETS, FAR_BEYOND } from '../../budgets.ts'
import { createEpoch, openVault, sealBody, type Epoch } from '../../crypto/index.ts'
import { certifyDevice, createRootEntropy, loadDevice, type Device } from '../../identity/index.ts'
import { deriveAccessKey } from '#shared/wire/sync/index.ts'
import { createPeerBudgets, type PeerBudgets } from '../../mesh/peer-budgets.ts'
import type { Mesh, Remote, RoomPolicy } from '../../mesh/types.ts'
import { sealPresence, type SentPresence } from '../../protocols/presence/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { openDatabase, type Database } from '../../store/index.ts'
import { creationOf } from '../../testing/membership-story.ts'
import { encodeText } from '../messages/content.ts'
import { createExchange } from './exchange.ts'
import { computeRoomTag } from '../membership/operations.ts'
import { createRoomLog, type RoomLog } from '../log/room-log.ts'

/** Alice is a member; Mallory is linked and is none. The frames are judged on a device of Alice's. */
let alice: Device, mallory: Device
let log: RoomLog, epoch: Epoch, tag: RoomTag
let policy: RoomPolicy
let scope: Scope
let budgets: PeerBudgets
let dropped: Map<string, number>
let asked: Remote[]
const databases: Database[] = []

async function deviceIn (name: string): Promise<{ database: Database, device: Device }> {
  const database = await openDatabase(name)
  databases.push(database)
  return { database, device: await loadDevice(database) }
}

beforeEach(async () => {
  // Nothing comes back while a test runs, however long the machine takes for it.
  vi.useFakeTimers({ toFake: ['Date'] })
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
  scope = createScope((error) => { throw error })
  dropped = new Map()
  asked = []
  const drop = (reason: string): void => { dropped.set(reason, (dropped.get(reason) ?? 0) + 1) }
  budgets = createPeerBudgets({ scope, drop })
  const mesh = {
    node: signal('offline'), links: signal(new Map()), drop, budgets,
    enterRoom (_tag: RoomTag, given: RoomPolicy) {
      policy = given
      return { present: signal(new Set<DeviceKey>()), publish: () => Promise.resolve(0), refresh () {}, leave () {} }
    }
  } as unknown as Mesh
  const { privateKey, rawPublicKey } = await deriveAccessKey(epoch.parts.logSecret)
  createExchange({
    log, mesh, device: alice, scope,
    keys: { privateKey, publicKey: rawPublicKey },
    addressed: { send: () => true, enter: () => () => {} },
    sync: (remote) => { asked.push(remote); return Promise.resolve() },
    holdsUpTo: () => true, onSeen: () => {}
  })
})

afterEach(async () => {
  scope.end()
  vi.useRealTimers()
  for (const database of databases.splice(0)) await database.erase()
})

const presenceOf = async (content: SentPresence): Promise<Uint8Array> => await sealPresence(
  { roomTag: tag, device: alice.key, signingKey: alice.signing.privateKey, epoch }, { content, sentAt: Date.now(), count: alice.nextCount() })

/** The same frame with a signature that is not the author's. */
function forge (frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const read = decodeGossipFrame(frame)
  if (read.type !== 'ephemeral') throw new TypeError('presence is forged here')
  return encodeGossipFrame({ ...read, signature: crypto.getRandomValues(new Uint8Array(64)) })
}

async function entryOf (device: Device, seq: number): Promise<Uint8Array> {
  const header: EnvelopeHeader = {
    kind: 'message', roomTag: tag, devTag: computeDevTag(tag, device.key), seq, prev: seq === 1 ? null : [...log.vector().values()][0]!.head,
    lamport: seq, sentAt: Date.now(), epochId: epoch.epochId, heads: log.membership.value.heads
  }
  const headerBytes = encodeHeader(header)
  const body = await sealBody(epoch.messageKey!, headerBytes, encodeText('hello'))
  const unsigned = await assembleEnvelope({ header, headerBytes, body, signature: new Uint8Array(64) })
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', device.signing.privateKey, signedBytes(unsigned.id)))
  return encodeGossipFrame({ type: 'envelope', envelope: encodeEnvelope({ ...unsigned, signature }), device: device.key })
}

const judge = async (frame: Uint8Array, from: Remote): Promise<string> => {
  const verdict = await policy.validate(frame, from)
  return verdict.verdict === 'accept' ? 'accept' : `${verdict.verdict}: ${verdict.reason}`
}
/** @param frame one for all, or what each frame says */
const judgeAll = async (frame: Uint8Array | SentPresence, from: Remote, times: number): Promise<string[]> => {
  const verdicts = []
  for (let i = 0; i < times; i++) verdicts.push(await judge(frame instanceof Uint8Array ? frame : await presenceOf(frame), from))
  return verdicts
}

describe('forged frames', () => {
  it('never use up the budget of the author they name, and the carrier that goes on with them is ignored', async () => {
    const forged = forge(await presenceOf({ type: 'typing', until: 1 }))
    const verdicts = new Set(await judgeAll(forged, mallory.key, BUDGETS.forged.burst * (FAR_BEYOND + 1) + 1))
    expect(verdicts).toEqual(new Set(['reject: bad-signature']))
    expect(budgets.isIgnored(mallory.key)).toBe(true)
    expect(budgets.ignored.value.has(alice.key)).toBe(false)
    expect(await judgeAll({ type: 'typing', until: 1 }, 'node', BUDGETS.typing.burst)).toEqual(Array.from({ length: BUDGETS.typing.burst }, () => 'accept'))
  })

  it('that are no frames at all are charged to the carrier too', async () => {
    for (let i = 0; i <= BUDGETS.forged.burst; i++) await judge(crypto.getRandomValues(new Uint8Array(64)), mallory.key)
    expect(dropped.get('over-forged')).toBe(1)
  })

  it('that were moved from another room are charged to the carrier too', async () => {
    const real = await presenceOf({ type: 'typing', until: 1 })
    tag = 'ab'.repeat(16) as RoomTag
    const moved = await presenceOf({ type: 'typing', until: 1 })
    expect(await judge(real, mallory.key)).toBe('accept')
    for (let i = 0; i <= BUDGETS.forged.burst; i++) expect(await judge(moved, mallory.key)).toBe('reject: bad-signature')
    expect(dropped.get('over-forged')).toBe(1)
  })

  it('carried by the node ignore nobody', async () => {
    const forged = forge(await presenceOf({ type: 'typing', until: 1 }))
    await judgeAll(forged, 'node', BUDGETS.forged.burst * (FAR_BEYOND + 1) + 1)
    expect(budgets.ignored.value.size).toBe(0)
  })
})

describe('signed frames above a budget', () => {
  const contents: Exclude<SentPresence, { type: 'receipt-and-read' }>[] = [
    { type: 'typing', until: 1 },
    { type: 'receipt', held: [] },
    { type: 'read', read: [] },
    { type: 'ask' },
    { type: 'ring', user: '01'.repeat(32) as never, action: 'ring' },
    { type: 'call', joinedAt: 1, media: 1 },
    { type: 'voice', room: '02'.repeat(16) as RoomTag, joinedAt: 1, media: 1 },
    { type: 'order', action: 'mute', device: '03'.repeat(32) as DeviceKey, joinedAt: 1, at: 1 }
  ]

  it.each(contents.map((content) => [content.type, content] as const))('of the kind %s are ignored and not passed on', async (kind, content) => {
    const { burst } = BUDGETS[kind]
    const verdicts = await judgeAll(content, 'node', burst + 50)
    expect(verdicts.slice(0, burst)).toEqual(Array.from({ length: burst }, () => 'accept'))
    expect(verdicts.at(-1)).toBe('ignore: over-budget')
    expect(dropped.get(`over-${kind}`)).toBeGreaterThan(0)
  })

  it('that are receipts and read marks in one are charged as both', async () => {
    const { burst } = BUDGETS.receipt
    await judgeAll({ type: 'receipt-and-read', held: [], read: [] }, 'node', burst)
    expect(await judge(await presenceOf({ type: 'receipt', held: [] }), 'node')).toBe('ignore: over-budget')
    expect(await judgeAll({ type: 'read', read: [] }, 'node', BUDGETS.read.burst - burst + 1)).toContain('ignore: over-budget')
  })

  it('leave the other kinds of the same author alone', async () => {
    await judgeAll({ type: 'typing', until: 1 }, 'node', BUDGETS.typing.burst + 1)
    expect(await judge(await presenceOf({ type: 'receipt', held: [] }), 'node')).toBe('accept')
  })

  it('that their author brings far too many of have that author ignored, and others who carry frames of theirs are not blamed', async () => {
    await judgeAll({ type: 'typing', until: 1 }, alice.key, BUDGETS.typing.burst * (FAR_BEYOND + 1) + 1)
    expect(budgets.isIgnored(alice.key)).toBe(true)
    expect(await judge(await presenceOf({ type: 'typing', until: 1 }), mallory.key)).toBe('ignore: from-ignored')
    expect(budgets.isIgnored(mallory.key)).toBe(false)
    expect(dropped.has('over-forged')).toBe(false)
  })

  it('are not those that others bring again: they use up nothing of their author', async () => {
    const recorded = await presenceOf({ type: 'typing', until: 1 })
    expect(new Set(await judgeAll(recorded, mallory.key, BUDGETS.typing.burst + 50))).toEqual(new Set(['accept', 'ignore: presence-replayed']))
    expect(await judge(await presenceOf({ type: 'typing', until: 1 }), 'node')).toBe('accept')
    expect(dropped.has('over-typing')).toBe(false)
  })

  it('are entries as well: what is dropped is left to sync', async () => {
    const entry = await entryOf(alice, 2)
    while (budgets.take('envelopes', alice.key));
    expect(await judge(entry, 'node')).toBe('ignore: over-budget')
    expect(await judge(entry, alice.key)).toBe('ignore: over-budget')
  })
})

it('a carrier of entries by strangers has nobody asked about them once it is above its budget', async () => {
  const entry = await entryOf(mallory, 1)
  while (budgets.take('strangers', mallory.key));
  expect(await judge(entry, mallory.key)).toBe('ignore: unknown-author')
  expect(await judge(entry, 'node')).toBe('ignore: unknown-author')
  await expect.poll(() => asked).toEqual(['node'])
})
