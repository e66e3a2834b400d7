/** What the palette offers: a feature adds a source, which reads the state of the window and lists what can be done. */
import type { Client, Room } from '#client'
import type { UserKey } from '#shared/ids.ts'
import type { Language, Messages } from '../i18n/index.ts'
import type { Ui } from '../state/app-context.ts'
import { createRegistry, type Registered } from './registry.ts'

export type CommandKind = 'room' | 'person' | 'command'

export interface Command {
  id: string
  kind: CommandKind
  label: string
  /** As shown, e.g. "Alt ↓". */
  shortcut: string | null
  isEnabled: boolean
  perform: () => void
}

export interface CommandContext {
  ui: Ui
  client: Client
  language: Language
  words: Messages
  /** The open room. */
  room: Room | null
  /** Does work that may fail, and says so. */
  attempt: (work: () => Promise<void>) => void
  /** Opens the conversation with somebody; null while that cannot be done. */
  onMessage: ((user: UserKey) => void) | null
  onShowMembers: () => void
}

export interface CommandSource extends Registered {
  /** Reads signals by `value`: it is run again when one changes. */
  list (context: CommandContext): readonly Command[]
}

export const commandSources = createRegistry<CommandSource>()

/** A command that is called by its name. */
export const command = (id: string, label: string, perform: () => void, { isEnabled = true, shortcut = null }: Partial<Pick<Command, 'isEnabled' | 'shortcut'>> = {}): Command =>
  ({ id, kind: 'command', label, perform, isEnabled, shortcut })
