import { later } from '../../components/later.tsx'
import { dialogs } from '../../registries/dialogs.ts'

const RequestsDialog = later(async () => (await import('./requests-dialog.tsx')).RequestsDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { requests: undefined }
}

dialogs.add({ id: 'requests', draw: () => <RequestsDialog /> })
