/** One app per profile: a second start wakes the first, hands over the link it was started with, and ends. */
import { app } from 'electron'
import type { DeepLinks } from './deep-links.ts'

/** False: another instance runs and this one is about to end. */
export function claimSingleInstance (links: DeepLinks, show: () => void): boolean {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return false
  }
  app.on('second-instance', (_event, argv) => {
    show()
    links.takeArguments(argv)
  })
  return true
}
