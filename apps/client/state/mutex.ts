/** Runs jobs one after the other, in the order they were asked for. A job that fails does not stop the next. */
export function createMutex (): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (job) => {
    const result = last.then(job)
    last = result.catch(() => undefined)
    return await result
  }
}
