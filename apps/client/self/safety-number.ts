/** The safety number of two people: what both can read to each other to be sure that nobody stands between them. */
import { fromHex, type UserKey } from '#shared/ids.ts'
import { concat } from '#shared/wire/envelope.ts'

const CONTEXT = new TextEncoder().encode('parley/safety-number/1')
/** Makes the search for a key with a number that looks alike as much slower. */
const ITERATIONS = 5200
const GROUPS = 12
const GROUP_BYTES = 5

/**
 * Sixty digits in twelve groups of five, separated by spaces; the same for both, whoever asks.
 *
 *     h₀ = SHA-512('parley/safety-number/1' ‖ smaller user key ‖ greater user key)      hₙ = SHA-512(hₙ₋₁ ‖ both keys)
 *     group i = bytes 5i … 5i+4 of h₅₂₀₀ as a number, modulo 100,000
 */
export async function safetyNumberOf (one: UserKey, other: UserKey): Promise<string> {
  const keys = concat(...[one, other].sort().map(fromHex))
  let hash = await sha512(concat(CONTEXT, keys))
  for (let i = 0; i < ITERATIONS; i++) hash = await sha512(concat(hash, keys))
  return Array.from({ length: GROUPS }, (_, group) => {
    const bytes = hash.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES)
    return String(bytes.reduce((number, byte) => number * 256 + byte, 0) % 100_000).padStart(5, '0')
  }).join(' ')
}

const sha512 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-512', bytes))
