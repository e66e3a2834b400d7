import { useEffect, useState } from 'react'
import type { ScreenRequest, ScreenSource } from '#client'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Switch } from '../../components/switch.tsx'
import { usePlatform, useWords } from '../../state/app-context.ts'
import { useCallWords } from './use-call-words.ts'

/** Asks which screen or window is to be shared, where the host leaves that to us. */
export function ScreenPicker () {
  const { screens } = usePlatform()
  const [request, setRequest] = useState<ScreenRequest | null>(null)
  useEffect(() => screens?.onRequest((next) => {
    setRequest((before) => {
      before?.choose(null)
      return next
    })
  }), [screens])
  if (request === null) return null
  return (
    <PickerDialog
      request={request}
      onDone={(choice) => {
        request.choose(choice)
        setRequest(null)
      }}
    />
  )
}

function PickerDialog ({ request, onDone }: { request: ScreenRequest, onDone: (choice: Parameters<ScreenRequest['choose']>[0]) => void }) {
  const words = useCallWords().onStage
  const { cancel } = useWords()
  const [chosen, choose] = useState<string | null>(request.sources[0]?.id ?? null)
  const [withSound, setWithSound] = useState(false)
  return (
    <Dialog title={words.pickScreen} shape="wide" onClose={() => onDone(null)}>
      <div className="screen-picker">
        {request.sources.length === 0 && <p className="muted">{words.noWindows}</p>}
        <Sources legend={words.screens} sources={request.sources.filter(({ kind }) => kind === 'screen')} chosen={chosen} onChoose={choose} />
        <Sources legend={words.windows} sources={request.sources.filter(({ kind }) => kind === 'window')} chosen={chosen} onChoose={choose} />
        {request.canHaveSound && <Switch label={words.withSound} checked={withSound} onChange={setWithSound} />}
      </div>
      <div className="dialog-foot">
        <Button onClick={() => onDone(null)}>{cancel}</Button>
        <Button kind="primary" disabled={chosen === null} onClick={() => { if (chosen !== null) onDone({ id: chosen, withSound }) }}>{words.share}</Button>
      </div>
    </Dialog>
  )
}

function Sources ({ legend, sources, chosen, onChoose }: { legend: string, sources: readonly ScreenSource[], chosen: string | null, onChoose: (id: string) => void }) {
  if (sources.length === 0) return null
  return (
    <fieldset className="screen-sources">
      <legend>{legend}</legend>
      {sources.map(({ id, name, thumbnail }) => (
        <label key={id} className="screen-source">
          <input type="radio" name="screen-source" value={id} checked={id === chosen} onChange={() => onChoose(id)} />
          <img src={thumbnail} alt="" />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  )
}
