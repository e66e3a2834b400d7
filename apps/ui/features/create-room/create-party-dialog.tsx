import { useState } from 'react'
import type { Room } from '#client'
import { ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import { ParleyError } from '#shared/errors.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field, Segments } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'

/** A room inside the open one; inside one of its party rooms it goes beside that. */
export function CreatePartyDialog ({ room: open }: { room: Room }) {
  const words = useWords()
  const client = useClient()
  const { dialogs, navigation } = useUi()
  const { parent } = useSignal(open.summary)
  const room = (parent === null ? null : client.room(parent)) ?? open
  const { name: parentName } = useSignal(room.summary)
  const create = useSignal(room.parties.create)
  const task = useTask()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<'text' | 'voice'>('text')
  const [access, setAccess] = useState<'open' | 'invited'>('open')

  const submit = (): Promise<boolean> => task.run(async () => {
    if (name.trim() === '') throw new ParleyError('room-name-malformed')
    if (create === null) throw new ParleyError('not-allowed')
    const tag = await create({ name: name.trim(), isOpen: access === 'open', isVoice: kind === 'voice' })
    dialogs.close()
    navigation.go({ page: 'room', tag })
  })

  return (
    <Dialog title={words.party.create} onClose={() => dialogs.close()}>
      <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
        <p className="dialog-text">{words.party.createText(parentName)}</p>
        <Field
          label={words.create.name} placeholder={words.create.nameHint} data-autofocus maxLength={ROOM_NAME_MAX_CHARS} autoComplete="off"
          value={name} error={task.error} onChange={(event) => { setName(event.target.value); task.clear() }}
        />
        <Segments<'text' | 'voice'>
          label={words.party.kind} value={kind} onChange={setKind}
          options={[{ value: 'text', label: words.party.kindText }, { value: 'voice', label: words.party.kindVoice }]}
        />
        <Segments<'open' | 'invited'>
          label={words.party.open} value={access} onChange={setAccess}
          options={[{ value: 'open', label: words.party.openYes(parentName) }, { value: 'invited', label: words.party.openNo }]}
        />
        <footer className="dialog-foot">
          <Button onClick={() => dialogs.close()}>{words.cancel}</Button>
          <Button kind="primary" type="submit" isBusy={task.isBusy}>{words.create.submit}</Button>
        </footer>
      </form>
    </Dialog>
  )
}
