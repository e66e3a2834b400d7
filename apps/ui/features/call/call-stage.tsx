import { useEffect, useRef, useState, type CSSProperties, type RefObject } from 'react'
import type { Call, Calls, Participant } from '#client'
import { Banner } from '../../components/banner.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi } from '../../state/app-context.ts'
import { CallControls } from './call-controls.tsx'
import { LockNotice } from './call-moderation.tsx'
import { CallPeople } from './call-people.tsx'
import { viewOf } from './call-view.ts'
import { PausedNotice } from './paused-notice.tsx'
import { ParticipantTile } from './participant-tile.tsx'
import { columnsFor, layOut, type Tile } from './stage-layout.ts'
import { StageResizer } from './stage-resizer.tsx'
import { useActiveSpeaker } from './use-active-speaker.ts'
import { useCallWords } from './use-call-words.ts'
import './call.css'

/** The call above the messages: everybody in a grid, or some large and the others beside. */
export function CallStage ({ call, calls, roomName }: { call: Call, calls: Calls, roomName: string }) {
  const words = useCallWords()
  const stage = useRef<HTMLElement>(null)
  const { callHeight } = useSignal(useUi().preferences.current)
  const participants = useSignal(call.participants)
  const ring = useSignal(call.ring)
  const trouble = useSignal(call.trouble)
  const hidesFrom = useSignal(call.hidesFrom)
  const panel = useSignal(viewOf(call).panel)
  return (
    <section ref={stage} className="call-stage" aria-label={words.stage(roomName)} style={{ '--call-height': `${callHeight}%` } as CSSProperties}>
      {trouble !== null && <ErrorText error={trouble} />}
      {hidesFrom !== 'nobody' && <Banner kind="info">{words.hidesFrom[hidesFrom]}</Banner>}
      <PausedNotice call={call} />
      <LockNotice call={call} />
      <div className="call-room">
        <Pictures call={call} calls={calls} participants={participants} />
        {panel === 'people' && <CallPeople calls={calls} participants={participants} />}
      </div>
      {participants.length === 1 && <p className="call-note" role="status">{ring === null ? words.alone : words[ring]}</p>}
      <CallControls call={call} calls={calls} stage={stage} />
      <StageResizer />
    </section>
  )
}

function Pictures ({ call, calls, participants }: { call: Call, calls: Calls, participants: readonly Participant[] }) {
  const { callView } = useSignal(useUi().preferences.current)
  const view = viewOf(call)
  const choice = useSignal(view.choice)
  const voices = useSignal(calls.voices)
  const speaker = useActiveSpeaker(participants, callView === 'spotlight')
  const { large, small } = layOut(participants, { view: callView, choice, speaker })
  const grid = useRef<HTMLDivElement>(null), stage = useRef<HTMLDivElement>(null)
  const columns = useColumns(grid, small.length)
  const largeColumns = useColumns(stage, large.length)
  const { length } = small
  const draw = (tile: Tile, isLarge: boolean, nth: number) => {
    const isPinned = choice !== null && choice !== 'everybody' && choice.tile === tile.key
    // A screen is large by itself: what its button does is to make it small.
    const isScreenUnasked = isLarge && !isPinned && tile.shown === 'screen'
    return (
      <ParticipantTile
        key={tile.key} startsLastRow={!isLarge && length % columns > 0 && nth === length - length % columns} participant={tile.participant} shown={tile.shown} isPinned={isPinned || isScreenUnasked}
        level={voices.get(tile.participant.user)} call={call} calls={calls}
        onPin={() => view.choose(isPinned ? null : isScreenUnasked ? 'everybody' : { tile: tile.key })}
      />
    )
  }
  return (
    <div className={`call-grid ${large.length === 0 ? '' : 'has-large'}`} data-count={small.length}>
      {large.length > 0 && <div ref={stage} className="call-large" style={{ '--columns': largeColumns } as CSSProperties}>{large.map((tile, nth) => draw(tile, true, nth))}</div>}
      {small.length > 0 && (
        <div ref={grid} className="call-tiles" style={{ '--columns': columns, '--last-row': columns - length % columns + 1 } as CSSProperties}>
          {small.map((tile, nth) => draw(tile, false, nth))}
        </div>
      )}
    </div>
  )
}

/** As many columns as make the pictures largest in the room there is. */
function useColumns (grid: RefObject<HTMLElement | null>, count: number): number {
  const isEmpty = count === 0
  const [size, setSize] = useState({ width: 16, height: 9 })
  useEffect(() => {
    if (grid.current === null) return
    const watch = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    watch.observe(grid.current)
    return () => { watch.disconnect() }
  }, [grid, isEmpty])
  return columnsFor(Math.max(1, count), size.width, size.height)
}
