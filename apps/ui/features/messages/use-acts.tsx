import { useCallback, useState, type ReactNode } from 'react'
import type { Message, Room } from '#client'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { Menu } from '../../components/menu.tsx'
import type { Anchor } from '../../components/popover.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useWords } from '../../state/app-context.ts'
import type { Editing } from './editing.ts'
import { actIcon, actsOf, actWords, type ActName } from './message-acts.tsx'
import { MessageDetails } from './message-details.tsx'

interface Acts {
  onAct: (act: ActName, message: Message, anchor: Anchor) => void
  /** Opens the menu of a message. */
  onMenu: (message: Message, anchor: Anchor) => void
  /** Whatever of it is open now. */
  overlay: ReactNode
}

interface Open { what: 'menu' | 'delete' | 'details', id: string, anchor: Anchor }

/** What is done with single messages, and what opens over the list for it. */
export function useActs (room: Room, editing: Editing, messages: readonly Message[] | null): Acts {
  const [open, setOpen] = useState<Open | null>(null)
  const attempt = useAttempt()
  const onMenu = useCallback((message: Message, anchor: Anchor) => setOpen({ what: 'menu', id: message.id, anchor }), [])
  const onAct = useCallback((act: ActName, message: Message, anchor: Anchor): void => {
    if (act === 'edit') editing.begin(message)
    else if (act === 'copy') attempt(() => navigator.clipboard.writeText(message.text)).catch(() => {})
    else setOpen({ what: act, id: message.id, anchor })
  }, [editing, attempt])
  // What is open follows its message: it may get further, or go, meanwhile.
  const message = messages?.find((one) => one.id === open?.id)
  const overlay = open === null || message === undefined
    ? null
    : <Overlay key={`${open.what} ${open.id}`} room={room} message={message} open={open} onAct={onAct} onClose={() => setOpen((now) => now === open ? null : now)} />
  return { onAct, onMenu, overlay }
}

function Overlay ({ room, message, open: { what, anchor }, onAct, onClose }: {
  room: Room, message: Message, open: Open, onAct: Acts['onAct'], onClose: () => void
}) {
  const words = useWords()
  const w = words.acts
  switch (what) {
    case 'menu': return (
      <Menu
        label={w.toolbar} anchor={anchor} onClose={onClose}
        items={actsOf(message).map((act) => ({ id: act, label: actWords(act, words), icon: actIcon(act), isDanger: act === 'delete', perform: () => onAct(act, message, anchor) }))}
      />
    )
    case 'details': return <MessageDetails room={room} message={message} anchor={anchor} onClose={onClose} />
    case 'delete': return (
      <AskDialog title={w.deleteTitle} confirm={w.deleteConfirm} onClose={onClose} onConfirm={async () => { await room.messages.delete.value?.(message.id) }}>
        <blockquote className="quoted" dir="auto">{message.text}</blockquote>
        <p>{w.deleteText}</p>
      </AskDialog>
    )
  }
}
