import { Video, VideoOff } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Calls, DevicePreview as Preview } from '#client'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { DeviceChoices } from './device-choices.tsx'
import { LevelMeter } from './level-meter.tsx'
import { useCallWords } from './use-call-words.ts'

/** How one will be heard and seen, with everything that can be chosen about it. The devices are open as long as it is shown. */
export function DevicePreview ({ calls }: { calls: Calls }) {
  const [preview, setPreview] = useState<Preview | null>(null)
  useEffect(() => {
    const opened = calls.openPreview()
    // eslint-disable-next-line react-hooks/set-state-in-effect -- devices are opened once it is shown, and never twice
    setPreview(opened)
    return () => opened.close()
  }, [calls])
  return preview === null ? null : <OpenPreview calls={calls} preview={preview} />
}

function OpenPreview ({ calls, preview }: { calls: Calls, preview: Preview }) {
  const words = useCallWords()
  const task = useTask()
  const trouble = useSignal(preview.trouble)
  const video = useSignal(preview.video)
  const isOn = video !== null
  const Icon = isOn ? VideoOff : Video
  return (
    <>
      {trouble !== null && <ErrorText error={trouble} />}
      <div className="preview">
        <div className="preview-picture" role="group" aria-label={words.preview}>
          {video === null ? <p>{words.previewOff}</p> : <Mirror stream={video} />}
        </div>
        <Button icon={<Icon size={16} aria-hidden />} isBusy={task.isBusy} onClick={() => { task.run(async () => await preview.setCamera(!isOn)).catch(() => {}) }}>
          {isOn ? words.stopVideo : words.showCamera}
        </Button>
      </div>
      <DeviceChoices calls={calls} meter={<LevelMeter level={preview.level} />} />
    </>
  )
}

function Mirror ({ stream }: { stream: MediaStream }) {
  const element = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (element.current !== null) element.current.srcObject = stream
  }, [stream])
  return <video ref={element} autoPlay muted playsInline className="is-mirrored" />
}
