import { useState } from 'react'
import { Disc } from 'lucide-react'
import type { Call, Calls, Participant, RecordingChoice } from '#client'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Choice } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useCallWords } from './use-call-words.ts'

/** What of the call is kept, chosen before it begins. */
export function RecordingPanel ({ call, calls, onStarted }: { call: Call, calls: Calls, onStarted: () => void }) {
  const words = useCallWords().recording
  const task = useTask()
  const participants = useSignal(call.participants)
  const [withOwnVoice, setWithOwnVoice] = useState(true)
  const [picture, setPicture] = useState('none')
  const pictures = usePictures(participants)
  const start = async (): Promise<void> => {
    const chosen = pictures.find(({ key }) => key === picture)?.choice ?? 'none'
    if (await task.run(async () => await call.startRecording({ withOwnVoice, picture: chosen }))) onStarted()
  }
  return (
    <section className="call-devices" aria-label={words.record}>
      {calls.recordable === 'sound-and-picture'
        ? (
          <Choice
            label={words.picture} value={picture} onChange={setPicture}
            options={[{ value: 'none', label: words.soundOnly }, ...pictures.map(({ key, label }) => ({ value: key, label }))]}
          />
        )
        : <p className="call-hint">{words.soundHint}</p>}
      <label className="call-toggle recording-voice">
        <input type="checkbox" checked={withOwnVoice} onChange={(event) => setWithOwnVoice(event.target.checked)} />
        <span>{words.withOwnVoice}</span>
      </label>
      <p className="call-hint">{words.hint}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="recording-start">
        <Button kind="primary" icon={<Disc size={16} aria-hidden />} isBusy={task.isBusy} onClick={() => { start().catch(() => {}) }}>{words.start}</Button>
      </div>
    </section>
  )
}

function usePictures (participants: readonly Participant[]): { key: string, label: string, choice: RecordingChoice['picture'] }[] {
  const words = useCallWords()
  const one = (participant: Participant, shown: 'person' | 'screen', label: string) =>
    ({ key: `${participant.device}/${shown}`, label, choice: { device: participant.device, shown } })
  return [
    { key: 'everybody', label: words.recording.everybody, choice: 'everybody' },
    ...participants.flatMap((participant) => [
      ...participant.screen ? [one(participant, 'screen', words.screenOf(participant.name))] : [],
      ...participant.camera ? [one(participant, 'person', participant.name)] : []
    ])
  ]
}
