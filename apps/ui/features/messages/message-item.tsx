import { memo } from 'react'
import { RotateCcw } from 'lucide-react'
import { Avatar } from '../../components/avatar.tsx'
import { useLanguage } from '../../state/app-context.ts'
import type { MessageRow } from './message-rows.ts'
import { MessageStateIcon } from './message-state.tsx'
import { splitLinks } from './split-links.ts'

interface MessageItemProps {
  row: MessageRow
  now: number
  onRetry: (text: string) => void
}

export const MessageItem = memo(function MessageItem ({ row, now, onRetry }: MessageItemProps) {
  const { words, time, day, moment } = useLanguage()
  const { message, startsDay, startsUnread, startsGroup } = row
  const stamp = <time dateTime={new Date(message.sentAt).toISOString()} title={moment(message.sentAt, now)}>{time(message.sentAt)}</time>
  return (
    <div className={`message-row ${startsGroup ? 'starts-group' : ''}`}>
      {startsDay && <div className="day-rule" role="separator"><span>{day(message.sentAt, now)}</span></div>}
      {startsUnread && <div className="new-rule" role="separator"><span>{words.messages.newLine}</span></div>}
      <article
        className="message" data-message-id={message.id} data-state={message.state} data-author={message.authorName}
        data-mine={message.isMine || undefined}
      >
        <div className="message-gutter">{startsGroup ? <Avatar name={message.authorName} size={36} /> : stamp}</div>
        <div className="message-main">
          <header className={startsGroup ? 'message-head' : 'visually-hidden'}>
            <span className="message-author">{message.authorName}</span>
            {startsGroup && stamp}
          </header>
          <div className="message-line">
            <p className="message-text" dir="auto">
              <MessageText text={message.text} />
              {message.isMine && <MessageStateIcon message={message} />}
            </p>
          </div>
          {message.state === 'failed' && (
            <div className="message-failed">
              <span>{words.messages.failedText}</span>
              <button type="button" className="text-button" onClick={() => onRetry(message.text)}><RotateCcw size={14} aria-hidden /> {words.messages.retry}</button>
            </div>
          )}
        </div>
      </article>
    </div>
  )
})

function MessageText ({ text }: { text: string }) {
  return splitLinks(text).map((piece, index) => piece.kind === 'text'
    ? piece.text
    // An address reads from left to right, also inside a sentence that does not.
    : <a key={index} href={piece.href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">{piece.text}</a>)
}
