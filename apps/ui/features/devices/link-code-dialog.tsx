import { useEffect, useRef, useState } from 'react'
import type { Self } from '#client'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { useSelf } from '../../hooks/use-self.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { useArrival } from './use-arrival.ts'
import './devices.css'

/** On the new device: takes the code that the old one shows. */
export function LinkCodeDialog () {
  const words = useWords().self
  const self = useSelf()
  const { dialogs, joining } = useUi()
  // By a QR code the app was opened with the code; typed, it is still to come.
  const [scanned] = useState(() => joining.pendingDevice.peek())
  const close = (): void => {
    joining.dismissLink()
    dialogs.close()
  }
  return (
    <Dialog title={words.devices.enterTitle} onClose={close}>
      {self === null ? <p className="dialog-text">{words.notYet}</p> : <CodeForm self={self} scanned={scanned} onClose={close} />}
    </Dialog>
  )
}

function CodeForm ({ self, scanned, onClose }: { self: Self, scanned: string | null, onClose: () => void }) {
  const words = useWords()
  const w = words.self.devices
  const task = useTask()
  const arrive = useArrival()
  const { joining } = useUi()
  const [code, setCode] = useState(scanned ?? '')
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => { running.current?.abort() }, [])

  const submit = async (): Promise<void> => {
    const controller = new AbortController()
    running.current = controller
    joining.dismissLink()
    await task.run(async () => {
      const { rooms } = await self.acceptLink(code.trim(), { signal: controller.signal })
      arrive(rooms)
    })
  }
  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
      <p className="dialog-text">{scanned === null ? w.enterText : w.scannedText}</p>
      <Field
        className="field-link-code" label={w.code} placeholder={w.codeHint} data-autofocus={scanned === null ? '' : undefined} autoComplete="off" autoCapitalize="characters" spellCheck={false} readOnly={task.isBusy}
        value={code} error={task.error} onChange={(event) => { setCode(event.target.value); task.clear() }}
      />
      <p className="muted" role="status">{task.isBusy && w.entering}</p>
      <footer className="dialog-foot">
        <Button onClick={onClose}>{words.cancel}</Button>
        <Button kind="primary" type="submit" data-autofocus={scanned === null ? undefined : ''} isBusy={task.isBusy} disabled={code.trim() === ''}>{w.enter}</Button>
      </footer>
    </form>
  )
}
