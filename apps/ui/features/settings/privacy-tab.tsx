import { useMemo } from 'react'
import { computed } from '@preact/signals-core'
import type { Room } from '#client'
import { ErrorText } from '../../components/error-text.tsx'
import { Switch } from '../../components/switch.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useWords } from '../../state/app-context.ts'
import { AddressPrivacy } from './address-privacy.tsx'

/** Who learns this person's addresses, and what they have read: everywhere at once, or room by room. */
export function PrivacyTab () {
  const words = useWords().self.privacy
  const client = useClient()
  const summaries = useSignal(client.rooms)
  const privacy = useSignal(client.privacy)
  const rooms = useMemo(() => (summaries ?? []).flatMap(({ tag, isMember }) => isMember ? client.room(tag) ?? [] : []), [summaries, client])
  const on = useSignal(useMemo(() => computed(() => rooms.filter((room) => room.messages.sendsReadMarks.value).length), [rooms]))
  const task = useTask()
  const setAll = (sends: boolean): Promise<boolean> => task.run(async () => {
    await Promise.all(rooms.map((room) => room.messages.setSendsReadMarks(sends)))
  })
  return (
    <>
      {privacy !== null && <AddressPrivacy privacy={privacy} />}
      <h3 className="section-title">{words.readMarks}</h3>
      <p className="muted">{words.readMarksText}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      {rooms.length === 0 ? <p className="muted">{words.noRooms}</p> : (
        <>
          <Switch label={words.readMarksAll} note={words.some(on, rooms.length)} checked={on === rooms.length} onChange={setAll} />
          <h3 className="section-title">{words.rooms}</h3>
          <ul>{rooms.map((room) => <li key={room.tag}><RoomSwitch room={room} /></li>)}</ul>
        </>
      )}
    </>
  )
}

function RoomSwitch ({ room }: { room: Room }) {
  const { name } = useSignal(room.summary)
  const sends = useSignal(room.messages.sendsReadMarks)
  const task = useTask()
  return (
    <>
      <Switch label={name} checked={sends} onChange={(next) => task.run(() => room.messages.setSendsReadMarks(next))} />
      {task.error !== null && <ErrorText error={task.error} />}
    </>
  )
}
