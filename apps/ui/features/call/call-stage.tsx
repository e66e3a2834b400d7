import { useState } from 'react'
import type { Call, Calls, Participant } from '#client'
import { Banner } from '../../components/banner.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { CallLock, ParticipantMenu } from './call-moderation.tsx'
import { CallControls } from './call-controls.tsx'
import { PausedNotice } from './paused-notice.tsx'
import { ParticipantTile, type Shown } from './participant-tile.tsx'
import { useCallWords } from './use-call-words.ts'
import './call.css'

interface Tile { key: string, participant: Participant, shown: Shown }

/** The call above the messages: everybody in a grid, or one large and the others beside. */
export function CallStage ({ call, calls, roomName }: { call: Call, calls: Calls, roomName: string }) {
  const words = useCallWords()
  const participants = useSignal(call.participants)
  const ring = useSignal(call.ring)
  const trouble = useSignal(call.trouble)
  const hidesFrom = useSignal(call.hidesFrom)
  const [pinned, setPinned] = useState<string | null>(null)
  const tiles = toTiles(participants)
  // A screen that somebody shares is what everybody wants to see.
  const large = tiles.find(({ key }) => key === pinned) ?? (pinned === null ? tiles.find(({ shown, participant }) => shown === 'screen' && !participant.isMe) : undefined)
  const small = tiles.filter((tile) => tile !== large)
  const draw = ({ key, participant, shown }: Tile) => (
    <ParticipantTile
      key={key} participant={participant} shown={shown} isPinned={key === large?.key}
      onPin={() => setPinned(key === large?.key ? 'nobody' : key)}
      menu={shown === 'person' && !participant.isMe ? <ParticipantMenu call={call} device={participant.device} name={participant.name} /> : null}
    />
  )
  return (
    <section className="call-stage" aria-label={words.stage(roomName)}>
      {trouble !== null && <ErrorText error={trouble} />}
      {hidesFrom !== 'nobody' && <Banner kind="info">{words.hidesFrom[hidesFrom]}</Banner>}
      <PausedNotice call={call} />
      <CallLock call={call} />
      <div className={`call-grid ${large === undefined ? '' : 'has-large'}`} data-count={small.length}>
        {large !== undefined && draw(large)}
        <div className="call-tiles">{small.map(draw)}</div>
      </div>
      {participants.length === 1 && <p className="call-note" role="status">{ring === null ? words.alone : words[ring]}</p>}
      <CallControls call={call} calls={calls} />
    </section>
  )
}

const toTiles = (participants: readonly Participant[]): Tile[] => participants.flatMap((participant): Tile[] => [
  ...participant.screenVideo === null ? [] : [{ key: `${participant.device}/screen`, participant, shown: 'screen' as const }],
  { key: participant.device, participant, shown: 'person' }
])
