import type { RoomTag } from '#shared/ids.ts'
import { sha256 } from '#shared/wire/envelope.ts'
import { importEd25519Seed } from '#shared/wire/ed25519-seed.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { encodeRequest, RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import { createPlace } from '#shared/wire/testing/room-keys.ts'
import type { LightClient } from './light-client.ts'

/**
 * Registers a device in a made-up room at the rendezvous and returns the stream on which the node tells who is there. The room's access key
 * comes from its tag, so that processes that share nothing else share it.
 */
export async function registerIn (room: RoomTag, client: LightClient): Promise<FrameStream> {
  const keys = await importEd25519Seed(await sha256(new TextEncoder().encode(room)))
  const stream = await client.openStream(RENDEZVOUS_PROTOCOL)
  await stream.send(encodeRequest({ type: 'register', places: [await createPlace({ room, keys, device: client.device, node: client.nodeKey })] }))
  return stream
}
