/** Attacks on the frames that the node forwards to single devices. */
import { fromHex, type RoomTag } from '#shared/ids.ts'
import { ADDRESSED_PROTOCOL, decodeAddressed, encodeAddressed, type AddressedMessage } from '#shared/wire/addressed.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeAnswer, encodeRequest, RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import { createMemberAccess } from '#shared/wire/sync/access.ts'
import { runSync, SYNC_PROTOCOL } from '#shared/wire/sync/index.ts'
import { createMemoryReplica } from '#shared/wire/sync/testing/memory-replica.ts'
import { EPOCH, ROOM, roomKeys } from '#shared/wire/sync/testing/people.ts'
import { createPlace } from '#shared/wire/testing/room-keys.ts'
import { LIMITS } from '../../../bootstrap/limits/index.ts'
import { expect, test } from '../harness/index.ts'
import type { NodeUnderTest } from '../harness/node.ts'
import { openLightClient, signUp, type LightClient } from './lib/light-client.ts'

/** Registers a device in a room and opens its addressed stream; with `proves` it has the room's key, else one of its own. */
async function enter (client: LightClient, { room = ROOM, proves }: { room?: RoomTag, proves: boolean }): Promise<FrameStream> {
  const { nodeKey } = client
  const keys = await roomKeys(proves ? 7 : 8)
  const rendezvous = await client.openStream(RENDEZVOUS_PROTOCOL)
  const place = await createPlace({ room, device: client.device, node: nodeKey, keys: { privateKey: keys.privateKey, publicKey: keys.rawPublicKey } })
  await rendezvous.send(encodeRequest({ type: 'register', places: [place] }))
  expect(decodeAnswer((await rendezvous.receive())!)).toMatchObject(proves ? { type: 'peers' } : { type: 'refused', reason: 'other-key' })
  if (proves) {
    const access = createMemberAccess({
      roomTag: room, epochId: () => EPOCH, keys, localKey: fromHex(client.device),
      decide: (remote) => Buffer.from(remote).equals(nodeKey) ? true : undefined
    })
    await runSync(await client.openStream(SYNC_PROTOCOL), { replica: createMemoryReplica(room), access }, { remoteKey: nodeKey, register: true })
  }
  return await client.openStream(ADDRESSED_PROTOCOL)
}

const next = async (stream: FrameStream): Promise<AddressedMessage> => decodeAddressed((await stream.receive({ timeoutMs: 15_000 }))!)
const frame = (to: LightClient, what: number): Uint8Array<ArrayBuffer> =>
  encodeAddressed({ type: 'frame', room: ROOM, device: to.device, frame: Uint8Array.of(what) })
const open = async (node: NodeUnderTest, name: string): Promise<LightClient> => await openLightClient(node.origin, { account: await signUp(node, name) })

test('a signed-in stranger who knows the room but not its key reaches nobody in it, and members reach each other alone', async ({ node }) => {
  await using ann = await open(node, 'Ann')
  await using ben = await open(node, 'Ben')
  await using cem = await open(node, 'Cem')
  await using mallory = await open(node, 'Mallory')
  const [toAnn, toBen, toCem] = [await enter(ann, { proves: true }), await enter(ben, { proves: true }), await enter(cem, { proves: true })]
  const ofMallory = await enter(mallory, { proves: false })
  await ofMallory.send(frame(ann, 66))
  // The node handles a stream in order and does not respond to strangers: her hello comes back after it has read the frame.
  await mallory.hello()
  await toBen.send(frame(ann, 1))
  expect(await next(toAnn)).toMatchObject({ frame: Uint8Array.of(1) })
  await toBen.send(frame(cem, 2))
  expect(await next(toCem)).toMatchObject({ frame: Uint8Array.of(2) })
})

test('a member who floods another is cut to the limit, and a third member is served as before', async ({ node }) => {
  await using ann = await open(node, 'Ann')
  await using ben = await open(node, 'Ben')
  await using mallory = await open(node, 'Mallory')
  const [toAnn, toBen, ofMallory] = [await enter(ann, { proves: true }), await enter(ben, { proves: true }), await enter(mallory, { proves: true })]
  const { burst, perSecond } = LIMITS['addressed-frames']
  const startedAt = Date.now()
  for (let nth = 0; nth < 3 * burst; nth++) await ofMallory.send(frame(ann, 66))
  await toBen.send(frame(ann, 1))
  let flooded = 0
  for (let message = await next(toAnn); message.type === 'frame' && message.frame[0] === 66; message = await next(toAnn)) flooded++
  expect(flooded).toBeLessThanOrEqual(burst + perSecond * (1 + (Date.now() - startedAt) / 1000))
})
