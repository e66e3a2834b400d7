import type { EphemeralKind } from './kind.ts'
import { decodeHeld, heldFields, partsOf, uniteHeld, type HeldRange } from './positions.ts'

/** What the sender holds. */
export interface Receipt { type: 'receipt', held: HeldRange[] }

export const receipt: EphemeralKind<Receipt> = {
  type: 'receipt',
  number: 1,
  fields: ({ held }) => [heldFields(held)],
  read: ([held]) => ({ type: 'receipt', held: decodeHeld(held) }),
  unite: (before, now) => ({ type: 'receipt', held: uniteHeld(before.held, now.held) }),
  split: ({ held }) => partsOf(held).map((part) => ({ type: 'receipt', held: part }))
}
