import { fromHex, toHex, type RoomTag } from '#shared/ids.ts'
import { readBytes, readUint } from '#shared/wire/cbor.ts'
import { readMedia } from './call.ts'
import type { EphemeralKind } from './kind.ts'

/** Said in a room about one of its voice rooms: this device is in its call. */
export interface SaidVoice { type: 'voice', room: RoomTag, joinedAt: number, media: number | null }

export const voice: EphemeralKind<SaidVoice> = {
  type: 'voice',
  number: 11,
  fields: ({ room, joinedAt, media }) => [fromHex(room), joinedAt, media],
  read: ([room, joinedAt, media]) => ({
    type: 'voice', room: toHex(readBytes(room, 'room-tag', 16)) as RoomTag, joinedAt: readUint(joinedAt, 'joined-at'), media: readMedia(media)
  })
}
