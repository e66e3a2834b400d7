/** What attacks are held against: devices without an app are served like any other while they behave. */
import type { RoomTag } from '#shared/ids.ts'
import { decodeAnswer, encodeRequest, RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import { expect, test } from '../harness/index.ts'
import { createPlace, createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { comeFrom } from './lib/from-address.ts'
import { openLightClient, signUp } from './lib/light-client.ts'

test('a signed-in device without an app is told who is in its room, from whatever address it comes', async ({ node }) => {
  const room = 'ab'.repeat(16) as RoomTag
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  await using detour = await comeFrom('127.0.0.9', node.origin)
  await using ben = await openLightClient(node.origin, { account: await signUp(node, 'Ben'), via: detour.origin })
  const [first, second] = await Promise.all([ann, ben].map((client) => client.openStream(RENDEZVOUS_PROTOCOL)))
  const keys = await createRoomKeys()
  await first!.send(encodeRequest({ type: 'register', places: [await createPlace({ room, keys, device: ann.device, node: ann.nodeKey })] }))
  expect(decodeAnswer((await first!.receive())!)).toEqual({ type: 'peers', room, devices: [] })
  await second!.send(encodeRequest({ type: 'register', places: [await createPlace({ room, keys, device: ben.device, node: ben.nodeKey })] }))
  expect(decodeAnswer((await second!.receive())!)).toEqual({ type: 'peers', room, devices: [ann.device] })
})
