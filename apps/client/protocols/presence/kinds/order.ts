import { fromHex, toHex, type DeviceKey } from '#shared/ids.ts'
import { readBytes, readUint } from '#shared/wire/cbor.ts'
import type { EphemeralKind } from './kind.ts'

/** By number on the wire. */
const ACTIONS = ['mute', 'remove', 'lock', 'unlock'] as const

/** Of a moderator, about a device in the call: `joinedAt` tells which stay of it, `at` is Unix ms and grows. */
export interface SaidOrder { type: 'order', action: (typeof ACTIONS)[number], device: DeviceKey, joinedAt: number, at: number }

export const order: EphemeralKind<SaidOrder> = {
  type: 'order',
  number: 10,
  fields: ({ action, device, joinedAt, at }) => [ACTIONS.indexOf(action), fromHex(device), joinedAt, at],
  read ([number, device, joinedAt, at]) {
    const action = ACTIONS[readUint(number, 'order-action')]
    if (action === undefined) return null
    return { type: 'order', action, device: toHex(readBytes(device, 'device', 32)) as DeviceKey, joinedAt: readUint(joinedAt, 'joined-at'), at: readUint(at, 'at') }
  }
}
