import { useEffect, useState } from 'react'
import type { Call, Calls, CallSettings } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useCallWords } from './use-call-words.ts'

type Devices = Awaited<ReturnType<Calls['listDevices']>>

/** Which microphone and camera, and what is done to the sound, while one hears and sees the effect. */
export function CallDevices ({ call, calls }: { call: Call, calls: Calls }) {
  const words = useCallWords()
  const task = useTask()
  const settings = useSignal(calls.settings)
  const level = useSignal(call.inputLevel)
  const [devices, setDevices] = useState<Devices>([])
  useEffect(() => {
    const list = (): void => { calls.listDevices().then(setDevices, () => setDevices([])) }
    list()
    navigator.mediaDevices.addEventListener('devicechange', list)
    return () => navigator.mediaDevices.removeEventListener('devicechange', list)
  }, [calls])
  const change = (next: Partial<CallSettings>): void => { task.run(async () => await calls.changeSettings(next)).catch(() => {}) }
  const choose = (kind: 'microphone' | 'camera', key: 'microphoneId' | 'cameraId') => (
    <label className="call-choice">
      <span>{words[kind]}</span>
      <select value={settings[key] ?? ''} onChange={(event) => change({ [key]: event.target.value === '' ? null : event.target.value })}>
        <option value="">{words.systemDefault}</option>
        {devices.filter((device) => device.kind === kind && device.deviceId !== '').map(({ deviceId, label }, nth) =>
          <option key={deviceId} value={deviceId}>{label === '' ? words.unnamed(nth + 1) : label}</option>)}
      </select>
    </label>
  )
  const toggle = (key: 'echoCancellation' | 'noiseSuppression' | 'autoGainControl' | 'hidesAddress', label: string) => (
    <label className="call-toggle">
      <input type="checkbox" checked={settings[key]} onChange={(event) => change({ [key]: event.target.checked })} />
      <span>{label}</span>
    </label>
  )
  return (
    <div className="call-devices">
      {choose('microphone', 'microphoneId')}
      <meter min={0} max={0.4} value={level} aria-label={words.inputLevel} />
      {choose('camera', 'cameraId')}
      <div className="call-toggles">
        {toggle('echoCancellation', words.echoCancellation)}
        {toggle('noiseSuppression', words.noiseSuppression)}
        {toggle('autoGainControl', words.autoGainControl)}
        {toggle('hidesAddress', words.hideAddress)}
      </div>
      <p className="call-hint">{words.hideAddressHint}</p>
    </div>
  )
}
