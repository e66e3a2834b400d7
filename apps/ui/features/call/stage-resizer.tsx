import { useRef, type KeyboardEvent, type PointerEvent } from 'react'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi } from '../../state/app-context.ts'
import { CALL_HEIGHT_MAX, CALL_HEIGHT_MIN } from '../../state/preferences.ts'
import { useCallWords } from './use-call-words.ts'

const STEP = 4

/** The lower edge of the stage: dragged, or moved by the arrows (ARIA window splitter pattern). */
export function StageResizer () {
  const words = useCallWords().onStage
  const { preferences } = useUi()
  const { callHeight } = useSignal(preferences.current)
  const grabbed = useRef<{ y: number, height: number, room: number } | null>(null)
  const set = (height: number): void => preferences.change({ callHeight: Math.round(Math.min(CALL_HEIGHT_MAX, Math.max(CALL_HEIGHT_MIN, height))) })
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowUp: callHeight - STEP, ArrowDown: callHeight + STEP, Home: CALL_HEIGHT_MIN, End: CALL_HEIGHT_MAX }[event.key]
    if (to === undefined) return
    event.preventDefault()
    set(to)
  }
  const onPointerDown = (event: PointerEvent<HTMLElement>): void => {
    const room = event.currentTarget.closest('.pane')?.clientHeight ?? 0
    if (room === 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    grabbed.current = { y: event.clientY, height: callHeight, room }
  }
  const onPointerMove = (event: PointerEvent): void => {
    const from = grabbed.current
    if (from !== null) set(from.height + (event.clientY - from.y) / from.room * 100)
  }
  return (
    // A splitter that can be moved takes the focus and the keys, which the rules know of static ones only.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      className="stage-resizer" role="separator" tabIndex={0} aria-orientation="horizontal" aria-label={words.resize}
      aria-valuenow={callHeight} aria-valuemin={CALL_HEIGHT_MIN} aria-valuemax={CALL_HEIGHT_MAX}
      onKeyDown={onKeyDown} onPointerDown={onPointerDown} onPointerMove={onPointerMove}
      onPointerUp={() => { grabbed.current = null }} onPointerCancel={() => { grabbed.current = null }}
    />
  )
}
