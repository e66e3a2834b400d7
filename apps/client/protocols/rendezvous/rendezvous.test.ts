import { describe, expect, it } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { decodeRequest, encodeAnswer } from '#shared/wire/rendezvous.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createRendezvousClient, type RendezvousClient } from './index.ts'

const KITCHEN = 'a'.repeat(32) as RoomTag
const BOB = '2'.repeat(64) as DeviceKey

function createClient (): { client: RendezvousClient, events: unknown[] } {
  const events: unknown[] = []
  const client = createRendezvousClient({
    peers: (...args) => events.push(['peers', ...args]),
    arrived: (...args) => events.push(['arrived', ...args]),
    left: (...args) => events.push(['left', ...args]),
    denied: () => events.push(['denied']),
    ended: (_error, isDenied) => events.push(['ended', isDenied])
  })
  return { client, events }
}

describe('the rendezvous as a client sees it', () => {
  it('says on each new stream which rooms it is in, and again when they change', async () => {
    const { client } = createClient()
    client.setRooms([KITCHEN])
    for (let n = 0; n < 2; n++) {
      const { a, b: node } = createFramePair()
      await client.attach(a)
      expect(decodeRequest((await node.receive())!)).toEqual({ type: 'register', rooms: [KITCHEN] })
      client.setRooms([KITCHEN])
      expect(decodeRequest((await node.receive())!)).toEqual({ type: 'register', rooms: [KITCHEN] })
    }
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
    await expect(client.lookUp(KITCHEN, AbortSignal.timeout(1000))).rejects.toThrow('not reachable')
    const { a, b: node } = createFramePair()
    await client.attach(a)
    const first = client.lookUp(KITCHEN, AbortSignal.timeout(5000)), second = client.lookUp(KITCHEN, AbortSignal.timeout(5000))
    await node.send(encodeAnswer({ type: 'found', request: 2, devices: [BOB] }))
    await node.send(encodeAnswer({ type: 'found', request: 1, devices: [] }))
    expect([await first, await second]).toEqual([[], [BOB]])

    const controller = new AbortController()
    const third = client.lookUp(KITCHEN, controller.signal)
    controller.abort()
    await expect(third).rejects.toThrow('aborted')
    const fourth = client.lookUp(KITCHEN, AbortSignal.timeout(5000))
    node.abort(new Error('killed'))
    await expect(fourth).rejects.toThrow('not reachable')
    await expect.poll(() => events).toEqual([['ended', false]])
    expect(client.isAttached()).toBe(false)
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
