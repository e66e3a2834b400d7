import type { Call, Calls } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { DeviceChoices } from './device-choices.tsx'
import { LevelMeter } from './level-meter.tsx'
import { useCallWords } from './use-call-words.ts'

/** The devices of the call that runs, while one hears and sees what is chosen. */
export function CallDevices ({ call, calls }: { call: Call, calls: Calls }) {
  const words = useCallWords()
  const task = useTask()
  const { hidesAddress } = useSignal(calls.settings)
  return (
    <>
      <DeviceChoices calls={calls} meter={<LevelMeter level={call.inputLevel} />}>
        <label className="call-toggle">
          <input
            type="checkbox" checked={hidesAddress}
            onChange={(event) => { task.run(async () => await calls.changeSettings({ hidesAddress: event.target.checked })).catch(() => {}) }}
          />
          <span>{words.hideAddress}</span>
        </label>
      </DeviceChoices>
      <p className="call-hint">{words.hideAddressHint}</p>
    </>
  )
}
