import type { UserKey } from '#shared/ids.ts'
import { later } from '../../components/later.tsx'
import { dialogs } from '../../registries/dialogs.ts'

const SafetyDialog = later(async () => (await import('./safety-dialog.tsx')).SafetyDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { safety: { user: UserKey } }
}

dialogs.add({ id: 'safety', fetch: SafetyDialog.fetch, draw: (_, { user }) => <SafetyDialog user={user} /> })
