/**
 * A window onto the messages of a room: the newest page, growing backwards. Rows come from the store in shown order; what a row says is
 * opened once and kept while the window is open; states are computed anew when receipts change.
 */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import { CLOCK_AHEAD_MAX_MS } from '#shared/limits.ts'
import { showableTime } from '#shared/time.ts'
import type { Message, Timeline } from '../../api.ts'
import { dependOn } from '../../state/depend-on.ts'
import { createMutex } from '../../state/mutex.ts'
import { compareOrder, type EntryRow, type MessageOrder, type Store } from '../../store/index.ts'
import type { Delivery } from './delivery.ts'
import { readMessages, type ReadMessage } from './messages.ts'
import type { Naming } from '../people/naming.ts'
import type { RoomLog } from '../log/room-log.ts'

const PAGE_SIZE = 50

/** Unix ms as somebody wrote them: a wrong clock, or a made-up one, is shown as now. */
const notFarAhead = (at: number): number => showableTime(Math.min(at, Date.now() + CLOCK_AHEAD_MAX_MS))

export function openTimeline ({ log, naming, store, delivery, myUser, mayWrite, mayDelete, pageSize = PAGE_SIZE, onTrouble }: {
  log: RoomLog
  naming: ReadonlySignal<Naming>
  store: Store
  delivery: ReadonlySignal<Delivery>
  myUser: string
  /** Whether this person may write here now; whose messages beside their own they may delete. */
  mayWrite: ReadonlySignal<boolean>
  mayDelete: ReadonlySignal<(user: UserKey) => boolean>
  pageSize?: number
  onTrouble: (error: unknown) => void
}): Timeline {
  const lines = signal<readonly ReadMessage[] | null>(null)
  const hasOlder = signal(false)
  const locked = createMutex()
  let firstUnread: EnvelopeId | null = null
  /** The oldest row that was read, also where it is not shown. */
  let loadedFrom: MessageOrder | null = null
  let before = new Map<EnvelopeId, Message>()

  const toLines = async (rows: readonly EntryRow[]): Promise<ReadMessage[]> => await readMessages(log, store, rows)

  const loadPage = async (): Promise<void> => {
    const rows = await store.entries.pageBefore(log.roomTag, loadedFrom, pageSize)
    hasOlder.value = rows.length === pageSize
    loadedFrom = rows.at(-1)?.order ?? loadedFrom
    lines.value = [...await toLines(rows.reverse()), ...lines.peek() ?? []]
  }

  const insert = async (rows: readonly EntryRow[]): Promise<void> => {
    const shown = lines.peek()
    if (shown === null) return
    const known = new Set(shown.map((line) => line.row.id))
    const free = hasOlder.peek() ? 0 : pageSize - shown.length
    const { taken, from, isLeft } = fitting(rows.filter((row) => !known.has(row.id)), loadedFrom, free)
    loadedFrom = from
    if (isLeft) hasOlder.value = true
    const fresh = await toLines(taken)
    if (fresh.length > 0) lines.value = [...shown, ...fresh].sort((a, b) => compareOrder(a.order, b.order))
  }

  /** Reads again what has changed; what is shown no longer goes. */
  const refresh = async (ids: readonly EnvelopeId[]): Promise<void> => {
    const shown = lines.peek()
    const affected = new Set(shown?.map((line) => line.row.id).filter((id) => ids.includes(id)))
    if (shown === null || affected.size === 0) return
    const fresh = await toLines(await store.entries.byIds(log.roomTag, [...affected]))
    lines.value = [...shown.filter((line) => !affected.has(line.row.id)), ...fresh].sort((a, b) => compareOrder(a.order, b.order))
  }

  /** Reads all of the window again. */
  const reread = async (): Promise<void> => {
    if (lines.peek() === null || loadedFrom === null) return
    lines.value = await toLines(await store.entries.since(log.roomTag, loadedFrom))
  }

  const run = async (job: () => Promise<void>): Promise<void> => await locked(job).catch(onTrouble)
  /** As `run`, for where nobody waits: trouble was reported there. */
  const start = (job: () => Promise<void>): void => { run(job).catch(onTrouble) }
  const messages = computed(() => {
    const shown = lines.value
    if (shown === null) return null
    const previous = before
    const all = shown.map((line) => reuse(previous.get(line.row.id), toMessage(line)))
    before = new Map(all.map((message) => [message.id, message]))
    return all
  })
  // Without a reader a computed value is not kept; the window is open as long as it is not disposed.
  const endEffect = effect(() => { dependOn(messages) })
  const endEvents = log.events.on('appended', ({ rows }) => {
    const shown = rows.filter((row) => row.order !== undefined)
    if (shown.length > 0) start(async () => await insert(shown))
  })
  const endChanges = log.events.on('changed', ({ ids }) => start(async () => await refresh(ids)))
  // A removal, a mute or a demotion to observer may reach back, and may turn out not to count: what is shown follows, edits and deletions too.
  const verdicts = computed(() => log.membership.value.verdicts.join())
  let readUnder = verdicts.peek()
  const endVerdicts = effect(() => {
    if (verdicts.value === readUnder) return
    readUnder = verdicts.value
    start(reread)
  })

  function toMessage ({ row, order: [lamport, sentAt], text, editedAt, reactions = [], deleted }: ReadMessage): Message {
    const author = log.membership.value.authors.get(row.devTag)
    const isMine = author?.user === myUser
    const { text: authorName, mark: authorMark } = author === undefined ? { text: '', mark: null } : naming.value.of(author.user)
    const { deliveredTo, deliveredOf, keptAtNode, readBy, isHeld, countedByNode } = delivery.value.of({ devTag: row.devTag, seq: row.seq, lamport })
    return {
      id: row.id,
      author: author?.user ?? '' as Message['author'],
      authorName,
      authorMark,
      isMine,
      sentAt: notFarAhead(sentAt),
      text,
      state: isMine ? readBy > 0 ? 'read' : isHeld ? 'delivered' : keptAtNode ? 'sent' : 'sending' : 'delivered',
      deliveredTo,
      deliveredOf,
      readBy,
      editedAt: editedAt === null ? null : notFarAhead(editedAt),
      deleted,
      reactions: reactions.map(({ emoji, users }) => ({ emoji, people: users.map((user) => naming.value.of(user)), isMine: users.some((user) => user === myUser) })),
      canEdit: isMine && deleted === null && mayWrite.value,
      canReact: deleted === null && mayWrite.value,
      canDelete: deleted === null && mayWrite.value && (isMine || (author !== undefined && mayDelete.value(author.user))),
      keptAtNode,
      countedByNode,
      isFirstUnread: row.id === firstUnread
    }
  }

  start(async () => {
    const unread = await store.entries.unread(log.roomTag)
    const [oldest] = unread.flatMap((row) => row.order === undefined ? [] : [row.order]).sort(compareOrder)
    firstUnread = oldest?.[2] ?? null
    await loadPage()
  })

  return {
    messages,
    hasOlder,
    loadOlder: async () => await run(async () => { if (hasOlder.peek()) await loadPage() }),
    dispose () {
      endEvents()
      endChanges()
      endVerdicts()
      endEffect()
    }
  }
}

