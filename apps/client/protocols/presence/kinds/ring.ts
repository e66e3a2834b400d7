import { fromHex, toHex, type UserKey } from '#shared/ids.ts'
import { readBytes, readUint } from '#shared/wire/cbor.ts'
import type { EphemeralKind } from './kind.ts'

/** By number on the wire. */
const ACTIONS = ['ring', 'accepted', 'declined', 'busy', 'cancelled'] as const

/** To one person: a call begins, or what became of it. */
export interface SaidRing { type: 'ring', user: UserKey, action: (typeof ACTIONS)[number] }

export const ring: EphemeralKind<SaidRing> = {
  type: 'ring',
  number: 9,
  fields: ({ user, action }) => [fromHex(user), ACTIONS.indexOf(action)],
  read ([user, number]) {
    const action = ACTIONS[readUint(number, 'ring-action')]
    return action === undefined ? null : { type: 'ring', user: toHex(readBytes(user, 'user', 32)) as UserKey, action }
  }
}
