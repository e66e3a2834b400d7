/**
 * Dialogs. A feature names its dialog and what it is about (`DialogSubjects` in `state/dialogs.ts`), and says here how it is drawn.
 *
 *   declare module '../../state/dialogs.ts' { interface DialogSubjects { safety: { user: UserKey } } }
 *   dialogs.add({ id: 'safety', place: 0, draw: (_, { user }) => <SafetyDialog user={user} /> })
 */
import type { ReactNode } from 'react'
import type { Account, Calls, Room } from '#client'
import type { DialogName, DialogSubjects } from '../state/dialogs.ts'
import { createRegistry, type Registered, type Registry } from './registry.ts'

/** What the window shows behind a dialog. */
export interface DialogScene {
  account: Account
  /** The open room. */
  room: Room | null
  calls: Calls | null
  onShowMembers: () => void
}

/** @template Name the dialog, by which its subject is known */
export interface RegisteredDialog<Name extends DialogName = DialogName> extends Registered {
  readonly id: Name
  /** Null where there is nothing to show, as of a room while none is open. */
  draw (scene: DialogScene, subject: DialogSubjects[Name]): ReactNode
  /** Fetches its file once the first page is there: for dialogs that people open often. */
  fetch?: () => void
}

const registry = createRegistry<RegisteredDialog>()

export const dialogs: Pick<Registry<RegisteredDialog>, 'all'> & {
  add<Name extends DialogName> (dialog: Omit<RegisteredDialog<Name>, 'place'>): void
  draw (open: { name: DialogName, subject: DialogSubjects[DialogName] }, scene: DialogScene): ReactNode
} = {
  all: () => registry.all(),
  add: (dialog) => registry.add({ ...dialog, place: 0 }),
  draw: ({ name, subject }, scene) => registry.get(name)?.draw(scene, subject) ?? null
}
