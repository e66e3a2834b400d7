import { useEffect, useRef, useState } from 'react'
import { Download } from 'lucide-react'
import type { Self } from '#client'
import { ParleyError } from '#shared/errors.ts'
import { PASSPHRASE_MIN_CHARS } from '#shared/limits.ts'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Field } from '../../components/field.tsx'
import { Progress } from '../../components/progress.tsx'
import { useSelf } from '../../hooks/use-self.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useLanguage, useUi, useWords } from '../../state/app-context.ts'
import { formatBytes } from './format-bytes.ts'
import { ImportForm } from './import-form.tsx'
import { judgeLength } from './judge-length.ts'

/** Everything of the person in one sealed file, out and in. */
export function ExportTab () {
  const words = useWords().self
  const self = useSelf()
  const rooms = useSignal(useClient().rooms) ?? []
  if (self === null) return <p className="muted">{words.notYet}</p>
  return <ExportAndImport self={self} hasRooms={rooms.length > 0} />
}

function ExportAndImport ({ self, hasRooms }: { self: Self, hasRooms: boolean }) {
  const words = useWords().self
  const { dialogs } = useUi()
  const canExport = useSignal(self.holdsRootKey)
  return (
    <>
      <p className="muted settings-intro">{words.export.intro}</p>
      {canExport ? <ExportForm self={self} /> : <p>{words.export.notHere}</p>}
      <h3 className="section-title">{words.export.importTitle}</h3>
      {hasRooms ? <p className="muted">{words.export.importOnlyFresh}</p> : <ImportForm self={self} onDone={() => dialogs.close()} />}
    </>
  )
}

function ExportForm ({ self }: { self: Self }) {
  const words = useWords().self.export
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const exporting = useExport(self)
  const { task, progress, file } = exporting
  const length = judgeLength(passphrase, PASSPHRASE_MIN_CHARS)
  const hint = { short: words.short(passphrase.length, PASSPHRASE_MIN_CHARS), fair: words.fair, good: words.good }[length]
  const isReady = length !== 'short' && passphrase === again

  if (file !== null) return <Ready file={file} />
  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); if (isReady) await exporting.start(passphrase) }}>
      <Field label={words.passphrase} type="password" autoComplete="new-password" readOnly={task.isBusy} value={passphrase} hint={hint} onChange={(event) => setPassphrase(event.target.value)} />
      <Field
        label={words.again} type="password" autoComplete="new-password" readOnly={task.isBusy} value={again} hint={again !== '' && again !== passphrase ? words.differ : ''}
        onChange={(event) => setAgain(event.target.value)}
      />
      {task.isBusy && <Progress label={words.progressName} text={words.progress(progress.done, progress.total)} {...progress} />}
      {task.error !== null && (task.error.code === 'aborted' ? <p role="status" className="muted">{words.cancelled}</p> : <ErrorText error={task.error} />)}
      <Actions task={task} isReady={isReady} onCancel={exporting.cancel} />
    </form>
  )
}

function Actions ({ task, isReady, onCancel }: { task: { isBusy: boolean }, isReady: boolean, onCancel: () => void }) {
  const words = useWords()
  return (
    <div className="settings-actions">
      <Button kind="primary" type="submit" isBusy={task.isBusy} disabled={!isReady && !task.isBusy}>{words.self.export.start}</Button>
      {task.isBusy && <Button onClick={onCancel}>{words.cancel}</Button>}
    </div>
  )
}

/** The file as a link: saving is the browser's, and asks where to if it is set so. */
function Ready ({ file }: { file: { url: string, size: number, name: string } }) {
  const { words, code } = useLanguage()
  return (
    <div className="settings-actions">
      <p role="status">{words.self.export.ready(formatBytes(file.size, { code, units: words.self.units }))}</p>
      <a className="button button-primary" href={file.url} download={file.name}><Download size={16} aria-hidden /><span className="button-text">{words.self.export.save}</span></a>
    </div>
  )
}

function useExport (self: Self) {
  const task = useTask()
  const [progress, setProgress] = useState({ done: 0, total: 0 })
  const [file, setFile] = useState<{ url: string, size: number, name: string } | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => { running.current?.abort() }, [])
  useEffect(() => () => { if (file !== null) URL.revokeObjectURL(file.url) }, [file])

  const start = async (passphrase: string): Promise<void> => {
    const { signal } = running.current = new AbortController()
    setProgress({ done: 0, total: 0 })
    await task.run(async () => {
      const blob = await self.exportProfile(passphrase, {
        onProgress (done, total) {
          // What throws in here ends the export: it has no signal of its own.
          if (signal.aborted) throw new ParleyError('aborted')
          setProgress({ done, total })
        }
      })
      if (signal.aborted) throw new ParleyError('aborted')
      setFile({ url: URL.createObjectURL(blob), size: blob.size, name: `parley-${new Date().toISOString().slice(0, 10)}.parley` })
    })
  }
  return { task, progress, file, start, cancel: () => { running.current?.abort() } }
}
