import { useSignal } from '../../hooks/use-signal.ts'
import { useClient } from '../../state/app-context.ts'
import { CallDevices } from '../call/call-devices.tsx'
import { DevicePreview } from '../call/device-preview.tsx'

/** Devices and effects: of the call that runs, or tried out without one. */
export function CallsTab () {
  const calls = useSignal(useClient().calls)
  return calls === null ? null : <OfCalls calls={calls} />
}

function OfCalls ({ calls }: { calls: NonNullable<ReturnType<typeof useClient>['calls']['value']> }) {
  const call = useSignal(calls.current)
  return call === null ? <DevicePreview calls={calls} /> : <CallDevices call={call} calls={calls} />
}
