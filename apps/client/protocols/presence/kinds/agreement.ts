import { fromHex, toHex } from '#shared/ids.ts'
import { readBytes, readUint } from '#shared/wire/cbor.ts'
import type { EphemeralKind } from './kind.ts'

/** What the sender's law made of the operations it has: `rooms/membership/agreement.ts`. Hashes in hex. */
export interface SaidAgreement { type: 'agreement', law: number, set: string, result: string }

/**
 * Of SHA-256, which is enough to notice a mistake. Two sets of operations with one hash take 2^64 attempts, and give their maker a false alarm
 * that every member can raise for nothing by claiming another result. Raise it where something is ever decided by these hashes.
 */
export const AGREEMENT_HASH_BYTES = 16

const readHash = (value: unknown, field: string): string => toHex(readBytes(value, field, AGREEMENT_HASH_BYTES))

export const agreement: EphemeralKind<SaidAgreement> = {
  type: 'agreement',
  number: 5,
  fields: ({ law, set, result }) => [law, fromHex(set), fromHex(result)],
  read: ([law, set, result]) => ({ type: 'agreement', law: readUint(law, 'law'), set: readHash(set, 'set'), result: readHash(result, 'result') }),
  unite: (_, now) => now
}
