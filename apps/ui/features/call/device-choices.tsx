import { Volume2 } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { Calls, CallSettings } from '#client'
import { Button } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Choice } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import './call-devices.css'
import { useCallWords } from './use-call-words.ts'

type Devices = Awaited<ReturnType<Calls['listDevices']>>
type Kind = Devices[number]['kind']

const SETTING_OF = { microphone: 'microphoneId', camera: 'cameraId', speaker: 'speakerId' } as const

/** Which microphone, camera and speaker, and what is done to sound and picture. `meter` shows the effect while one speaks. */
export function DeviceChoices ({ calls, meter }: { calls: Calls, meter: ReactNode }) {
  const words = useCallWords()
  const task = useTask()
  const settings = useSignal(calls.settings)
  const devices = useDevices(calls)
  const change = (next: Partial<CallSettings>): void => { task.run(async () => await calls.changeSettings(next)).catch(() => {}) }
  const choose = (kind: Kind) => (
    <Choice<string>
      label={words[kind]} value={settings[SETTING_OF[kind]] ?? ''} onChange={(id) => change({ [SETTING_OF[kind]]: id === '' ? null : id })}
      options={[
        { value: '', label: words.systemDefault },
        ...devices.filter((device) => device.kind === kind && device.deviceId !== '').map(({ deviceId, label }, nth) => ({ value: deviceId, label: label === '' ? words.unnamed(nth + 1) : label }))
      ]}
    />
  )
  const toggle = (key: 'echoCancellation' | 'autoGainControl', label: string) => (
    <label className="call-toggle">
      <input type="checkbox" checked={settings[key]} onChange={(event) => change({ [key]: event.target.checked })} />
      <span>{label}</span>
    </label>
  )
  return (
    <div className="call-devices">
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="device-column">
        {choose('microphone')}
        {meter}
        <Choice<CallSettings['noiseSuppression']>
          label={words.noiseSuppression} value={settings.noiseSuppression} onChange={(noiseSuppression) => change({ noiseSuppression })}
          options={(['off', 'browser', 'strong'] as const).map((value) => ({ value, label: words.noise[value] }))}
        />
      </div>
      <div className="device-column">
        {choose('camera')}
        <BackgroundChoice calls={calls} onChange={change} />
      </div>
      <div className="device-column">
        {choose('speaker')}
        <TestSound calls={calls} />
      </div>
      <div className="call-toggles">
        {toggle('echoCancellation', words.echoCancellation)}
        {toggle('autoGainControl', words.autoGainControl)}
      </div>
    </div>
  )
}

/** What is plugged in now. */
function useDevices (calls: Calls): Devices {
  const [devices, setDevices] = useState<Devices>([])
  useEffect(() => {
    let isGone = false
    const list = (): void => { calls.listDevices().then((found) => { if (!isGone) setDevices(found) }, () => setDevices([])) }
    list()
    navigator.mediaDevices.addEventListener('devicechange', list)
    return () => {
      isGone = true
      navigator.mediaDevices.removeEventListener('devicechange', list)
    }
  }, [calls])
  return devices
}

function BackgroundChoice ({ calls, onChange }: { calls: Calls, onChange: (change: Partial<CallSettings>) => void }) {
  const words = useCallWords()
  const task = useTask()
  const { background } = useSignal(calls.settings)
  const picture = useSignal(calls.picture)
  const file = useRef<HTMLInputElement>(null)
  return (
    <>
      <Choice<CallSettings['background']>
        label={words.background} value={background}
        onChange={(next) => {
          if (next === 'picture' && picture === null) file.current?.click()
          else onChange({ background: next })
        }}
        options={(Object.keys(words.backgrounds) as CallSettings['background'][]).map((value) => ({ value, label: words.backgrounds[value] }))}
      />
      <label className="text-button device-file">
        {words.choosePicture}
        <input
          ref={file} type="file" accept="image/png,image/jpeg,image/webp" className="visually-hidden"
          onChange={(event) => {
            const [chosen] = event.target.files ?? []
            event.target.value = ''
            if (chosen !== undefined) task.run(async () => await calls.choosePicture(chosen)).catch(() => {})
          }}
        />
      </label>
      {task.error !== null && <ErrorText error={task.error} />}
    </>
  )
}

function TestSound ({ calls }: { calls: Calls }) {
  const words = useCallWords()
  const task = useTask()
  return (
    <>
      <Button icon={<Volume2 size={16} aria-hidden />} isBusy={task.isBusy} onClick={() => { task.run(async () => await calls.playTestSound()).catch(() => {}) }}>{words.testSound}</Button>
      {task.error !== null && <ErrorText error={task.error} />}
    </>
  )
}
