/**
 * The encryption keys of this device, X25519: the one its certificate names, for good, and those that follow it, a new one each month. Rooms
 * are entered with the first; each room is then told of the newest (`upkeep`), and its secrets are wrapped for that. A private half that was
 * replaced is kept until nobody can be expected to wrap for it any more, then it is gone: what was recorded on the way opens to nobody.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { createEncryptionKey } from '../crypto/index.ts'
import type { Database } from '../store/index.ts'

const DAY_MS = 24 * 3_600_000
/** A month, as long as a member is thought to be away at most who comes back now and then. */
export const ENCRYPTION_KEY_MAX_AGE_MS = 30 * DAY_MS
/** Who was away for longer and wraps for a key that is gone is asked for the secret (`key-requests`). */
export const REPLACED_KEY_KEPT_MS = 60 * DAY_MS

export interface EncryptionKeys {
  /** Raw public half of the key that others are to wrap for. */
  readonly newest: ReadonlySignal<Uint8Array<ArrayBuffer>>
  /** All pairs whose private half is still here, newest first. */
  all(): readonly CryptoKeyPair[]
  /** Makes the next one when the newest has had its time, and lets go of those that were replaced long ago. @param at Unix ms */
  renew(at: number): Promise<void>
}

interface Later { pair: CryptoKeyPair, madeAt: number }
/** As it rests in the database. `since`: when the first key was seen first. */
interface Stored { since: number, later: Later[] }

const NAME = 'encryption-keys'

/** @param first the one the certificate names */
export async function loadEncryptionKeys (database: Pick<Database, 'loadKey' | 'saveKey'>, first: CryptoKeyPair): Promise<EncryptionKeys> {
  let stored = await database.loadKey(NAME) as Stored | null
  const newestPair = (): CryptoKeyPair => stored?.later[0]?.pair ?? first
  const newest = signal(await rawOf(newestPair()))
  const save = async (next: Stored): Promise<void> => {
    await database.saveKey(NAME, next)
    stored = next
  }
  return {
    newest,
    all: () => [...stored?.later.map(({ pair }) => pair) ?? [], first],
    async renew (at) {
      const { since, later } = stored ?? { since: at, later: [] }
      const isDue = at - (later[0]?.madeAt ?? since) > ENCRYPTION_KEY_MAX_AGE_MS
      const next = isDue ? [{ pair: await createEncryptionKey(), madeAt: at }, ...later] : later
      // Each was replaced when the one before it in the list was made.
      const kept = next.filter((_, i) => at - (next[i - 1]?.madeAt ?? at) <= REPLACED_KEY_KEPT_MS)
      if (stored === null || isDue || kept.length < later.length) await save({ since, later: kept })
      if (isDue) newest.value = await rawOf(newestPair())
    }
  }
}

const rawOf = async ({ publicKey }: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
