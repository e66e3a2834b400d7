import { later } from '../../components/later.tsx'
import { dialogs } from '../../registries/dialogs.ts'

const SignInAgainDialog = later(async () => (await import('./sign-in-again-dialog.tsx')).SignInAgainDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { 'sign-in': undefined }
}

dialogs.add({ id: 'sign-in', draw: () => <SignInAgainDialog /> })
