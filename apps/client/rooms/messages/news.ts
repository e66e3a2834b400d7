/** What a room's entry in the list tells of its messages: the newest one and how many are unread; and each one that is news, as an event. */
import { batch, computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import type { ClientEvents, NameMark } from '../../api.ts'
import { coalesce } from '../../state/coalesce.ts'
import type { EventEmitter } from '../../state/events.ts'
import { createMutex } from '../../state/mutex.ts'
import type { Scope } from '../../state/scope.ts'
import type { EntryRow, Store } from '../../store/index.ts'
import { readMessages } from './messages.ts'
import type { Naming } from '../people/naming.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Of what arrives at once, as after a long time away, only so many are told one by one. */
const TOLD_AT_ONCE = 3

/** While messages keep coming, the list of rooms is read again this often. */
const REFRESH_EVERY_MS = 250

interface NewestMessage { author: UserKey | null, authorName: string, authorMark: NameMark | null, text: string, /** Unix ms, by its author's clock. */ at: number }

export interface News {
  readonly unread: ReadonlySignal<number>
  readonly newest: ReadonlySignal<NewestMessage | null>
  refresh(): Promise<void>
}

export async function openNews ({ log, naming, store, scope, events, roomName }: {
  log: RoomLog
  naming: ReadonlySignal<Naming>
  store: Store
  scope: Scope
  events: EventEmitter<ClientEvents>
  roomName: () => string
}): Promise<News> {
  const tag = log.roomTag
  const nameOf = (user: UserKey | null): Pick<NewestMessage, 'authorName' | 'authorMark'> => {
    const { text, mark } = user === null ? { text: '', mark: null } : naming.value.of(user)
    return { authorName: text, authorMark: mark }
  }
  const authorOf = (row: EntryRow): Omit<NewestMessage, 'text' | 'at'> => {
    const author = log.membership.peek().authors.get(row.devTag)?.user ?? null
    return { author, ...nameOf(author) }
  }

  const readNewest = async (): Promise<NewestMessage | null> => {
    const [row] = await store.entries.pageBefore(tag, null, 1)
    const [message] = await readMessages(log, store, row === undefined ? [] : [row])
    return row === undefined || message === undefined ? null : { ...authorOf(row), text: message.text, at: message.order[1] }
  }
  const unread = signal(await store.entries.unreadCount(tag))
  const newest = signal(await readNewest())

  // In a lively room one reading does for many messages.
  let refreshedAt = -Infinity
  const refresh = coalesce(createMutex(), async () => {
    refreshedAt = Date.now()
    const [count, description] = [await store.entries.unreadCount(tag), await readNewest()]
    batch(() => {
      unread.value = count
      newest.value = description
    })
  })

  let isPlanned = false
  const tell = async (rows: readonly EntryRow[]): Promise<void> => {
    const shown = rows.filter((row) => row.order !== undefined)
    if (shown.length === 0) return
    if (!isPlanned) {
      isPlanned = true
      scope.later(Math.max(0, refreshedAt + REFRESH_EVERY_MS - Date.now()), () => {
        isPlanned = false
        scope.run(refresh())
      })
    }
    for (const row of shown.filter(({ unreadIn }) => unreadIn !== undefined).slice(-TOLD_AT_ONCE)) {
      const content = await log.contentOf(row)
      if (content?.type === 'text') events.emit('message-received', { roomTag: tag, roomName: roomName(), ...authorOf(row), text: content.text, id: row.id })
    }
  }
  scope.defer(log.events.on('appended', ({ rows }) => scope.run(tell(rows))))
  scope.defer(log.events.on('changed', () => scope.run(refresh())))
  return { unread, newest: computed(() => newest.value === null ? null : { ...newest.value, ...nameOf(newest.value.author) }), refresh }
}
