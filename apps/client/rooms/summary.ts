/** A room's line in the list of rooms. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { cleanLine } from '#shared/names/clean-line.ts'
import type { RoomPeople, RoomSummary } from '../api.ts'
import { isToEnter } from './membership/resolve.ts'
import type { News } from './messages/news.ts'
import { otherOf } from './other-of.ts'
import type { Standing } from './people/standing.ts'
import type { RoomCore } from './room-core.ts'

export function describeRoom (
  { context: { myUser, device, waiting }, log, title, me, record }: RoomCore, news: News, { members }: Pick<RoomPeople, 'members'>, { standing }: Standing
): ReadonlySignal<RoomSummary> {
  const tag = log.roomTag
  const offeredBy = record.peek().offeredBy
  /** An accepted conversation of which nothing has come yet. */
  const isAwaited = (): boolean => offeredBy !== undefined && log.membership.value.name === null
  const isWaiting = (): boolean => standing.value !== 'banned' && (waiting.value.has(tag) || isToEnter(log.membership.value, myUser, device.key))
  return computed(() => ({
    tag,
    ...title.value,
    unread: news.unread.value,
    lastActivityAt: news.newest.value?.at ?? record.value.createdAt,
    lastMessage: news.newest.value,
    online: members.value.filter((member) => !member.isMe && member.presence === 'online').length,
    isMember: me.value !== null,
    kind: isAwaited() ? 'direct' : log.membership.value.kind,
    topic: cleanLine(log.membership.value.topic),
    parent: log.membership.value.parent,
    peer: isAwaited() ? offeredBy ?? null : otherOf(log.membership.value, myUser),
    role: me.value?.role ?? null,
    standing: me.value !== null ? 'member' : isAwaited() || isWaiting() ? 'waiting' : standing.value
  }))
}
