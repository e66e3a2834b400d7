import { useEffect, useState } from 'react'
import { CheckCheck, Clock3, CloudCheck, CloudOff, Eye } from 'lucide-react'
import type { Message, MessageReceipt, Room } from '#client'
import { READ_MARKS_MAX_MEMBERS, RECEIPTS_MAX_MEMBERS } from '#shared/limits.ts'
import { Avatar } from '../../components/avatar.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { Popover, type Anchor } from '../../components/popover.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import type { Messages } from '../../i18n/index.ts'
import { useLanguage } from '../../state/app-context.ts'

const ICONS = { read: Eye, delivered: CheckCheck, missing: Clock3 }

/** Who holds a message of one's own and who has read it; follows while it is open. */
export function MessageDetails ({ room, message, anchor, onClose }: { room: Room, message: Message, anchor: Anchor, onClose: () => void }) {
  const { words, moment } = useLanguage()
  const w = words.acts
  const now = useNow(60_000)
  const receipts = useReceipts(room, message)
  const { perPerson, tellsReads } = useSignal(room.messages.acknowledgements)
  return (
    <Popover anchor={anchor} label={w.details} role="dialog" className="details" onClose={onClose}>
      <h3>{moment(message.sentAt, now)}</h3>
      <p className="details-line">{message.deliveredOf === 0 ? w.nobodyElse : reached(message, w, tellsReads)}</p>
      {message.countedByNode !== null && <p className="details-line">{words.messages.counted(message.countedByNode)}</p>}
      {!perPerson && <p className="details-line muted">{w.asking(RECEIPTS_MAX_MEMBERS)}{!tellsReads && ` ${words.roomSettings.readMarksOff(READ_MARKS_MAX_MEMBERS)}`}</p>}
      <p className="details-line">
        {message.keptAtNode ? <CloudCheck size={14} aria-hidden /> : <CloudOff size={14} aria-hidden />} {message.keptAtNode ? w.kept : w.notKept}
      </p>
      {receipts !== null && receipts.length > 0 && (
        <ul>
          {receipts.map((receipt) => {
            const state = receipt.isRead ? 'read' : receipt.isDelivered ? 'delivered' : 'missing'
            const Icon = ICONS[state]
            return (
              <li key={receipt.user} data-receipt={state}>
                <Avatar name={receipt.name} of={receipt.user} size={22} />
                <span className="details-name"><bdi>{receipt.name}</bdi> <NameMark mark={receipt.nameMark} size={12} />{receipt.cameLater && <span className="muted"> · {w.cameLater}</span>}</span>
                <span className="details-state"><Icon size={14} aria-hidden /> {{ read: w.isRead, delivered: w.isDelivered, missing: w.isMissing }[state]}</span>
              </li>
            )
          })}
        </ul>
      )}
    </Popover>
  )
}

function reached (message: Message, words: Messages['acts'], tellsReads: boolean): string {
  const delivered = words.deliveredTo(message.deliveredTo, message.deliveredOf)
  return tellsReads ? `${delivered} · ${words.readBy(message.readBy)}` : delivered
}

/** Asked again whenever the message got further. */
function useReceipts (room: Room, message: Message): readonly MessageReceipt[] | null {
  const [receipts, setReceipts] = useState<readonly MessageReceipt[] | null>(null)
  const attempt = useAttempt()
  const { id, deliveredTo, readBy } = message
  useEffect(() => {
    let isCurrent = true
    attempt(async () => {
      const found = await room.messages.receiptsOf(id)
      if (isCurrent) setReceipts(found)
    }).catch(() => {})
    return () => { isCurrent = false }
  }, [room, id, deliveredTo, readBy, attempt])
  return receipts
}
