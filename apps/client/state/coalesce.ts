/**
 * Does a job for everybody who asks before it begins at once: whoever asks while it runs is in the next one.
 * @param locked what the job waits for, a mutex
 */
export function coalesce (locked: (job: () => Promise<void>) => Promise<void>, job: () => Promise<void>): () => Promise<void> {
  let next: Promise<void> | null = null
  return () => next ??= locked(async () => {
    next = null
    await job()
  })
}
