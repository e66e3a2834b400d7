/** From messages to what the list shows: where a day begins, where the unread begin, and which messages stand together. */
import type { Message } from '#client'
import { daysBetween } from '../../i18n/index.ts'

/** Messages of one author this close together share one name and picture. */
export const GROUP_WITHIN_MS = 5 * 60_000

export interface MessageRow {
  message: Message
  /** A rule with the date stands above. */
  startsDay: boolean
  /** The "New" line stands above. */
  startsUnread: boolean
  /** Name and picture are shown. */
  startsGroup: boolean
}

/** One row per message, in their order. Rows that did not change keep their object, so that they are not drawn again. */
export function toRows (messages: readonly Message[], before: readonly MessageRow[] = []): MessageRow[] {
  const known = new Map(before.map((row) => [row.message, row]))
  return messages.map((message, index) => {
    const previous = messages[index - 1]
    const startsDay = previous === undefined || daysBetween(previous.sentAt, message.sentAt) !== 0
    const startsUnread = message.isFirstUnread
    const startsGroup = startsDay || startsUnread || previous.author !== message.author ||
      Math.abs(message.sentAt - previous.sentAt) > GROUP_WITHIN_MS
    const old = known.get(message)
    if (old?.startsDay === startsDay && old.startsUnread === startsUnread && old.startsGroup === startsGroup) return old
    return { message, startsDay, startsUnread, startsGroup }
  })
}

/** Whether `next` is `previous` with more in front and the end unchanged. */
export function isPrepend (previous: readonly { id: string }[], next: readonly { id: string }[]): boolean {
  const [first, last] = [previous[0], previous.at(-1)]
  return first !== undefined && next.length > previous.length && next[0]?.id !== first.id && next.at(-1)?.id === last?.id
}

/** How many messages of others came after the one with `seenId`; all of them when it is not known. */
export function countAfter (messages: readonly Message[], seenId: string | null): number {
  let count = 0
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]
    if (message === undefined || message.id === seenId) break
    if (!message.isMine) count++
  }
  return count
}
