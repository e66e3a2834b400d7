import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'

export type DialogName = 'sign-in' | 'create-room' | 'create-party' | 'join' | 'invite' | 'room-settings' | 'connection' | 'settings' | 'palette' | 'safety' | 'link-device' | 'link-code' | 'recover' | 'import' | 'call-preview' | 'requests'
export type SettingsTab = 'profile' | 'appearance' | 'notifications' | 'privacy' | 'calls' | 'devices' | 'recovery' | 'export' | 'storage' | 'account' | 'about'

/** What a dialog is about, where its name does not say. */
export interface DialogSubject { tab?: SettingsTab, user?: UserKey }
export interface OpenDialog extends DialogSubject { name: DialogName }

export interface Dialogs {
  /** One at a time: a dialog that opens another replaces itself. */
  readonly open: ReadonlySignal<OpenDialog | null>
  /** Whether the members lie over the conversation, where there is no room for them beside it. */
  readonly memberSheet: ReadonlySignal<boolean>
  show (name: DialogName, subject?: DialogSubject): void
  close (): void
  setMemberSheet (isOpen: boolean): void
}

export function createDialogs (): Dialogs {
  const open = signal<OpenDialog | null>(null)
  const memberSheet = signal(false)
  return {
    open,
    memberSheet,
    show (name, subject = {}) { open.value = { name, ...subject } },
    close () { open.value = null },
    setMemberSheet (isOpen) { memberSheet.value = isOpen }
  }
}
