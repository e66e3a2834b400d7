import type { ReactNode } from 'react'
import { PhoneOff } from 'lucide-react'
import type { Calls } from '#client'
import { Button } from '../../components/button.tsx'
import { PartBoundary } from '../../components/part-failed.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'

/** Draws something of a call. Where it throws, the call goes on, so the way out of it is offered. */
export function CallBoundary ({ calls, isFloating = false, children }: { calls: Calls, isFloating?: boolean, children: ReactNode }) {
  const frame = (content: ReactNode): ReactNode => isFloating ? <div className="part-failed-floating">{content}</div> : content
  return <PartBoundary part="call" frame={frame} actions={<LeaveCall calls={calls} />}>{children}</PartBoundary>
}

function LeaveCall ({ calls }: { calls: Calls }) {
  const call = useSignal(calls.current)
  const { leaveCall } = useWords().failures
  return call === null ? null : <Button kind="danger" icon={<PhoneOff size={16} aria-hidden />} onClick={() => call.leave()}>{leaveCall}</Button>
}
