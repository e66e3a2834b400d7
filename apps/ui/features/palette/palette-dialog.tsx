import { useState, type KeyboardEvent } from 'react'
import { CornerDownLeft, Hash, MessageSquare, Search, Sparkles } from 'lucide-react'
import type { Room } from '#client'
import { Dialog } from '../../components/dialog.tsx'
import { useUi, useWords } from '../../state/app-context.ts'
import type { Command } from '../../registries/commands.ts'
import { findCommands } from './find-commands.ts'
import { useCommands } from './use-commands.ts'
import './palette.css'

/** More than fit on a screen are found by typing, not by reading. */
const SHOWN_MAX = 50
const ICONS = { room: Hash, person: MessageSquare, command: Sparkles }

export function PaletteDialog ({ room, onShowMembers }: { room: Room | null, onShowMembers: () => void }) {
  const words = useWords().palette
  const { dialogs } = useUi()
  const commands = useCommands(room, onShowMembers)
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const found = findCommands(commands, query).slice(0, SHOWN_MAX)
  const chosen = found[Math.min(at, found.length - 1)]

  const perform = (command: Command | undefined): void => {
    if (command === undefined) return
    // Closed first: what is performed may open another dialog.
    dialogs.close()
    command.perform()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      const next = (to + found.length) % Math.max(1, found.length)
      setAt(next)
      document.getElementById(`palette-${found[next]?.id ?? ''}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      perform(chosen)
    }
  }

  return (
    <Dialog title={words.title} shape="palette" onClose={() => dialogs.close()}>
      <div className="palette-box">
        <Search size={18} aria-hidden />
        <input
          role="combobox" aria-label={words.title} aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
          aria-activedescendant={chosen === undefined ? undefined : `palette-${chosen.id}`} data-autofocus spellCheck={false} autoComplete="off"
          placeholder={words.hint} value={query} onKeyDown={onKeyDown} onChange={(event) => { setQuery(event.target.value); setAt(0) }}
        />
      </div>
      <ul className="palette-list" id="palette-list" role="listbox" aria-label={words.results}>
        {found.map((command, index) => {
          const Icon = ICONS[command.kind]
          return (
            // The keys are handled by the box, which keeps the focus (ARIA combobox pattern).
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <li
              key={command.id} id={`palette-${command.id}`} role="option" tabIndex={-1} aria-selected={command === chosen} onClick={() => perform(command)}
              onPointerMove={() => setAt(index)}
            >
              <Icon size={16} aria-hidden /><span className="palette-label">{command.label}</span>
              {command.shortcut !== null && <kbd>{command.shortcut}</kbd>}
              <span className="muted">{words[command.kind]}</span>
              <CornerDownLeft size={14} aria-hidden className="palette-enter" />
            </li>
          )
        })}
      </ul>
      {found.length === 0 && <p className="palette-none" role="status">{words.none}</p>}
    </Dialog>
  )
}
