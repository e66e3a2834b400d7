import { later } from '../../components/later.tsx'
import { dialogs } from '../../registries/dialogs.ts'

const LinkDeviceDialog = later(async () => (await import('./link-device-dialog.tsx')).LinkDeviceDialog)
const LinkCodeDialog = later(async () => (await import('./link-code-dialog.tsx')).LinkCodeDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { 'link-device': undefined, 'link-code': undefined }
}

dialogs.add({ id: 'link-device', draw: () => <LinkDeviceDialog /> })
dialogs.add({ id: 'link-code', draw: () => <LinkCodeDialog /> })
