/** Tells when the machine comes back: links that died in its sleep look alive until somebody tries them. */
import { powerMonitor } from 'electron'

/** After Electron is ready. */
export function onWake (listener: () => void): void {
  powerMonitor.on('resume', listener)
  powerMonitor.on('unlock-screen', listener)
}
