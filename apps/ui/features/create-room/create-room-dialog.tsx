import { useState } from 'react'
import { ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import { ParleyError } from '#shared/errors.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'

export function CreateRoomDialog () {
  const words = useWords()
  const client = useClient()
  const { dialogs, navigation } = useUi()
  const task = useTask()
  const [name, setName] = useState('')

  const submit = (): Promise<boolean> => task.run(async () => {
    if (name.trim() === '') throw new ParleyError('room-name-malformed')
    const tag = await client.createRoom({ name: name.trim() })
    dialogs.close()
    navigation.go({ page: 'room', tag })
  })

  return (
    <Dialog title={words.create.title} onClose={() => dialogs.close()}>
      <form noValidate onSubmit={async (event) => { event.preventDefault(); await submit() }}>
        <p className="dialog-text">{words.create.intro}</p>
        <Field
          label={words.create.name} placeholder={words.create.nameHint} data-autofocus maxLength={ROOM_NAME_MAX_CHARS} autoComplete="off"
          value={name} error={task.error} onChange={(event) => { setName(event.target.value); task.clear() }}
        />
        <footer className="dialog-foot">
          <Button onClick={() => dialogs.close()}>{words.cancel}</Button>
          <Button kind="primary" type="submit" isBusy={task.isBusy}>{words.create.submit}</Button>
        </footer>
      </form>
    </Dialog>
  )
}
