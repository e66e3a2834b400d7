import { useId, useState } from 'react'
import type { Self } from '#client'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { Progress } from '../../components/progress.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useUi, useWords } from '../../state/app-context.ts'

/** Takes an export in, where nobody is in a room yet. */
export function ImportForm ({ self, onDone }: { self: Self, onDone: () => void }) {
  const words = useWords().self
  const w = words.export
  const id = useId()
  const task = useTask()
  const { notices, navigation } = useUi()
  const [file, setFile] = useState<File | null>(null)
  const [passphrase, setPassphrase] = useState('')
  const [progress, setProgress] = useState({ done: 0, total: 0 })
  const submit = async (): Promise<void> => {
    if (file === null) return
    setProgress({ done: 0, total: 0 })
    await task.run(async () => {
      const { rooms, messages } = await self.importProfile(file, passphrase, { onProgress: (done, total) => setProgress({ done, total }) })
      onDone()
      navigation.go({ page: 'home' })
      notices.show({ kind: 'info', title: words.done, text: w.imported(rooms, messages) })
    })
  }
  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
      <p className="muted settings-intro">{w.importText}</p>
      <div className="field">
        <label htmlFor={id}>{w.file}</label>
        <input id={id} type="file" className="file" accept=".parley,application/octet-stream" disabled={task.isBusy} onChange={(event) => { setFile(event.target.files?.[0] ?? null); task.clear() }} />
      </div>
      <Field
        label={w.filePassphrase} type="password" autoComplete="off" readOnly={task.isBusy} value={passphrase} error={task.error}
        onChange={(event) => { setPassphrase(event.target.value); task.clear() }}
      />
      {task.isBusy && <Progress label={w.importName} text={w.importing(progress.done, progress.total)} {...progress} />}
      <Button kind="primary" type="submit" isBusy={task.isBusy} disabled={file === null || passphrase === ''}>{w.import}</Button>
    </form>
  )
}
