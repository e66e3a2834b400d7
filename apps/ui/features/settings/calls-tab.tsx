import { useSignal } from '../../hooks/use-signal.ts'
import { Switch } from '../../components/switch.tsx'
import { useClient, useWords } from '../../state/app-context.ts'
import { CallDevices } from '../call/call-devices.tsx'
import { DevicePreview } from '../call/device-preview.tsx'
import { CallHabits } from './call-habits.tsx'

/** Devices and effects, of the call that runs or tried out without one; and how one speaks and what is heard. */
export function CallsTab () {
  const calls = useSignal(useClient().calls)
  return calls === null ? null : <OfCalls calls={calls} />
}

function OfCalls ({ calls }: { calls: NonNullable<ReturnType<typeof useClient>['calls']['value']> }) {
  const call = useSignal(calls.current)
  const words = useWords().voice
  const { entersVoiceMuted } = useSignal(calls.settings)
  return (
    <>
      {call === null ? <DevicePreview calls={calls} /> : <CallDevices call={call} calls={calls} />}
      <CallHabits calls={calls} />
      <Switch
        label={words.entersMuted} note={words.entersMutedNote} checked={entersVoiceMuted}
        onChange={(next) => { calls.changeSettings({ entersVoiceMuted: next }).catch(() => {}) }}
      />
    </>
  )
}
