import { later } from '../../components/later.tsx'
import { dialogs } from '../../registries/dialogs.ts'

const PaletteDialog = later(async () => (await import('./palette-dialog.tsx')).PaletteDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { palette: undefined }
}

dialogs.add({ id: 'palette', fetch: PaletteDialog.fetch, draw: ({ room, onShowMembers }) => <PaletteDialog room={room} onShowMembers={onShowMembers} /> })