/**
 * Which rows belong into the window that begins at `from`: whatever is newer, and of what is older the newest, as long as a page has room (`free`).
 * History that is being fetched must not grow the window to a hundred thousand lines: it is left until somebody scrolls up.
 */
function fitting (
  rows: readonly EntryRow[], from: MessageOrder | null, free: number
): { taken: EntryRow[], from: MessageOrder | null, isLeft: boolean } {
  const newer: EntryRow[] = [], older: { row: EntryRow, order: MessageOrder }[] = []
  for (const row of rows) {
    if (row.order === undefined) continue
    if (from !== null && compareOrder(row.order, from) > 0) newer.push(row)
    else older.push({ row, order: row.order })
  }
  older.sort((a, b) => compareOrder(b.order, a.order))
  const filling = older.slice(0, Math.max(0, free - newer.length))
  return { taken: [...newer, ...filling.map(({ row }) => row)], from: filling.at(-1)?.order ?? from, isLeft: older.length > filling.length }
}

/** The same object when nothing changed, so that a list draws only what did. */
function reuse (previous: Message | undefined, next: Message): Message {
  const keys = Object.keys(next) as (keyof Message)[]
  return previous !== undefined && keys.every((key) => isSame(previous[key], next[key]) || key === 'sentAt') ? previous : next
}

/** Of lists by what is in them: they are made anew each time. */
const isSame = (one: unknown, other: unknown): boolean => one === other || (Array.isArray(one) && JSON.stringify(one) === JSON.stringify(other))
