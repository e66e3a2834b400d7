/** Keys from what people can remember or type: slow and hungry on purpose (Argon2id, RFC 9106). */
import { concat } from '#shared/wire/envelope.ts'

/** The second recommended choice of RFC 9106 for memory that a phone has: 64 MiB, three passes; a fifth of a second on a laptop. */
export const SLOW_KEY_COST = { memoryKiB: 64 * 1024, passes: 3 } as const

export interface SlowKeyCost { memoryKiB: number, passes: number }

/** @param salt 16 bytes @returns 32 bytes */
export async function slowKeyOf (secret: string, salt: Uint8Array, { memoryKiB, passes }: SlowKeyCost): Promise<Uint8Array<ArrayBuffer>> {
  // Loaded when it is needed: most people link a device twice in their life.
  const { argon2id } = await import('hash-wasm')
  const password = new TextEncoder().encode(secret.normalize('NFKC'))
  return concat(await argon2id({ password, salt, parallelism: 1, iterations: passes, memorySize: memoryKiB, hashLength: 32, outputType: 'binary' }))
}
