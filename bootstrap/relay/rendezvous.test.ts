import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, type AccountId, type DeviceKey, type InviteId, type RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeAnswer, encodeRequest, type ListedInvite, type Place, type RendezvousAnswer } from '#shared/wire/rendezvous.ts'
import { inviteIdOf, proveKey, type RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createPlace, createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { createLimiter, LIMITS, type LimitChanges } from '../limits/index.ts'
import { createRendezvous } from './rendezvous.ts'

const [KITCHEN, CELLAR] = ['a'.repeat(32), 'b'.repeat(32)] as [RoomTag, RoomTag]
const [ALICE, BOB, MALLORY] = ['1'.repeat(64), '2'.repeat(64), '3'.repeat(64)] as [DeviceKey, DeviceKey, DeviceKey]
const NODE = new Uint8Array(32).fill(7)
const NOW = 1_800_000_000_000

const [KEYS, OTHER_KEYS, LINK] = await Promise.all([createRoomKeys(), createRoomKeys(), createRoomKeys()])
const LINK_ID = await inviteIdOf(LINK.publicKey)

interface Connected {
  stream: FrameStream
  served: Promise<unknown>
  next(): Promise<RendezvousAnswer | null>
  placeOf(room: RoomTag, options?: { keys?: RoomKeys, invites?: ListedInvite[], prover?: DeviceKey }): Promise<Place>
  register(...rooms: RoomTag[]): Promise<void>
  enter(...places: Place[]): Promise<void>
  lookUp(request: number, room: RoomTag, keys?: RoomKeys): Promise<void>
}

function createNode ({ changes = {}, known = new Map<RoomTag, string>() }: { changes?: LimitChanges, known?: Map<RoomTag, string> } = {}) {
  const used: [RoomTag, boolean][] = [], entered: [RoomTag, DeviceKey][] = [], left: [RoomTag, DeviceKey][] = [], proven: [DeviceKey, RoomTag][] = []
  const limiter = createLimiter({ changes, now: () => NOW })
  const rendezvous = createRendezvous({
    node: NODE, limiter,
    rooms: {
      keysOf: (rooms) => Promise.resolve(new Map([...known].filter(([room]) => rooms.includes(room)))),
      onProven: (...proof) => proven.push(proof)
    },
    onRoom: (...change) => used.push(change),
    onEntered: (...change) => entered.push(change),
    onLeft: (...change) => left.push(change),
    now: () => NOW
  })
  const connect = (device: DeviceKey, { account = `account of ${device}`, isGuest = true } = {}): Connected => {
    const { a, b } = createFramePair()
    const guest = isGuest ? { device, account: account as AccountId, address: '192.0.2.1' } : null
    const served = rendezvous.serve(b, guest).catch((error: unknown) => {
      b.abort(error as Error)
      return error
    })
    const self: Connected = {
      stream: a,
      served,
      placeOf: async (room, { keys = KEYS, invites = [], prover = device } = {}) =>
        await createPlace({ room, keys, invites, device: prover, node: NODE }),
      register: async (...rooms) => await a.send(encodeRequest({ type: 'register', places: await Promise.all(rooms.map((room) => self.placeOf(room))) })),
      enter: async (...places) => await a.send(encodeRequest({ type: 'enter', places })),
      lookUp: async (request, room, keys = KEYS) => await a.send(encodeRequest({
        type: 'look-up', request, room, key: keys.publicKey, proof: await proveKey(keys.privateKey, { room, device, node: NODE })
      })),
      async next () {
        const frame = await a.receive({ timeoutMs: 2000 })
        return frame === null ? null : decodeAnswer(frame)
      }
    }
    return self
  }
  return { rendezvous, limiter, used, entered, left, proven, connect }
}

describe('the rendezvous at the node', () => {
  it('tells Alice who is there, and those who are there of Alice', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB)
    await bob.register(KITCHEN, CELLAR)
    expect(await bob.next()).toEqual({ type: 'peers', room: KITCHEN, devices: [] })
    expect(await bob.next()).toEqual({ type: 'peers', room: CELLAR, devices: [] })
    await alice.register(KITCHEN)
    expect(await alice.next()).toEqual({ type: 'peers', room: KITCHEN, devices: [BOB] })
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    expect(node.entered).toEqual([[KITCHEN, BOB], [CELLAR, BOB], [KITCHEN, ALICE]])
  })

  it('tells at once when Alice leaves a room, or just vanishes', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB)
    await bob.register(KITCHEN)
    await bob.next()
    await alice.register(KITCHEN)
    await bob.next()
    await alice.register(CELLAR)
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
    await alice.enter(await alice.placeOf(KITCHEN))
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    await alice.stream.send(encodeRequest({ type: 'leave', rooms: [KITCHEN] }))
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
    await alice.enter(await alice.placeOf(KITCHEN))
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    alice.stream.abort(new Error('the lid was closed'))
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
    await alice.served
    expect(node.used).toEqual([[KITCHEN, true], [CELLAR, true], [CELLAR, false]])
  })

  it('says that Alice came again, not that she left, when her page reloads faster than its old stream ends', async () => {
    const node = createNode()
    const old = node.connect(ALICE), bob = node.connect(BOB)
    await old.register(KITCHEN, CELLAR)
    await old.next()
    await bob.register(KITCHEN, CELLAR)
    await bob.next()
    await bob.next()
    const fresh = node.connect(ALICE)
    await fresh.register(KITCHEN)
    // What she does not register again, she has left.
    expect(await bob.next()).toEqual({ type: 'left', room: CELLAR, device: ALICE })
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    expect(await old.served).toMatchObject({ cause: { message: 'the device opened another stream' } })
    expect(node.rendezvous.devicesIn(KITCHEN).sort()).toEqual([ALICE, BOB])
    fresh.stream.abort(new Error('gone'))
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
  })

  it('answers a device that wants to join without listing it', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB)
    await alice.enter(await alice.placeOf(KITCHEN, { invites: [{ id: LINK_ID, expiresAt: NOW + 1 }] }))
    await alice.next()
    await bob.lookUp(1, KITCHEN, LINK)
    expect(await bob.next()).toEqual({ type: 'found', request: 1, devices: [ALICE] })
    expect(node.rendezvous.devicesIn(KITCHEN)).toEqual([ALICE])
  })

  it('denies a device that has shown no passport', async () => {
    const mallory = createNode().connect(ALICE, { isGuest: false })
    expect(await mallory.next()).toEqual({ type: 'denied' })
    expect(await mallory.next()).toBeNull()
  })

  it('drops a device that sends what is not of the protocol, and forgets it', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
      const node = createNode()
      const mallory = node.connect(ALICE)
      await mallory.register(KITCHEN)
      await mallory.next()
      await mallory.stream.send(bytes)
      expect(await mallory.served).toMatchObject({ name: 'WireError' })
      expect(node.rendezvous.devicesIn(KITCHEN)).toEqual([])
    }), { numRuns: 100 })
  })
})

