import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { ArrowDown } from 'lucide-react'
import { Virtualizer } from 'virtua'
import type { Message } from '#client'
import { anchorAt, type Anchor } from '../../components/popover.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { actsOf, type MessageAct } from '../../registries/message-acts.ts'
import { useWords } from '../../state/app-context.ts'
import { MessageItem } from './message-item.tsx'
import { countAfter, isPrepend, toRows, type MessageRow } from './message-rows.ts'
import './messages.css'

/** Closer to the end than this counts as being there: a line of text, so that a touchpad's last pixel does not matter. */
const END_WITHIN_PX = 32
/** Older pages are asked for this far ahead of the start, about a screen, so that scrolling up does not meet an edge. */
const LOAD_WITHIN_PX = 900

interface MessageListProps {
  messages: readonly Message[]
  hasOlder: boolean
  loadOlder: () => Promise<void>
  /** Called when the newest message is on the screen of somebody who looks. */
  onSeen: () => void
  onRetry: (text: string) => void
  /** The message that is being edited. */
  editedId: string | null
  onAct: (act: MessageAct, message: Message, anchor: Anchor) => void
  onMenu: (message: Message, anchor: Anchor) => void
}

/** Begins at the end, stays there while new messages come, and stays where it is while older ones are loaded in front. */
export function MessageList ({ messages, hasOlder, loadOlder, onSeen, onRetry, editedId, onAct, onMenu }: MessageListProps) {
  const words = useWords().messages
  const now = useNow(60_000)
  const scroller = useRef<HTMLDivElement>(null)
  const { rows, isShifted } = useRows(messages)
  const [isAtEnd, setAtEnd] = useState(true)
  const [seenId, setSeenId] = useState<string | null>(null)
  const follow = useFollowing(scroller, rows.length, messages.at(-1))
  const load = useOlderPages(loadOlder, hasOlder)

  const measure = useCallback((): void => {
    const at = follow.isAtEnd()
    setAtEnd(at)
    if ((scroller.current?.scrollTop ?? Infinity) < LOAD_WITHIN_PX) load()
  }, [follow, load])

  const newest = messages.at(-1)?.id ?? null
  if (isAtEnd && seenId !== newest) setSeenId(newest)
  useEffect(() => {
    if (!isAtEnd || newest === null) return
    const tell = (): void => { if (document.visibilityState === 'visible' && document.hasFocus()) onSeen() }
    tell()
    window.addEventListener('focus', tell)
    document.addEventListener('visibilitychange', tell)
    return () => {
      window.removeEventListener('focus', tell)
      document.removeEventListener('visibilitychange', tell)
    }
  }, [isAtEnd, newest, onSeen])

  const newer = isAtEnd ? 0 : countAfter(messages, seenId)
  return (
    <div className="message-list">
      {/* New messages are announced by a region of their own: rows that scroll into a virtual list are not news. */}
      {/* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- what scrolls must be reachable by keyboard; the keys move between the messages inside */}
      <div
        className="message-scroll" ref={scroller} role="log" aria-label={words.log} aria-live="off" tabIndex={0}
        onKeyDown={(event) => moveBetween(event, (id, element) => {
          const message = messages.find((one) => one.id === id)
          if (message !== undefined && actsOf(message).length > 0) onMenu(message, anchorAt(element))
        })}
      >
        {/* eslint-enable */}
        <div className="message-space" />
        {hasOlder && <p className="message-older">{words.loadingOlder}</p>}
        <Virtualizer
          scrollRef={scroller} data={rows} shift={isShifted} bufferSize={400} itemSize={44}
          onScroll={() => { follow.noteScroll(); measure() }} onResize={() => { follow.keep(); measure() }}
        >
          {(row) => (
            <MessageItem
              key={row.message.id} row={row} now={now} isEdited={row.message.id === editedId} onRetry={onRetry} onAct={onAct} onMenu={onMenu}
            />
          )}
        </Virtualizer>
      </div>
      {!isAtEnd && (
        <button type="button" className={`jump ${newer > 0 ? 'jump-new' : ''}`} onClick={() => follow.jump()}>
          <ArrowDown size={16} aria-hidden /> {newer > 0 ? words.jumpCount(newer) : words.jump}
        </button>
      )}
    </div>
  )
}

/** ↑ and ↓ go from message to message, Enter opens what can be done with it, Esc leads back to where one writes. */
function moveBetween (event: KeyboardEvent<HTMLElement>, onEnter: (id: string, element: HTMLElement) => void): void {
  const { target, currentTarget: log } = event
  if (!(target instanceof HTMLElement) || event.altKey || event.ctrlKey || event.metaKey) return
  const articles = [...log.querySelectorAll('article')]
  const at = articles.findIndex((article) => article === target)
  if (target !== log && at === -1) return
  if (event.key === 'ArrowUp') (at === -1 ? articles.at(-1) : articles[at - 1])?.focus()
  else if (event.key === 'ArrowDown' && at !== -1) articles[at + 1]?.focus()
  else if (event.key === 'Enter' && at !== -1) onEnter(target.dataset['messageId'] ?? '', target)
  else if (event.key === 'Escape' && at !== -1) document.querySelector<HTMLElement>('[data-composer]')?.focus()
  else return
  event.preventDefault()
  event.stopPropagation()
}

/** Rows of the messages, and whether the last change put older ones in front. */
function useRows (messages: readonly Message[]): { rows: MessageRow[], isShifted: boolean } {
  const [state, setState] = useState(() => ({ messages, rows: toRows(messages), isShifted: false }))
  if (state.messages === messages) return state
  const next = { messages, rows: toRows(messages, state.rows), isShifted: isPrepend(state.messages, messages) }
  setState(next)
  return next
}

interface Following {
  isAtEnd (): boolean
  noteScroll (): void
  /** Goes back to the end if it was there before something grew. */
  keep (): void
  jump (): void
}

/** Sticks to the end only while it is there; what oneself writes always brings it there. */
function useFollowing (scroller: React.RefObject<HTMLElement | null>, count: number, newest: Message | undefined): Following {
  const isStuck = useRef(true)
  const [following] = useState<Following>(() => {
    let lastTop = 0
    const isAtEnd = (): boolean => {
      const box = scroller.current
      return box === null || box.scrollHeight - box.scrollTop - box.clientHeight <= END_WITHIN_PX
    }
    const toEnd = (): void => { scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: 'instant' }) }
    return {
      isAtEnd: () => isStuck.current || isAtEnd(),
      noteScroll: () => {
        const top = scroller.current?.scrollTop ?? 0
        // What grows below moves the end away without anybody scrolling; only going up leaves it.
        if (isAtEnd()) isStuck.current = true
        else if (top < lastTop) isStuck.current = false
        lastTop = top
      },
      keep: () => { if (isStuck.current) toEnd() },
      jump: () => {
        isStuck.current = true
        toEnd()
      }
    }
  })
  const newestId = newest?.id
  const isMine = newest?.isMine ?? false
  const before = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    const isNew = before.current !== newestId
    before.current = newestId
    if (isNew && isMine) following.jump()
    else following.keep()
  }, [following, count, newestId, isMine])
  return following
}

/** One page at a time. */
function useOlderPages (loadOlder: () => Promise<void>, hasOlder: boolean): () => void {
  const isLoading = useRef(false)
  return useCallback(() => {
    if (isLoading.current || !hasOlder) return
    isLoading.current = true
    const done = (): void => { isLoading.current = false }
    loadOlder().then(done, done)
  }, [loadOlder, hasOlder])
}
