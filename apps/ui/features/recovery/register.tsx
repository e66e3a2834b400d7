import { later } from '../../components/later.tsx'
import { dialogs } from '../../registries/dialogs.ts'

const RecoverDialog = later(async () => (await import('./recover-dialog.tsx')).RecoverDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { recover: undefined }
}

dialogs.add({ id: 'recover', draw: () => <RecoverDialog /> })
