import { describe, expect, it } from 'vitest'
import type { DeviceKey, InviteId, RoomTag } from '#shared/ids.ts'
import { decodeRequest, encodeAnswer } from '#shared/wire/rendezvous.ts'
import { checkKey } from '#shared/wire/rendezvous-proof.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { createRendezvousClient, type RendezvousClient, type RoomEntrance } from './index.ts'

const KITCHEN = 'a'.repeat(32) as RoomTag
const [ALICE, BOB] = ['1'.repeat(64), '2'.repeat(64)] as [DeviceKey, DeviceKey]
const CELLAR = 'b'.repeat(32) as RoomTag
const NODE = new Uint8Array(32).fill(7)
const KEYS = await createRoomKeys()
const entranceOf = (invites: RoomEntrance['invites'] = () => []): RoomEntrance => ({ keys: KEYS, invites })
const IN_KITCHEN = new Map([[KITCHEN, entranceOf()]])

function createClient (): { client: RendezvousClient, events: unknown[] } {
  const events: unknown[] = []
  const client = createRendezvousClient({
    localKey: ALICE,
    nodeKey: () => NODE,
    refused: (...args) => events.push(['refused', ...args]),
    peers: (...args) => events.push(['peers', ...args]),
    arrived: (...args) => events.push(['arrived', ...args]),
    left: (...args) => events.push(['left', ...args]),
    denied: () => events.push(['denied']),
    ended: (_error, isDenied) => events.push(['ended', isDenied])
  })
  return { client, events }
}

describe('the rendezvous as a client sees it', () => {
  it('says on each new stream which rooms it is in, with a proof for this device at this node', async () => {
    const { client } = createClient()
    client.setRooms(IN_KITCHEN)
    for (let n = 0; n < 2; n++) {
      const { a, b: node } = createFramePair()
      await client.attach(a)
      const request = decodeRequest((await node.receive())!)
      expect(request).toMatchObject({ type: 'register', places: [{ room: KITCHEN, key: KEYS.publicKey, invites: [] }] })
      if (request.type !== 'register') throw new Error('not reached')
      expect(await checkKey(KEYS.publicKey, request.places[0]!.proof, { room: KITCHEN, device: ALICE, node: NODE })).toBe(true)
    }
  })

  it('tells only what has changed: rooms that are new or left, and other invitations', async () => {
    const { client } = createClient()
    const { a, b: node } = createFramePair()
    client.setRooms(IN_KITCHEN)
    await client.attach(a)
    await node.receive()
    client.setRooms(IN_KITCHEN)
    client.refresh(KITCHEN)
    let invites: ReturnType<RoomEntrance['invites']> = []
    const cellar = entranceOf(() => invites)
    client.setRooms(new Map([...IN_KITCHEN, [CELLAR, cellar]]))
    expect(decodeRequest((await node.receive())!)).toMatchObject({ type: 'enter', places: [{ room: CELLAR }] })
    invites = [{ id: 'e'.repeat(32) as InviteId, expiresAt: 5 }]
    client.refresh(CELLAR)
    expect(decodeRequest((await node.receive())!)).toMatchObject({ type: 'enter', places: [{ room: CELLAR, invites }] })
    client.setRooms(new Map([[CELLAR, cellar]]))
    expect(decodeRequest((await node.receive())!)).toEqual({ type: 'leave', rooms: [KITCHEN] })
  })

  it('passes on who is there, who comes and who goes', async () => {
    const { client, events } = createClient()
    const { a, b: node } = createFramePair()
    await client.attach(a)
    await node.send(encodeAnswer({ type: 'peers', room: KITCHEN, devices: [BOB] }))
    await node.send(encodeAnswer({ type: 'left', room: KITCHEN, device: BOB }))
    await node.send(encodeAnswer({ type: 'arrived', room: KITCHEN, device: BOB }))
    await expect.poll(() => events).toEqual([['peers', KITCHEN, [BOB]], ['left', KITCHEN, BOB], ['arrived', KITCHEN, BOB]])
  })

  it('gives each look-up its own answer, and stops waiting when asked or when the node is gone', async () => {
    const { client, events } = createClient()
    await expect(client.lookUp(KITCHEN, KEYS, AbortSignal.timeout(1000))).rejects.toThrow('not reachable')
    const { a, b: node } = createFramePair()
    await client.attach(a)
    const first = client.lookUp(KITCHEN, KEYS, AbortSignal.timeout(5000)), second = client.lookUp(KITCHEN, KEYS, AbortSignal.timeout(5000))
    await node.send(encodeAnswer({ type: 'found', request: 2, devices: [BOB] }))
    await node.send(encodeAnswer({ type: 'found', request: 1, devices: [] }))
    expect([await first, await second]).toEqual([[], [BOB]])

    const controller = new AbortController()
    const third = client.lookUp(KITCHEN, KEYS, controller.signal)
    controller.abort()
    await expect(third).rejects.toThrow('aborted')
    const fourth = client.lookUp(KITCHEN, KEYS, AbortSignal.timeout(5000))
    node.abort(new Error('killed'))
    await expect(fourth).rejects.toThrow('not reachable')
    await expect.poll(() => events).toEqual([['ended', false]])
    expect(client.isAttached()).toBe(false)
  })

  it('says of a link that is over what the node says of it', async () => {
    const { client } = createClient()
    const { a, b: node } = createFramePair()
    await client.attach(a)
    const found = client.lookUp(KITCHEN, KEYS, AbortSignal.timeout(5000))
    await node.send(encodeAnswer({ type: 'gone', request: 1, reason: 'expired' }))
    await expect(found).rejects.toMatchObject({ code: 'invite-expired' })
  })

  it('knows a denial from an end', async () => {
    const { client, events } = createClient()
    const { a, b: node } = createFramePair()
    await client.attach(a)
    await node.send(encodeAnswer({ type: 'denied' }))
    await node.close()
    await expect.poll(() => events).toEqual([['denied'], ['ended', true]])
  })

  it('drops a node that speaks another language', async () => {
    const { client, events } = createClient()
    const { a, b: node } = createFramePair()
    await client.attach(a)
    await node.send(Uint8Array.of(0xff, 1, 2))
    await expect.poll(() => events).toEqual([['ended', false]])
    await expect(node.send(Uint8Array.of(1))).rejects.toThrow()
  })
})
