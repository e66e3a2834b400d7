import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeAnswer, encodeRequest, type RendezvousAnswer } from '#shared/wire/rendezvous.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createRendezvous, REQUESTS_BURST } from './rendezvous.ts'

const [KITCHEN, CELLAR] = ['a'.repeat(32), 'b'.repeat(32)] as [RoomTag, RoomTag]
const [ALICE, BOB] = ['1'.repeat(64), '2'.repeat(64)] as [DeviceKey, DeviceKey]

function createNode ({ isAllowed = () => true }: { isAllowed?: (device: DeviceKey) => boolean } = {}) {
  const used: [RoomTag, boolean][] = [], entered: [RoomTag, DeviceKey][] = []
  const rendezvous = createRendezvous({
    isAllowed,
    onRoom: (...change) => used.push(change),
    onEntered: (...change) => entered.push(change),
    now: () => 0
  })
  const connect = (device: DeviceKey): { stream: FrameStream, served: Promise<unknown>, next: () => Promise<RendezvousAnswer | null>, enter: (...rooms: RoomTag[]) => Promise<void> } => {
    const { a, b } = createFramePair()
    const served = rendezvous.serve(b, device).catch((error: unknown) => {
      b.abort(error as Error)
      return error
    })
    return {
      stream: a,
      served,
      enter: async (...rooms) => await a.send(encodeRequest({ type: 'register', rooms })),
      async next () {
        const frame = await a.receive({ timeoutMs: 2000 })
        return frame === null ? null : decodeAnswer(frame)
      }
    }
  }
  return { rendezvous, used, entered, connect }
}

describe('the rendezvous at the node', () => {
  it('tells Alice who is there, and those who are there of Alice', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB)
    await bob.enter(KITCHEN, CELLAR)
    expect(await bob.next()).toEqual({ type: 'peers', room: KITCHEN, devices: [] })
    expect(await bob.next()).toEqual({ type: 'peers', room: CELLAR, devices: [] })
    await alice.enter(KITCHEN)
    expect(await alice.next()).toEqual({ type: 'peers', room: KITCHEN, devices: [BOB] })
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    expect(node.entered).toEqual([[KITCHEN, BOB], [CELLAR, BOB], [KITCHEN, ALICE]])
  })

  it('tells at once when Alice leaves a room, or just vanishes', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB)
    await bob.enter(KITCHEN)
    await bob.next()
    await alice.enter(KITCHEN)
    await bob.next()
    await alice.enter(CELLAR)
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
    await alice.enter(KITCHEN, CELLAR)
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    alice.stream.abort(new Error('the lid was closed'))
    expect(await bob.next()).toEqual({ type: 'left', room: KITCHEN, device: ALICE })
    expect(node.used).toEqual([[KITCHEN, true], [CELLAR, true], [CELLAR, false]])
  })

  it('says that Alice came anew, not that she left, when her page reloads faster than its old stream ends', async () => {
    const node = createNode()
    const old = node.connect(ALICE), bob = node.connect(BOB)
    await old.enter(KITCHEN)
    await old.next()
    await bob.enter(KITCHEN)
    await bob.next()
    const fresh = node.connect(ALICE)
    await fresh.enter(KITCHEN)
    expect(await bob.next()).toEqual({ type: 'arrived', room: KITCHEN, device: ALICE })
    old.stream.abort(new Error('gone'))
    await old.served
    expect(node.rendezvous.devicesIn(KITCHEN).sort()).toEqual([ALICE, BOB])
    await bob.enter()
    await bob.stream.send(encodeRequest({ type: 'look-up', request: 7, room: KITCHEN }))
    expect(await bob.next()).toEqual({ type: 'found', request: 7, devices: [ALICE] })
  })

  it('answers whoever wants to join without listing them', async () => {
    const node = createNode()
    const alice = node.connect(ALICE), bob = node.connect(BOB)
    await alice.enter(KITCHEN)
    await alice.next()
    await bob.stream.send(encodeRequest({ type: 'look-up', request: 1, room: KITCHEN }))
    expect(await bob.next()).toEqual({ type: 'found', request: 1, devices: [ALICE] })
    expect(node.rendezvous.devicesIn(KITCHEN)).toEqual([ALICE])
  })

  it('denies whoever has shown no passport', async () => {
    const mallory = createNode({ isAllowed: () => false }).connect(ALICE)
    expect(await mallory.next()).toEqual({ type: 'denied' })
    expect(await mallory.next()).toBeNull()
  })

  it('drops whoever tries one tag after the other', async () => {
    const mallory = createNode().connect(ALICE)
    for (let request = 0; request < REQUESTS_BURST; request++) {
      await mallory.stream.send(encodeRequest({ type: 'look-up', request, room: KITCHEN }))
      await mallory.next()
    }
    await mallory.stream.send(encodeRequest({ type: 'look-up', request: 99, room: KITCHEN }))
    expect(await mallory.served).toMatchObject({ reason: 'too-many-requests' })
  })

  it('drops whoever sends what is none of the protocol, and forgets them', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
      const node = createNode()
      const mallory = node.connect(ALICE)
      await mallory.enter(KITCHEN)
      await mallory.next()
      await mallory.stream.send(bytes)
      expect(await mallory.served).toMatchObject({ name: 'WireError' })
      expect(node.rendezvous.devicesIn(KITCHEN)).toEqual([])
    }), { numRuns: 100 })
  })
})
