import type { Call, Calls } from '#client'
import { DeviceChoices } from './device-choices.tsx'
import { LevelMeter } from './level-meter.tsx'
import { useCallWords } from './use-call-words.ts'

/** The devices of the call that runs, while one hears and sees what is chosen. */
export function CallDevices ({ call, calls }: { call: Call, calls: Calls }) {
  const words = useCallWords()
  return (
    <>
      <DeviceChoices calls={calls} meter={<LevelMeter level={call.inputLevel} />} />
      <p className="call-hint">{words.hideAddressHint}</p>
    </>
  )
}
