/** Keys that steer a call while another program has the focus. Electron tells when they go down and never when they come up. */
import { app, globalShortcut } from 'electron'
import { GLOBAL_KEYS, type GlobalKeyName } from '#shared/ipc/index.ts'

const names = Object.keys(GLOBAL_KEYS) as GlobalKeyName[]

export interface GlobalKeyHold {
  /** Takes the keys or lets go of them; answers those that another program holds. */
  hold(isHeld: boolean): GlobalKeyName[]
}

export function createGlobalKeys (onPressed: (name: GlobalKeyName) => void): GlobalKeyHold {
  const release = (): void => { for (const name of names) globalShortcut.unregister(GLOBAL_KEYS[name]) }
  app.on('will-quit', release)
  return {
    hold (isHeld) {
      release()
      return isHeld ? names.filter((name) => !globalShortcut.register(GLOBAL_KEYS[name], () => onPressed(name))) : []
    }
  }
}
