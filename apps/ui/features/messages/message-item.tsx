import { memo, useState } from 'react'
import { EyeOff, OctagonX, RotateCcw } from 'lucide-react'
import type { Message } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { IconButton } from '../../components/button.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { anchorAt, type Anchor } from '../../components/popover.tsx'
import { useBlocked } from '../../hooks/use-blocked.ts'
import { isoTime } from '../../i18n/index.ts'
import { actsOf, type MessageAct } from '../../registries/message-acts.ts'
import { messageParts } from '../../registries/message-parts.ts'
import { useLanguage } from '../../state/app-context.ts'
import type { MessageRow } from './message-rows.ts'
import { MessageStateIcon } from './message-state.tsx'
import { splitLinks } from './split-links.ts'

interface MessageItemProps {
  row: MessageRow
  now: number
  isEdited: boolean
  onRetry: (text: string) => void
  onAct: (act: MessageAct, message: Message, anchor: Anchor) => void
  onMenu: (message: Message, anchor: Anchor) => void
}

export const MessageItem = memo(function MessageItem ({ row, now, isEdited, onRetry, onAct, onMenu }: MessageItemProps) {
  const language = useLanguage()
  const { words, time, day, moment } = language
  const { message, startsDay, startsUnread, startsGroup } = row
  const stamp = <time dateTime={isoTime(message.sentAt)} title={moment(message.sentAt, now)}>{time(message.sentAt)}</time>
  const [isAskedFor, setAskedFor] = useState(false)
  const isHidden = useBlocked().has(message.author) && message.deleted === null && !isAskedFor
  const acts = isHidden ? [] : actsOf(message)
  return (
    <div className={`message-row ${startsGroup ? 'starts-group' : ''}`}>
      {startsDay && <div className="day-rule" role="separator"><span>{day(message.sentAt, now)}</span></div>}
      {startsUnread && <div className="new-rule" role="separator"><span>{words.messages.newLine}</span></div>}
      <article
        className="message" data-message-id={message.id} data-state={message.state} data-author={message.authorName} tabIndex={-1}
        data-mine={message.isMine || undefined} data-deleted={message.deleted ?? undefined} data-editing={isEdited || undefined}
        onContextMenu={(event) => {
          // A link, a selection and an empty menu are the browser's.
          if (acts.length === 0 || event.target instanceof HTMLAnchorElement || window.getSelection()?.isCollapsed === false) return
          event.preventDefault()
          const { clientX: left, clientY: top } = event
          onMenu(message, left === 0 && top === 0 ? anchorAt(event.currentTarget) : { element: event.currentTarget, rect: { left, top, right: left, bottom: top } })
        }}
      >
        <div className="message-gutter">{startsGroup ? <Avatar name={message.authorName} of={message.author} size={36} /> : stamp}</div>
        <div className="message-main">
          <header className={startsGroup ? 'message-head' : 'visually-hidden'}>
            <bdi className="message-author">{message.authorName}</bdi>
            <NameMark mark={message.authorMark} />
            {startsGroup && stamp}
          </header>
          <div className="message-line">
            {isHidden && <BlockedText onShow={() => setAskedFor(true)} />}
            {!isHidden && (message.deleted === null
              ? (
                <p className="message-text" dir="auto">
                  <MessageText text={message.text} />
                  {message.editedAt !== null && <span className="message-edited" title={words.acts.editedAt(moment(message.editedAt, now))}>({words.acts.edited})</span>}
                  {message.isMine && <MessageStateIcon message={message} />}
                </p>
                )
              : <DeletedText deleted={message.deleted} />)}
          </div>
          {!isHidden && message.deleted === null && messageParts.all().map(({ id, Part }) => <Part key={id} message={message} />)}
          {message.state === 'failed' && (
            <div className="message-failed">
              <span>{words.messages.failedText}</span>
              <button type="button" className="text-button" onClick={() => onRetry(message.text)}><RotateCcw size={14} aria-hidden /> {words.messages.retry}</button>
            </div>
          )}
        </div>
        {acts.some((act) => act.isInMenuOnly !== true) && (
          <div className="message-tools" role="group" aria-label={words.acts.toolbar}>
            {acts.filter((act) => act.isInMenuOnly !== true).map((act) => (
              <IconButton key={act.id} label={act.label(language)} icon={act.icon} onClick={(event) => onAct(act, message, anchorAt(event.currentTarget))} />
            ))}
          </div>
        )}
      </article>
    </div>
  )
})

function DeletedText ({ deleted }: { deleted: NonNullable<Message['deleted']> }) {
  const { words } = useLanguage()
  const text = { author: words.acts.deleted, moderator: words.acts.deletedModerator, retention: words.acts.deletedRetention }[deleted]
  return <p className="message-text message-gone"><EyeOff size={14} aria-hidden /> {text}</p>
}

/** Of somebody who is blocked: there, so that a conversation can be followed, and not to be read unasked. */
function BlockedText ({ onShow }: { onShow: () => void }) {
  const words = useLanguage().words.messages
  return (
    <p className="message-text message-gone">
      <OctagonX size={14} aria-hidden /> {words.blocked} <button type="button" className="text-button" onClick={onShow}>{words.showBlocked}</button>
    </p>
  )
}

function MessageText ({ text }: { text: string }) {
  return splitLinks(text).map((piece, index) => piece.kind === 'text'
    ? piece.text
    // An address reads from left to right, also inside a sentence that does not.
    : <a key={index} href={piece.href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">{piece.text}</a>)
}
