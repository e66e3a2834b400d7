import { CircleDot, CircleStop, Hand, HeadphoneOff, Headphones, LayoutGrid, Lock, LockOpen, Maximize, Minimize, MonitorUp, PictureInPicture2, Settings2, Users } from 'lucide-react'
import { useEffect, useState, type RefObject } from 'react'
import type { Call, Calls } from '#client'
import type { MenuItem } from '../../components/menu.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { usePlatform, useUi } from '../../state/app-context.ts'
import { viewOf } from './call-view.ts'
import { canPopOut, popOut } from './pop-out.ts'
import { useCallWords } from './use-call-words.ts'

const SIZE = 16

export interface CallMenuContext {
  call: Call
  calls: Calls
  /** What becomes the full screen. */
  stage: RefObject<HTMLElement | null>
  /** Whether the bar has no room for what is not needed all the time. */
  isTiny: boolean
  /** Runs a command; how it failed is shown above the bar. */
  start: (work: () => Promise<unknown>) => void
}

/** What a call offers beyond its bar, in groups. A feature adds its group here. */
export function useCallMenu (context: CallMenuContext): MenuItem[] {
  const groups = [useBarItems(context), useViewItems(context), useShareItems(context), useRecordingItems(context), useModerationItems(context)]
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
    },
    { id: 'devices', label: words.devices, icon: <Settings2 size={SIZE} aria-hidden />, perform: () => viewOf(call).toggle('devices') }
  ]
}

function useViewItems ({ call, stage, start }: CallMenuContext): MenuItem[] {
  const words = useCallWords().onStage
  const platform = usePlatform()
  const { preferences } = useUi()
  const { callView } = useSignal(preferences.current)
  const view = viewOf(call)
  const popped = useSignal(view.popOut)
  const isFull = useFullScreen()
  const show = (next: typeof callView): MenuItem => ({
    id: next, label: words[next], isChecked: callView === next,
    perform () {
      preferences.change({ callView: next })
      // Whoever asks for a view wants to see it, not what was pinned before.
      view.choose(null)
    }
  })
  return [
    { id: 'people', label: words.people, icon: <Users size={SIZE} aria-hidden />, perform: () => view.toggle('people') },
    { id: 'view', label: words.view, icon: <LayoutGrid size={SIZE} aria-hidden />, items: [show('grid'), show('spotlight')] },
    ...document.fullscreenEnabled
      ? [{
          id: 'full', label: isFull ? words.leaveFullScreen : words.fullScreen, icon: isFull ? <Minimize size={SIZE} aria-hidden /> : <Maximize size={SIZE} aria-hidden />,
          perform: () => start(async () => { await (isFull ? document.exitFullscreen() : stage.current?.requestFullscreen()) })
        }]
      : [],
    ...canPopOut(platform)
      ? [{
          id: 'pop-out', label: popped === null ? words.popOut : words.popIn, icon: <PictureInPicture2 size={SIZE} aria-hidden />,
          perform: () => start(async () => { await popOut(call, platform, stage.current) })
        }]
      : []
  ]
}

function useRecordingItems ({ call, calls, start }: CallMenuContext): MenuItem[] {
  const words = useCallWords().recording
  const recording = useSignal(call.recording)
  if (calls.recordable === 'nothing') return []
  return [
    recording === null
      ? { id: 'record', label: words.record, icon: <CircleDot size={SIZE} aria-hidden />, perform: () => viewOf(call).toggle('recording') }
      : { id: 'stop-recording', label: words.stop, icon: <CircleStop size={SIZE} aria-hidden />, perform: () => start(async () => await call.stopRecording()) }
  ]
}

function useModerationItems ({ call }: CallMenuContext): MenuItem[] {
  const words = useCallWords()
  const lock = useSignal(call.lock)
  const setLocked = useSignal(call.setLocked)
  if (setLocked === null || lock === 'theirs') return []
  return [lock === 'open'
    ? { id: 'lock', label: words.lock, icon: <Lock size={SIZE} aria-hidden />, perform: () => setLocked(true) }
    : { id: 'unlock', label: words.unlock, icon: <LockOpen size={SIZE} aria-hidden />, perform: () => setLocked(false) }]
}

function useShareItems ({ calls, start }: CallMenuContext): MenuItem[] {
  const words = useCallWords().onStage
  const { sharesAs } = useSignal(calls.settings)
  if (!('getDisplayMedia' in navigator.mediaDevices)) return []
  const choose = (next: typeof sharesAs, label: string): MenuItem =>
    ({ id: next, label, isChecked: sharesAs === next, perform: () => start(() => calls.changeSettings({ sharesAs: next })) })
  return [{ id: 'share-for', label: words.shareFor, icon: <MonitorUp size={SIZE} aria-hidden />, items: [choose('detail', words.shareDetail), choose('motion', words.shareMotion)] }]
}

function useFullScreen (): boolean {
  const [isFull, setFull] = useState(document.fullscreenElement !== null)
  useEffect(() => {
    const read = (): void => setFull(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', read)
    return () => { document.removeEventListener('fullscreenchange', read) }
  }, [])
  return isFull
}
