import { useState } from 'react'
import { UserPlus } from 'lucide-react'
import type { Room, RoomPolicy } from '#client'
import { Button } from '../../components/button.tsx'
import { Segments } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { OpenInvites } from '../invite/open-invites.tsx'
import { Fact, PolicyForm, ReadOnly } from './policy-form.tsx'

type Invites = RoomPolicy['invites']

export function AccessTab ({ room }: { room: Room }) {
  const words = useWords()
  const w = words.roomSettings
  const { dialogs } = useUi()
  const { invites } = useSignal(room.settings.policy)
  const isAdmin = useMayChangeAll(room)
  const canInvite = useSignal(room.entry.invite) !== null
  const open = useSignal(room.entry.invites).length
  const [chosen, setChosen] = useState<Invites>(invites)
  const options: { value: Invites, label: string }[] = [{ value: 'members', label: w.invitesMembers }, { value: 'moderators', label: w.invitesModerators }]
  return (
    <>
      {isAdmin ? (
        <PolicyForm room={room} change={chosen === invites ? {} : { invites: chosen }}>
          <Segments<Invites> label={w.invites} value={chosen} options={options} onChange={setChosen} />
        </PolicyForm>
      ) : (
        <>
          <dl className="facts-list"><Fact label={w.invites} value={options.find((one) => one.value === invites)?.label ?? ''} /></dl>
          <ReadOnly>{w.readOnlyAdmin}</ReadOnly>
        </>
      )}
      {open === 0 && <p className="muted no-links">{w.noLinks}</p>}
      <OpenInvites room={room} onRevoked={() => {}} />
      {canInvite && <Button className="new-link" icon={<UserPlus size={16} aria-hidden />} onClick={() => dialogs.show('invite')}>{w.newLink}</Button>}
    </>
  )
}

/** Moderators change slow mode only; admins and owners all of it. */
export function useMayChangeAll (room: Room): boolean {
  const { role } = useSignal(room.summary)
  return useSignal(room.settings.changePolicy) !== null && (role === 'owner' || role === 'admin')
}
