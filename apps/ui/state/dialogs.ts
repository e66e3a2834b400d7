import { signal, type ReadonlySignal } from '@preact/signals-core'

/** Which dialogs there are, and what each is about; features add theirs (`registries/dialogs.ts`). */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by the features
export interface DialogSubjects {}
/** Which tabs the settings have; features add theirs (`registries/settings-tabs.ts`). */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by the features
export interface SettingsTabs {}

export type DialogName = keyof DialogSubjects
export type SettingsTab = keyof SettingsTabs
export interface OpenDialog { name: DialogName, subject: DialogSubjects[DialogName] }

/** Its subject, where it has one. */
type SubjectOf<Name extends DialogName> = undefined extends DialogSubjects[Name] ? [subject?: DialogSubjects[Name]] : [subject: DialogSubjects[Name]]

export interface Dialogs {
  /** One at a time: a dialog that opens another replaces itself. */
  readonly open: ReadonlySignal<OpenDialog | null>
  /** Whether the members lie over the conversation, where there is no room for them beside it. */
  readonly memberSheet: ReadonlySignal<boolean>
  show<Name extends DialogName> (name: Name, ...subject: SubjectOf<Name>): void
  close (): void
  setMemberSheet (isOpen: boolean): void
}

export function createDialogs (): Dialogs {
  const open = signal<OpenDialog | null>(null)
  const memberSheet = signal(false)
  return {
    open,
    memberSheet,
    show (name, ...[subject]) { open.value = { name, subject: subject } },
    close () { open.value = null },
    setMemberSheet (isOpen) { memberSheet.value = isOpen }
  }
}
