import { signal, type ReadonlySignal } from '@preact/signals-core'

export type DialogName = 'create-room' | 'join' | 'invite' | 'connection' | 'settings' | 'palette'
export type SettingsTab = 'profile' | 'appearance' | 'account' | 'about'

export interface Dialogs {
  /** One at a time: a dialog that opens another replaces itself. */
  readonly open: ReadonlySignal<{ name: DialogName, tab?: SettingsTab } | null>
  /** Whether the members lie over the conversation, where there is no room for them beside it. */
  readonly memberSheet: ReadonlySignal<boolean>
  show (name: DialogName, options?: { tab?: SettingsTab }): void
  close (): void
  setMemberSheet (isOpen: boolean): void
}

export function createDialogs (): Dialogs {
  const open = signal<{ name: DialogName, tab?: SettingsTab } | null>(null)
  const memberSheet = signal(false)
  return {
    open,
    memberSheet,
    show (name, options = {}) { open.value = { name, ...options } },
    close () { open.value = null },
    setMemberSheet (isOpen) { memberSheet.value = isOpen }
  }
}
