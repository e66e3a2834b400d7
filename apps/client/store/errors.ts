import { ParleyError } from '#shared/errors.ts'

/** What a person is told when the local database refuses: full, denied, or written by a newer Parley. */
export function toStorageError (cause: unknown): ParleyError {
  if (cause instanceof ParleyError) return cause
  const names = namesOf(cause)
  if (names.includes('QuotaExceededError')) return new ParleyError('storage-full', { cause })
  if (names.includes('VersionError')) return new ParleyError('storage-newer', { cause })
  return new ParleyError('storage-denied', { cause })
}

/** Dexie wraps the browser's error, and those of a bulk of rows in one with a list of them; all names tell. */
function namesOf (cause: unknown): string[] {
  const names: string[] = []
  for (let error = cause, depth = 0; error instanceof Error && depth < 4; depth++) {
    names.push(error.name)
    const { inner, failures } = error as { inner?: unknown, failures?: readonly unknown[] }
    error = inner ?? failures?.[0] ?? error.cause
  }
  return names
}

/** An action of the store that rejects with a `ParleyError` only. */
export const guarded = <Args extends unknown[], Answer>(action: (...args: Args) => PromiseLike<Answer>) =>
  async (...args: Args): Promise<Answer> => {
    try {
      return await action(...args)
    } catch (cause) {
      throw toStorageError(cause)
    }
  }
