import type { EphemeralKind } from './kind.ts'
import { decodeHeld, decodeRead, heldFields, POSITIONS_PER_FRAME, readFields, uniteHeld, uniteRead, type HeldRange, type ReadPosition } from './positions.ts'
import { read, type Read } from './read.ts'
import { receipt, type Receipt } from './receipt.ts'

/** What the sender holds and what it has read, in one frame. */
export interface ReceiptAndRead { type: 'receipt-and-read', held: HeldRange[], read: ReadPosition[] }

export const receiptAndRead: EphemeralKind<ReceiptAndRead, ReceiptAndRead | Receipt | Read> = {
  type: 'receipt-and-read',
  number: 4,
  fields: (content) => [heldFields(content.held), readFields(content.read)],
  read: ([held, positions]) => ({ type: 'receipt-and-read', held: decodeHeld(held), read: decodeRead(positions) }),
  unite: (before, now) => ({ type: 'receipt-and-read', held: uniteHeld(before.held, now.held), read: uniteRead(before.read, now.read) }),
  split: (content) => content.held.length + content.read.length <= POSITIONS_PER_FRAME
    ? [content]
    : [...receipt.split?.({ type: 'receipt', held: content.held }) ?? [], ...read.split?.({ type: 'read', read: content.read }) ?? []]
}
