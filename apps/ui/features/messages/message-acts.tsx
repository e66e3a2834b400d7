import type { ReactNode } from 'react'
import { Copy, Info, Pencil, Trash2 } from 'lucide-react'
import type { Message } from '#client'
import type { RoomWords } from '../../i18n/index.ts'

export type ActName = 'edit' | 'delete' | 'details' | 'copy'

/** What can be done with a message right now, in the order shown. `copy` is in the menu only: a toolbar over each message stays small. */
export function actsOf (message: Message): ActName[] {
  if (message.deleted !== null) return []
  const acts: ActName[] = []
  if (message.canEdit) acts.push('edit')
  if (message.isMine && message.state !== 'failed') acts.push('details')
  if (message.canDelete) acts.push('delete')
  return [...acts, 'copy']
}

const ICONS: Record<ActName, ReactNode> = {
  edit: <Pencil size={16} aria-hidden />, details: <Info size={16} aria-hidden />, delete: <Trash2 size={16} aria-hidden />, copy: <Copy size={16} aria-hidden />
}

export const actWords = (act: ActName, { acts }: Pick<RoomWords, 'acts'>): string => acts[act]
export const actIcon = (act: ActName): ReactNode => ICONS[act]
