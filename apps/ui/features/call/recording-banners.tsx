import { useEffect, useState } from 'react'
import type { Call, Calls, KeptRecording, RunningRecording } from '#client'
import { Banner } from '../../components/banner.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useLanguage, useWords } from '../../state/app-context.ts'
import { formatBytes } from '../settings/format-bytes.ts'
import { durationText } from './duration-text.ts'
import { useCallWords } from './use-call-words.ts'

/** Who records the call one is in, wherever one looks; and what was recorded here and still waits for a decision. */
export function RecordingBanners ({ calls }: { calls: Calls }) {
  const call = useSignal(calls.current)
  const kept = useSignal(calls.recordings)
  return (
    <>
      {call !== null && <Running call={call} />}
      {kept.map((recording) => <Kept key={recording.id} recording={recording} />)}
    </>
  )
}

function Running ({ call }: { call: Call }) {
  const words = useCallWords().recording
  const { code } = useLanguage()
  const participants = useSignal(call.participants)
  const own = useSignal(call.recording)
  const trouble = useSignal(call.recordingTrouble)
  const others = participants.filter(({ isMe, isRecording }) => isRecording && !isMe).map(({ name }) => name)
  const stop = (): void => { call.stopRecording().catch(() => {}) }
  return (
    <>
      {others.length > 0 && <Banner kind="recording">{words.by(new Intl.ListFormat(code).format(others))}</Banner>}
      {own !== null && (
        <Banner kind="recording" action={<button type="button" className="text-button" onClick={stop}>{words.stop}</button>}>
          {words.byMe} <Progress recording={own} />
        </Banner>
      )}
      {trouble !== null && <ErrorText error={trouble} />}
    </>
  )
}

/** Silent for screen readers, which would hear every second. */
function Progress ({ recording }: { recording: RunningRecording }) {
  const { code } = useLanguage()
  const { units } = useWords().self
  const now = useNow(1000)
  return <span aria-hidden="true" data-bytes={recording.bytes}>{durationText(now - recording.startedAt)} · {formatBytes(recording.bytes, { code, units })}</span>
}

function Kept ({ recording }: { recording: KeptRecording }) {
  const words = useCallWords().recording
  const { code, words: { self: { units }, cancel }, moment } = useLanguage()
  const task = useTask()
  const [step, setStep] = useState<'new' | 'asking' | 'saved'>('new')
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => () => { if (url !== null) URL.revokeObjectURL(url) }, [url])
  const { roomName, startedAt, bytes, durationMs, fileName } = recording
  const room = roomName === '' ? words.aCall : roomName
  const size = formatBytes(bytes, { code, units })
  const save = (): void => {
    task.run(async () => {
      const next = URL.createObjectURL(await recording.open())
      setUrl(next)
      const link = document.createElement('a')
      link.href = next
      link.download = fileName
      link.click()
      setStep('saved')
    }).catch(() => {})
  }
  const discard = (): void => { task.run(async () => await recording.discard()).catch(() => {}) }
  const button = (label: string, onClick: () => void) => <button type="button" className="text-button" aria-busy={task.isBusy || undefined} onClick={onClick}>{label}</button>
  return (
    <>
      <Banner
        kind="info"
        action={(
          <span className="banner-actions">
            {step !== 'asking' && button(words.save, save)}
            {step === 'new' && button(words.discard, () => setStep('asking'))}
            {step === 'asking' && <>{button(words.discardForGood, discard)}{button(cancel, () => setStep('new'))}</>}
            {step === 'saved' && button(words.removeHere, discard)}
          </span>
        )}
      >
        {durationMs === null ? words.cutOff(room, moment(startedAt, Date.now()), size) : words.ready(room, durationText(durationMs), size)}
        {step === 'saved' && ` ${words.saved}`}
      </Banner>
      {task.error !== null && <ErrorText error={task.error} />}
    </>
  )
}
