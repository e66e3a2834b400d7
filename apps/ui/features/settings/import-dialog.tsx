import { Dialog } from '../../components/dialog.tsx'
import { useSelf } from '../../hooks/use-self.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { ImportForm } from './import-form.tsx'
import './settings.css'

/** The way in from an empty home. */
export function ImportDialog () {
  const words = useWords().self
  const self = useSelf()
  const { dialogs } = useUi()
  return (
    <Dialog title={words.start.import} onClose={() => dialogs.close()}>
      {self === null ? <p className="dialog-text">{words.notYet}</p> : <ImportForm self={self} onDone={() => dialogs.close()} />}
    </Dialog>
  )
}
