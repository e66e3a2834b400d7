import { readUint } from '#shared/wire/cbor.ts'
import type { EphemeralKind } from './kind.ts'

/** Somebody types, until then in Unix ms by their clock; in the past once they stop. */
export interface Typing { type: 'typing', until: number }

export const typing: EphemeralKind<Typing> = {
  type: 'typing',
  number: 0,
  fields: ({ until }) => [until],
  read: ([until]) => ({ type: 'typing', until: readUint(until, 'until') }),
  unite: (_, now) => now
}
