import { readUint } from '#shared/wire/cbor.ts'
import type { EphemeralKind } from './kind.ts'

/** This device is in the call of the room since `joinedAt` (Unix ms) and sends this; null: it has left. */
export interface SaidCall { type: 'call', joinedAt: number, media: number | null }

export const readMedia = (value: unknown): number | null => value === null ? null : readUint(value, 'media')

export const call: EphemeralKind<SaidCall> = {
  type: 'call',
  number: 8,
  fields: ({ joinedAt, media }) => [joinedAt, media],
  read: ([joinedAt, media]) => ({ type: 'call', joinedAt: readUint(joinedAt, 'joined-at'), media: readMedia(media) })
}
