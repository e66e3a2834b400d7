import { isOutOfSpace } from './engines/index.ts'

type Method = (...parameters: unknown[]) => Promise<unknown>

/**
 * Joins two repositories of the same table: `spare`, in memory, takes over what `primary` cannot write on a full disk. For rows that live
 * minutes and without which nobody could sign in. Methods return null, false or nothing for a row that is not there.
 */
export function withSpare<Repository extends object> (primary: Repository, spare: Repository): Repository {
  let isSpareUsed = false
  const join = (name: string): Method => async (...parameters) => {
    const call = async (repository: Repository): Promise<unknown> => await (repository as Record<string, Method>)[name]?.(...parameters)
    try {
      const result = await call(primary)
      if (!isSpareUsed || (result !== null && result !== false && result !== undefined)) return result
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      isSpareUsed = true
    }
    return await call(spare)
  }
  return Object.fromEntries(Object.keys(primary).map((name) => [name, join(name)])) as Repository
}
