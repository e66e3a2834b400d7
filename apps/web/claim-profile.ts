/**
 * One window per profile, by a Web Lock: the browser releases it when the window closes or crashes.
 * @see https://w3c.github.io/web-locks/
 */
export function claimByLock (name: string, { steal, onLost }: { steal: boolean, onLost: () => void }): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    let release = (): void => {}
    let isReleased = false
    const held = new Promise<void>((done) => {
      release = () => {
        isReleased = true
        done()
      }
    })
    // `steal` and `ifAvailable` exclude each other.
    const options: LockOptions = steal ? { steal: true } : { ifAvailable: true }
    navigator.locks.request(`parley profile ${name}`, options, async (lock) => {
      if (lock === null) {
        resolve(null)
        return
      }
      resolve(release)
      await held
    }).catch((error: unknown) => {
      // AbortError while it was held: another window stole it.
      if (error instanceof DOMException && error.name === 'AbortError') {
        if (!isReleased) onLost()
      } else {
        reject(error instanceof Error ? error : new Error('the profile could not be locked', { cause: error }))
      }
    })
  })
}
