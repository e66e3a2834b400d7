import { useState } from 'react'
import { Shuffle } from 'lucide-react'
import { NAME_MAX_CHARS } from '#shared/limits.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useWords } from '../../state/app-context.ts'

export function NameStep ({ suggestedName }: { suggestedName: string }) {
  const words = useWords().signIn
  const { signIn } = useClient()
  const choosing = useTask()
  const shuffling = useTask()
  const [name, setName] = useState(suggestedName)

  const edit = (text: string): void => {
    setName(text)
    choosing.clear()
    shuffling.clear()
  }
  const shuffle = (): Promise<boolean> => shuffling.run(async () => { edit(await signIn.suggestName()) })

  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await choosing.run(() => signIn.chooseName(name.trim())) }}>
      <h1>{words.nameTitle}</h1>
      <p className="sign-in-text">{words.nameIntro}</p>
      <div className="sign-in-avatar"><Avatar name={name.trim() === '' ? '?' : name} of={null} size={64} /></div>
      <Field
        label={words.displayName} name="name" autoComplete="off" spellCheck={false} isFirst maxLength={NAME_MAX_CHARS} value={name}
        error={choosing.error ?? shuffling.error} onChange={(event) => edit(event.target.value)}
        beside={<Button icon={<Shuffle size={16} aria-hidden />} isBusy={shuffling.isBusy} onClick={() => shuffle()}>{words.shuffle}</Button>}
      />
      <Button kind="primary" type="submit" isBusy={choosing.isBusy} className="button-full">{words.continue}</Button>
    </form>
  )
}
