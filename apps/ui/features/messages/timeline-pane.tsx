import { signal } from '@preact/signals-core'
import { useCallback, useEffect, useState } from 'react'
import { UserPlus } from 'lucide-react'
import type { PartyRoom, Room, Timeline } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { RoomContext, useClient, useLanguage, useUi } from '../../state/app-context.ts'
import type { Editing } from './editing.ts'
import { MessageList } from './message-list.tsx'
import { useActs } from './use-acts.tsx'

/** The open timeline of a room, its loading state and its beginning. */
export function TimelinePane ({ room, editing }: { room: Room, editing: Editing }) {
  const [timeline, setTimeline] = useState<Timeline | null>(null)
  useEffect(() => {
    const opened = room.messages.openTimeline()
    // A timeline is a live query: opening it is an effect, and what was opened has to be shown.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setTimeline(opened)
    return () => {
      setTimeline(null)
      opened.dispose()
    }
  }, [room])
  return timeline === null ? <Skeleton /> : <Messages room={room} timeline={timeline} editing={editing} />
}

function Messages ({ room, timeline, editing }: { room: Room, timeline: Timeline, editing: Editing }) {
  const attempt = useAttempt()
  const messages = useSignal(timeline.messages)
  const hasOlder = useSignal(timeline.hasOlder)
  const editedId = useSignal(editing.target)?.id ?? null
  const acts = useActs(room, editing, messages)
  const loadOlder = useCallback(async () => { await attempt(() => timeline.loadOlder()) }, [timeline, attempt])
  const onSeen = useCallback(() => { attempt(() => room.messages.markRead()).catch(() => {}) }, [room, attempt])
  const onRetry = useCallback((text: string) => { attempt(async () => { await room.messages.send.value?.(text) }).catch(() => {}) }, [room, attempt])
  useEffect(() => { editing.show(messages ?? []) }, [editing, messages])

  if (messages === null) return <Skeleton />
  if (messages.length === 0) return <Beginning room={room} />
  return (
    <RoomContext value={room}>
      <MessageList
        messages={messages} hasOlder={hasOlder} loadOlder={loadOlder} onSeen={onSeen} onRetry={onRetry} editedId={editedId} onAct={acts.onAct} onMenu={acts.onMenu}
      />
      {acts.overlay}
    </RoomContext>
  )
}

function Skeleton () {
  const { words } = useLanguage()
  return (
    <div className="message-list" role="log" aria-label={words.messages.log} aria-busy="true">
      <div className="skeleton" aria-hidden="true">{[72, 48, 86, 40, 64].map((width) => <div key={width} style={{ width: `${width}%` }} />)}</div>
    </div>
  )
}

function Beginning ({ room }: { room: Room }) {
  const { words } = useLanguage()
  const { dialogs } = useUi()
  const { name: given, nameMark, kind, peer } = useSignal(room.summary)
  const name = given === '' ? words.names.unnamedRoom : given
  const party = useParty(room)
  const isAlone = useSignal(room.people.members).every((member) => member.isMe)
  const canInvite = useSignal(room.entry.invite) !== null
  const isDirect = kind === 'direct'
  const text = party === null ? words.room.emptyAlone : party.isVoice ? words.room.emptyVoice(name, party.parent) : words.room.emptyParty(party.parent)
  return (
    <div className="message-list" role="log" aria-label={words.messages.log}>
      <div className="beginning">
        <Avatar name={name} of={isDirect ? peer : room.tag} size={64} shape={isDirect ? 'round' : 'room'} />
        <p className="empty-title">{isDirect ? words.room.emptyDirect(name) : words.room.emptyTitle(name)}</p>
        {nameMark !== null && <p className="beginning-mark"><NameMark mark={nameMark} /> {words.names[nameMark]}</p>}
        <p>{isAlone || party?.isVoice === true ? text : words.room.emptyTogether}</p>
        {isAlone && canInvite && (
          <Button kind="primary" icon={<UserPlus size={17} aria-hidden />} onClick={() => dialogs.show('invite')}>{words.room.bringIn}</Button>
        )}
      </div>
    </div>
  )
}

const NO_PARTIES = signal<readonly PartyRoom[]>([])

/** Of a party room that all of its parent may enter: which parent, and whether it is there to talk. */
function useParty (room: Room): { parent: string, isVoice: boolean } | null {
  const parent = useClient().room(useSignal(room.summary).parent ?? '' as RoomTag)
  const party = useSignal(parent?.parties.rooms ?? NO_PARTIES).find(({ tag }) => tag === room.tag)
  return parent === null || party?.isOpen !== true ? null : { parent: parent.summary.peek().name, isVoice: party.isVoice }
}
