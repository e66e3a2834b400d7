/** What can be done with any message: edit, look who has it, delete, copy. */
import { Copy, Info, Pencil, Trash2 } from 'lucide-react'
import type { Message, Room } from '#client'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { messageActs } from '../../registries/message-acts.ts'
import { useWords } from '../../state/app-context.ts'
import { MessageDetails } from './message-details.tsx'

messageActs.add(
  {
    id: 'edit', place: 20, icon: <Pencil size={16} aria-hidden />,
    label: ({ words }) => words.acts.edit,
    isOffered: ({ canEdit }) => canEdit,
    perform: ({ editing, message }) => editing.begin(message)
  },
  {
    id: 'details', place: 30, icon: <Info size={16} aria-hidden />,
    label: ({ words }) => words.acts.details,
    isOffered: ({ isMine, state }) => isMine && state !== 'failed',
    Overlay: MessageDetails
  },
  {
    id: 'delete', place: 40, isDanger: true, icon: <Trash2 size={16} aria-hidden />,
    label: ({ words }) => words.acts.delete,
    isOffered: ({ canDelete }) => canDelete,
    Overlay: DeleteDialog
  },
  {
    id: 'copy', place: 50, isInMenuOnly: true, icon: <Copy size={16} aria-hidden />,
    label: ({ words }) => words.acts.copy,
    isOffered: () => true,
    perform: ({ message, attempt }) => attempt(() => navigator.clipboard.writeText(message.text))
  }
)

function DeleteDialog ({ room, message, onClose }: { room: Room, message: Message, onClose: () => void }) {
  const words = useWords().acts
  return (
    <AskDialog title={words.deleteTitle} confirm={words.deleteConfirm} onClose={onClose} onConfirm={async () => { await room.messages.delete.value?.(message.id) }}>
      <blockquote className="quoted" dir="auto">{message.text}</blockquote>
      <p>{words.deleteText}</p>
    </AskDialog>
  )
}
