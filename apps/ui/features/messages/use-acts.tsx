import { useCallback, useState, type ReactNode } from 'react'
import type { Message, Room } from '#client'
import { Menu } from '../../components/menu.tsx'
import type { Anchor } from '../../components/popover.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { actsOf, type MessageAct } from '../../registries/message-acts.ts'
import { useLanguage } from '../../state/app-context.ts'
import type { Editing } from './editing.ts'

interface Acts {
  onAct: (act: MessageAct, message: Message, anchor: Anchor) => void
  /** Opens the menu of a message. */
  onMenu: (message: Message, anchor: Anchor) => void
  /** Whatever of it is open now. */
  overlay: ReactNode
}

/** `act`: null for the menu. */
interface Open { act: MessageAct | null, id: string, anchor: Anchor }

/** What is done with single messages, and what opens over the list for it. */
export function useActs (room: Room, editing: Editing, messages: readonly Message[] | null): Acts {
  const [open, setOpen] = useState<Open | null>(null)
  const run = useAttempt()
  const onMenu = useCallback((message: Message, anchor: Anchor) => setOpen({ act: null, id: message.id, anchor }), [])
  const onAct = useCallback((act: MessageAct, message: Message, anchor: Anchor): void => {
    if (act.perform === undefined) setOpen({ act, id: message.id, anchor })
    else act.perform({ room, message, editing, attempt: (work) => { run(work).catch(() => {}) } })
  }, [room, editing, run])
  // What is open follows its message: it may get further, or go, meanwhile.
  const message = messages?.find((one) => one.id === open?.id)
  const overlay = open === null || message === undefined
    ? null
    : <Overlay key={`${open.act?.id ?? ''} ${open.id}`} room={room} message={message} open={open} onAct={onAct} onClose={() => setOpen((now) => now === open ? null : now)} />
  return { onAct, onMenu, overlay }
}

function Overlay ({ room, message, open: { act, anchor }, onAct, onClose }: {
  room: Room, message: Message, open: Open, onAct: Acts['onAct'], onClose: () => void
}) {
  const language = useLanguage()
  if (act !== null) return act.Overlay === undefined ? null : <act.Overlay room={room} message={message} anchor={anchor} onClose={onClose} />
  return (
    <Menu
      label={language.words.acts.toolbar} anchor={anchor} onClose={onClose}
      items={actsOf(message).map((one) => ({ id: one.id, label: one.label(language), icon: one.icon, isDanger: one.isDanger === true, perform: () => onAct(one, message, anchor) }))}
    />
  )
}
