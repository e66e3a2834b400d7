import { readBytes } from '#shared/wire/cbor.ts'
import type { MessageKind } from './kind.ts'

/** An offer of a direct room, for the devices that can open it: `rooms/entry/direct`. */
export interface Offer { type: 'offer', sealed: Uint8Array<ArrayBuffer> }

export const offer: MessageKind<Offer> = {
  type: 'offer',
  number: 3,
  role: 'hidden',
  fields: ({ sealed }) => [sealed],
  read: ([sealed]) => ({ type: 'offer', sealed: readBytes(sealed, 'offer') })
}