describe('proof of access at the rendezvous', () => {
  it('is needed to be registered, and is good for its own device only', async () => {
    const node = createNode({ known: new Map([[KITCHEN, toHex(KEYS.publicKey)]]) })
    const bob = node.connect(BOB), mallory = node.connect(MALLORY)
    await bob.register(KITCHEN)
    await bob.next()
    expect(node.proven).toEqual([[BOB, KITCHEN]])
    // A key of her own, Bob's proof, and no proof at all.
    await mallory.enter(await mallory.placeOf(KITCHEN, { keys: OTHER_KEYS }))
    expect(await mallory.next()).toEqual({ type: 'refused', room: KITCHEN, reason: 'other-key' })
    await mallory.enter(await mallory.placeOf(KITCHEN, { prover: BOB }))
    expect(await mallory.next()).toEqual({ type: 'refused', room: KITCHEN, reason: 'proof' })
    await mallory.enter({ room: KITCHEN, key: KEYS.publicKey, proof: new Uint8Array(64), invites: [] })
    expect(await mallory.next()).toEqual({ type: 'refused', room: KITCHEN, reason: 'proof' })
    expect(node.rendezvous.devicesIn(KITCHEN)).toEqual([BOB])
    expect(node.entered).toEqual([[KITCHEN, BOB]])
  })

  it('keeps those apart who prove different keys of a room that the mailbox does not know, so that nobody can take its place', async () => {
    const node = createNode()
    const mallory = node.connect(MALLORY), alice = node.connect(ALICE), bob = node.connect(BOB)
    await mallory.enter(await mallory.placeOf(KITCHEN, { keys: OTHER_KEYS }))
    await mallory.next()
    await alice.register(KITCHEN)
    expect(await alice.next()).toEqual({ type: 'peers', room: KITCHEN, devices: [] })
    await bob.register(KITCHEN)
    expect(await bob.next()).toEqual({ type: 'peers', room: KITCHEN, devices: [ALICE] })
    // The mailbox hears of the room from a member.
    node.rendezvous.settle(KITCHEN, toHex(KEYS.publicKey))
    expect(await mallory.next()).toEqual({ type: 'refused', room: KITCHEN, reason: 'other-key' })
    expect(node.left).toEqual([[KITCHEN, MALLORY]])
    expect(node.rendezvous.devicesIn(KITCHEN).sort()).toEqual([ALICE, BOB])
  })

  it.each<[string, (alice: Connected) => Promise<Place>, RendezvousAnswer]>([
    ['an expired link', async (alice) => await alice.placeOf(KITCHEN, { invites: [{ id: LINK_ID, expiresAt: NOW - 1 }] }), { type: 'gone', request: 1, reason: 'expired' }],
    ['a revoked link', async (alice) => await alice.placeOf(KITCHEN, { invites: [{ id: LINK_ID, expiresAt: 0 }] }), { type: 'gone', request: 1, reason: 'revoked' }],
    ['a link of another room', async (alice) => await alice.placeOf(KITCHEN, { invites: [{ id: 'ff'.repeat(16) as InviteId, expiresAt: NOW + 1 }] }), { type: 'found', request: 1, devices: [] }]
  ])('is what %s is not: it finds nobody', async (_, place, answer) => {
    const node = createNode()
    const alice = node.connect(ALICE), mallory = node.connect(MALLORY)
    await alice.enter(await place(alice))
    await alice.next()
    await mallory.lookUp(1, KITCHEN, LINK)
    expect(await mallory.next()).toEqual(answer)
  })

  it('by the access key finds the members for a device that is to enter, and other invitations of a room are told without news', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB), fresh = node.connect(MALLORY)
    await alice.register(KITCHEN)
    await alice.next()
    await bob.register(KITCHEN)
    await bob.next()
    await alice.next()
    await fresh.lookUp(1, KITCHEN)
    expect(await fresh.next()).toEqual({ type: 'found', request: 1, devices: [ALICE, BOB] })
    await fresh.lookUp(2, KITCHEN, LINK)
    expect(await fresh.next()).toEqual({ type: 'found', request: 2, devices: [] })
    await alice.enter(await alice.placeOf(KITCHEN, { invites: [{ id: LINK_ID, expiresAt: NOW + 1 }] }))
    await expect.poll(async () => {
      await fresh.lookUp(3, KITCHEN, LINK)
      return await fresh.next()
    }).toMatchObject({ type: 'found', devices: [ALICE, BOB] })
    await alice.stream.send(encodeRequest({ type: 'leave', rooms: [KITCHEN] }))
    // Of what Alice listed, Bob heard nothing.
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
  })
})

