/** The rendezvous: what it is told is paid for by the device, and it tells nothing to whoever has no key of the room. */
import type { RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeAnswer, encodeRequest, RENDEZVOUS_PROTOCOL, splitPlaces, type RendezvousAnswer } from '#shared/wire/rendezvous.ts'
import { inviteIdOf, proveKey } from '#shared/wire/rendezvous-proof.ts'
import { createPlace, createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { expect, test } from '../harness/index.ts'
import { openLightClient, signUp, type LightClient } from './lib/light-client.ts'
import { readMemoryMiB } from './lib/process-readings.ts'

const ROOM = 'ab'.repeat(16) as RoomTag
const STREAMS = 20
const next = async (stream: FrameStream): Promise<RendezvousAnswer> => decodeAnswer((await stream.receive())!)
const randomTag = (): RoomTag => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex') as RoomTag

test('one device that registers a thousand new rooms on each of twenty streams, again and again, takes neither memory nor time from the node', async ({ node }) => {
  await using mallory = await openLightClient(node.origin, { account: await signUp(node, 'Mallory'), gossips: false })
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann'), gossips: false })
  const keys = await createRoomKeys()
  const before = await readMemoryMiB(node.pid())
  const attack = async (): Promise<void> => {
    const stream = await mallory.openStream(RENDEZVOUS_PROTOCOL)
    const sink = (async () => { while (await stream.receive({ timeoutMs: null }) !== null); })().catch(() => undefined)
    try {
      const places = await Promise.all(Array.from({ length: 1000 }, async () =>
        await createPlace({ room: randomTag(), keys, device: mallory.device, node: mallory.nodeKey })))
      for (const [at, part] of splitPlaces(places).entries()) await stream.send(encodeRequest({ type: at === 0 ? 'register' : 'enter', places: part }))
    } catch {
      // The node has dropped the stream.
    }
    stream.abort(new Error('the next one'))
    await sink
  }
  for (let n = 0; n < STREAMS; n++) await attack()
  expect(await readMemoryMiB(node.pid()) - before).toBeLessThan(100)
  expect((await fetch(`${node.origin}/healthz`)).status).toBe(200)
  // Ann is served meanwhile as ever.
  const stream = await ann.openStream(RENDEZVOUS_PROTOCOL)
  await stream.send(encodeRequest({ type: 'register', places: [await createPlace({ room: ROOM, keys, device: ann.device, node: ann.nodeKey })] }))
  expect(await next(stream)).toEqual({ type: 'peers', room: ROOM, devices: [] })
})

test('a second stream to the rendezvous replaces the first of the same device', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann'), gossips: false })
  const first = await ann.openStream(RENDEZVOUS_PROTOCOL)
  await first.send(encodeRequest({ type: 'register', places: [await createPlace({ room: ROOM, keys: await createRoomKeys(), device: ann.device, node: ann.nodeKey })] }))
  await next(first)
  const second = await ann.openStream(RENDEZVOUS_PROTOCOL)
  await second.send(encodeRequest({ type: 'register', places: [] }))
  await expect(first.receive({ timeoutMs: null })).rejects.toThrow()
})

test('a stranger who knows a room\'s tag and an expired link hears neither who is in the room nor who comes and goes', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann'), gossips: false })
  await using ben = await openLightClient(node.origin, { account: await signUp(node, 'Ben'), gossips: false })
  await using stranger = await openLightClient(node.origin, { account: await signUp(node, 'Mallory'), gossips: false })
  const [keys, fresh, expired] = await Promise.all([createRoomKeys(), createRoomKeys(), createRoomKeys()])
  const invites = [{ id: await inviteIdOf(fresh.publicKey), expiresAt: Date.now() + 3_600_000 }, { id: await inviteIdOf(expired.publicKey), expiresAt: Date.now() - 1 }]
  const [toAnn, toBen, toStranger] = [await ann.openStream(RENDEZVOUS_PROTOCOL), await ben.openStream(RENDEZVOUS_PROTOCOL), await stranger.openStream(RENDEZVOUS_PROTOCOL)]
  const register = async (client: LightClient, stream: FrameStream, options: Partial<Parameters<typeof createPlace>[0]> = {}): Promise<void> =>
    await stream.send(encodeRequest({ type: 'register', places: [await createPlace({ room: ROOM, keys, device: client.device, node: client.nodeKey, ...options })] }))
  const lookUp = async (request: number, by: typeof keys): Promise<RendezvousAnswer> => {
    const proof = await proveKey(by.privateKey, { room: ROOM, device: stranger.device, node: stranger.nodeKey })
    await toStranger.send(encodeRequest({ type: 'look-up', request, room: ROOM, key: by.publicKey, proof }))
    return await next(toStranger)
  }
  await register(ann, toAnn, { invites })
  await next(toAnn)

  // With a key of their own they are in a room of their own; Ann's proof is not theirs.
  await register(stranger, toStranger, { keys: expired })
  expect(await next(toStranger)).toEqual({ type: 'peers', room: ROOM, devices: [] })
  await register(stranger, toStranger, { device: ann.device })
  expect(await next(toStranger)).toEqual({ type: 'refused', room: ROOM, reason: 'proof' })
  expect(await lookUp(1, expired)).toEqual({ type: 'gone', request: 1, reason: 'expired' })
  expect(await lookUp(2, await createRoomKeys())).toEqual({ type: 'found', request: 2, devices: [] })
  await register(ben, toBen)
  expect(await next(toBen)).toEqual({ type: 'peers', room: ROOM, devices: [ann.device] })
  expect(await next(toAnn)).toEqual({ type: 'arrived', room: ROOM, device: ben.device })
  await toBen.close()
  expect(await next(toAnn)).toEqual({ type: 'left', room: ROOM, device: ben.device })
  // Of all that, the stranger heard nothing; a link that is good finds Ann.
  expect(await lookUp(3, fresh)).toEqual({ type: 'found', request: 3, devices: [ann.device] })
})
