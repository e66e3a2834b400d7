import { useState } from 'react'
import { Shuffle } from 'lucide-react'
import type { Account } from '#client'
import { NAME_MAX_CHARS } from '#shared/limits.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useClient, useWords } from '../../state/app-context.ts'

export function ProfileTab ({ account }: { account: Account }) {
  const words = useWords()
  const { signIn } = useClient()
  const saving = useTask()
  const shuffling = useTask()
  const [name, setName] = useState(account.name)
  const [savedName, setSavedName] = useState<string | null>(null)
  const edit = (text: string): void => {
    setName(text)
    setSavedName(null)
    saving.clear()
    shuffling.clear()
  }
  const save = async (): Promise<void> => {
    if (await saving.run(() => signIn.chooseName(name.trim()))) setSavedName(name.trim())
  }
  return (
    <form noValidate onSubmit={async (event) => { event.preventDefault(); await save() }}>
      <div className="settings-name"><Avatar name={name.trim() === '' ? '?' : name} of={account.userKey} size={56} /><p className="muted">{words.settings.nameIntro}</p></div>
      <Field
        label={words.signIn.displayName} value={name} maxLength={NAME_MAX_CHARS} autoComplete="off" spellCheck={false} error={saving.error ?? shuffling.error}
        hint={savedName === null ? '' : words.settings.nameSaved(savedName)} onChange={(event) => edit(event.target.value)}
        beside={<Button icon={<Shuffle size={16} aria-hidden />} isBusy={shuffling.isBusy} onClick={() => shuffling.run(async () => edit(await signIn.suggestName()))}>{words.signIn.shuffle}</Button>}
      />
      <Button kind="primary" type="submit" isBusy={saving.isBusy} disabled={name.trim() === '' || name.trim() === account.name}>{words.settings.saveName}</Button>
    </form>
  )
}