describe('limits of the rendezvous', () => {
  const roomOf = (n: number): RoomTag => n.toString(16).padStart(32, '0') as RoomTag

  it('drop a device that tries one tag after the other', async () => {
    const mallory = createNode().connect(ALICE)
    for (let request = 0; request < LIMITS['rendezvous-requests'].burst; request++) {
      await mallory.lookUp(request, KITCHEN)
      await mallory.next()
    }
    await mallory.lookUp(99, KITCHEN)
    expect(await mallory.served).toMatchObject({ reason: 'too-many-requests' })
  })

  it('belong to the device: another stream begins with what the one before has used', async () => {
    const node = createNode({ changes: { 'rendezvous-changes': { burst: 5, perSecond: 0.001 } } })
    const first = node.connect(ALICE)
    await first.register(roomOf(1), roomOf(2), roomOf(3))
    for (let n = 0; n < 3; n++) await first.next()
    const second = node.connect(ALICE)
    await second.register(roomOf(4), roomOf(5), roomOf(6))
    expect(await second.served).toMatchObject({ reason: 'too-many-changes' })
    expect(node.limiter.refusals.get('rendezvous-changes')).toBe(1)
    // And with the stream goes what it registered.
    expect(node.rendezvous.devicesIn(roomOf(1))).toEqual([])
    expect(node.used.filter(([, isUsed]) => isUsed)).toHaveLength(node.used.filter(([, isUsed]) => !isUsed).length)
  })

  it('count the rooms of all devices of an account, and give the places back', async () => {
    const node = createNode({ changes: { 'rendezvous-rooms-of-account': { max: 3 } } })
    const account = 'Mallory'
    const phone = node.connect(ALICE, { account }), laptop = node.connect(BOB, { account })
    await phone.register(roomOf(1), roomOf(2))
    for (let n = 0; n < 2; n++) await phone.next()
    await laptop.register(roomOf(3), roomOf(4))
    expect(await laptop.next()).toMatchObject({ type: 'peers', room: roomOf(3) })
    expect(await laptop.next()).toEqual({ type: 'refused', room: roomOf(4), reason: 'too-many' })
    phone.stream.abort(new Error('gone'))
    await phone.served
    await laptop.enter(await laptop.placeOf(roomOf(4)))
    expect(await laptop.next()).toMatchObject({ type: 'peers', room: roomOf(4) })
  })

  it('count look-ups of an account whatever device asks', async () => {
    const node = createNode({ changes: { 'rendezvous-look-ups': { burst: 3, perSecond: 0.001 } } })
    const [phone, laptop] = [node.connect(ALICE, { account: 'Mallory' }), node.connect(BOB, { account: 'Mallory' })]
    for (let request = 0; request < 3; request++) {
      await phone.lookUp(request, KITCHEN)
      await phone.next()
    }
    await laptop.lookUp(1, KITCHEN)
    expect(await laptop.served).toMatchObject({ reason: 'too-many-look-ups' })
  })

  it('count listed invitations', async () => {
    const node = createNode({ changes: { 'rendezvous-invites': { max: 2 } } })
    const alice = node.connect(ALICE)
    const invites = [1, 2, 3].map((n) => ({ id: n.toString(16).padStart(32, '0') as InviteId, expiresAt: NOW + 1 }))
    await alice.enter(await alice.placeOf(KITCHEN, { invites }))
    expect(await alice.next()).toEqual({ type: 'refused', room: KITCHEN, reason: 'too-many' })
    await alice.enter(await alice.placeOf(KITCHEN, { invites: invites.slice(0, 2) }))
    expect(await alice.next()).toMatchObject({ type: 'peers' })
  })
})
