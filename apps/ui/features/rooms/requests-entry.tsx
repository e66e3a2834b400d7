import { MailQuestion } from 'lucide-react'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'

/** The one place in the list that says that people ask for a conversation: quietly, since anyone can ask. Nothing while nobody does. */
export function RequestsEntry () {
  const words = useWords().requests
  const { dialogs } = useUi()
  const requests = useSignal(useClient().requests)
  if (requests.length === 0) return null
  return (
    <button type="button" className="requests-entry" data-stop tabIndex={-1} onClick={() => dialogs.show('requests')}>
      <MailQuestion size={17} aria-hidden /><span>{words.entry(requests.length)}</span>
    </button>
  )
}
