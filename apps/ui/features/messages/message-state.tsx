import { Check, CheckCheck, CircleAlert, Clock3, Eye } from 'lucide-react'
import type { Message } from '#client'
import { useWords } from '../../state/app-context.ts'

const ICONS = { sending: Clock3, sent: Check, delivered: CheckCheck, read: Eye, failed: CircleAlert }

/** How far one's own message got, as an icon with words behind it. */
export function MessageStateIcon ({ message }: { message: Message }) {
  const words = useWords().messages
  const { state, deliveredTo: to, deliveredOf: of, readBy } = message
  const label = {
    sending: words.sending,
    sent: message.keptAtNode ? words.sentKept : words.sent,
    delivered: message.countedByNode === null ? words.delivered(to, of) : words.counted(message.countedByNode),
    read: words.read(readBy, of),
    failed: words.failed
  }[state]
  const Icon = ICONS[state]
  return <span className={`message-state state-${state}`} role="img" aria-label={label} title={label}><Icon size={14} aria-hidden /></span>
}
