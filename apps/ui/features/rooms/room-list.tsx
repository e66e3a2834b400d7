import { useState, type KeyboardEvent, type ReactNode } from 'react'
import type { RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { useWords } from '../../state/app-context.ts'
import { PartyRooms } from './party-rooms.tsx'
import { RequestsEntry } from './requests-entry.tsx'
import { RoomItem } from './room-item.tsx'
import { sectionsOf } from './room-sections.ts'
import { useVoiceRooms } from './use-voice-rooms.ts'
import { VoiceRooms } from './voice-rooms.tsx'

/** A list that is one stop for Tab; arrows move inside. */
export function RoomList ({ rooms, openTag }: { rooms: readonly RoomSummary[] | null, openTag: RoomTag | null }) {
  const words = useWords()
  const [focusedTag, setFocusedTag] = useState<RoomTag | null>(null)
  const isListed = (tag: RoomTag | null): boolean => rooms?.some((room) => room.tag === tag) ?? false
  const voiceRooms = useVoiceRooms()
  const voiceTags = new Set(voiceRooms.map(({ tag }) => tag))
  const { direct, rooms: groups } = sectionsOf((rooms ?? []).filter(({ tag }) => !voiceTags.has(tag)))
  const stop = [focusedTag, openTag].find((tag) => isListed(tag) && (tag === null || !voiceTags.has(tag))) ?? direct[0]?.tag ?? groups[0]?.room.tag ?? null

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-stop]')]
    const at = stops.findIndex((element) => element === document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    stops[Math.max(0, Math.min(to, stops.length - 1))]?.focus()
  }
  const item = (room: RoomSummary, children?: ReactNode): ReactNode => (
    <RoomItem key={room.tag} room={room} isOpen={room.tag === openTag} isStop={room.tag === stop} onFocus={() => setFocusedTag(room.tag)}>{children}</RoomItem>
  )

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys move between the links inside
    <nav className="room-list" aria-label={words.rooms.title} onKeyDown={onKeyDown}>
      <RequestsEntry />
      {direct.length > 0 && (
        <>
          <h2 className="section-title" id="direct-title">{words.direct.title}</h2>
          <ul aria-labelledby="direct-title">{direct.map((room) => item(room))}</ul>
        </>
      )}
      <h2 className="section-title" id="rooms-title">{words.direct.roomsTitle}</h2>
      {rooms !== null && groups.length === 0 && <p className="room-list-none">{words.rooms.none}</p>}
      <ul aria-labelledby="rooms-title">
        {groups.map(({ room, parties }) => item(room, (
          <PartyRooms room={room} isOpen={[room, ...parties].some(({ tag }) => tag === openTag)} joined={parties}>{parties.map((party) => item(party))}</PartyRooms>
        )))}
      </ul>
      <VoiceRooms rooms={voiceRooms} />
    </nav>
  )
}
