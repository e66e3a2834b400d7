import { CircleDot, CircleStop, Hand, HeadphoneOff, Headphones, Settings2 } from 'lucide-react'
import type { Call, Calls } from '#client'
import type { MenuItem } from '../../components/menu.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useCallWords } from './use-call-words.ts'

const SIZE = 16

/** What lies open below the bar; one at a time. */
export type CallPanel = 'devices' | 'recording'

export interface CallMenuContext {
  call: Call
  calls: Calls
  /** Whether the bar has no room for what is not needed all the time. */
  isTiny: boolean
  panel: CallPanel | null
  show: (panel: CallPanel | null) => void
  /** Runs a command; how it failed is shown above the bar. */
  start: (work: () => Promise<unknown>) => void
}

/** What a call offers beyond its bar, in groups. A feature adds its group here. */
export function useCallMenu (context: CallMenuContext): MenuItem[] {
  const groups = [useBarItems(context), usePanelItems(context), useRecordingItems(context)]
  return groups.filter((group) => group.length > 0)
    .flatMap((group, nth) => group.map((item, at) => nth > 0 && at === 0 ? { ...item, startsGroup: true } : item))
}

/** What moves in here when the bar is narrow. */
function useBarItems ({ call, isTiny }: CallMenuContext): MenuItem[] {
  const words = useCallWords()
  const isDeafened = useSignal(call.isDeafened)
  const isHandUp = useSignal(call.isHandUp)
  if (!isTiny) return []
  return [
    { id: 'hand', label: isHandUp ? words.lowerHand : words.raiseHand, icon: <Hand size={SIZE} aria-hidden />, perform: () => call.setHandUp(!isHandUp) },
    {
      id: 'deafen', label: isDeafened ? words.undeafen : words.deafen, icon: isDeafened ? <HeadphoneOff size={SIZE} aria-hidden /> : <Headphones size={SIZE} aria-hidden />,
      perform: () => call.setDeafened(!isDeafened)
    }
  ]
}

function usePanelItems ({ isTiny, panel, show }: CallMenuContext): MenuItem[] {
  const words = useCallWords()
  return [
    ...isTiny ? [{ id: 'devices', label: words.devices, icon: <Settings2 size={SIZE} aria-hidden />, perform: () => show(panel === 'devices' ? null : 'devices') }] : []
  ]
}

function useRecordingItems ({ call, calls, panel, show, start }: CallMenuContext): MenuItem[] {
  const words = useCallWords().recording
  const recording = useSignal(call.recording)
  if (calls.recordable === 'nothing') return []
  return [
    recording === null
      ? { id: 'record', label: words.record, icon: <CircleDot size={SIZE} aria-hidden />, perform: () => show(panel === 'recording' ? null : 'recording') }
      : { id: 'stop-recording', label: words.stop, icon: <CircleStop size={SIZE} aria-hidden />, perform: () => start(async () => await call.stopRecording()) }
  ]
}
