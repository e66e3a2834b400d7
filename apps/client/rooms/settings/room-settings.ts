/** What a room is called and what holds in it, changed by those who may. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { UserKey } from '#shared/ids.ts'
import { ROOM_NAME_MAX_CHARS, ROOM_TOPIC_MAX_CHARS } from '#shared/limits.ts'
import type { RoomLog } from '../log/room-log.ts'
import { isCleanName } from '../membership/operation-codec.ts'
import { mayDo } from '../people/actions/action-changes.ts'
import type { AuthorityAction } from '../people/actions/facet.ts'
import { cutsOf } from '../people/cuts.ts'
import type { RoomSettings } from './facet.ts'

export interface SettingsOptions {
  log: Pick<RoomLog, 'membership' | 'writeOperation' | 'vector'>
  myUser: UserKey
  isMember: ReadonlySignal<boolean>
  /** Writes an action on others, or keeps it until this device has caught up. */
  act: (action: AuthorityAction) => Promise<void>
}

export function createSettings ({ log, myUser, isMember, act }: SettingsOptions): Pick<RoomSettings, 'policy' | 'rename' | 'changePolicy' | 'leave'> {
  const rights = computed(() => log.membership.value.rightsOf(myUser))
  const whenever = <T>(isAllowed: () => boolean, action: T): ReadonlySignal<T | null> => computed(() => isMember.value && isAllowed() ? action : null)
  return {
    policy: computed(() => log.membership.value.policy),
    rename: whenever(() => rights.value.canAdminister, async ({ name, topic }) => {
      const { name: nameNow, topic: topicNow } = log.membership.peek()
      await log.writeOperation({ type: 'rename', name: readName(name ?? nameNow ?? ''), topic: readTopic(topic ?? topicNow) })
    }),
    changePolicy: whenever(() => rights.value.canChangePolicy || rights.value.canModerate, async (change) => {
      const action = { type: 'policy', change } as const
      if (!mayDo(action, log.membership.peek(), myUser)) throw new ParleyError('not-allowed')
      await act(action)
    }),
    leave: whenever(() => true, async () => {
      await log.writeOperation({ type: 'remove', user: myUser, isBan: false, cuts: cutsOf(log, myUser), rotation: null })
    })
  }
}

function readName (text: string): string {
  const name = text.trim().replaceAll(/\s+/g, ' ')
  if (!isCleanName(name) || name.length > ROOM_NAME_MAX_CHARS) throw new ParleyError('room-name-malformed', { details: { maxChars: ROOM_NAME_MAX_CHARS } })
  return name
}

function readTopic (text: string): string {
  const topic = text.trim().replaceAll(/\s+/g, ' ')
  if ((topic !== '' && !isCleanName(topic)) || topic.length > ROOM_TOPIC_MAX_CHARS) {
    throw new ParleyError('room-name-malformed', { details: { maxChars: ROOM_TOPIC_MAX_CHARS } })
  }
  return topic
}
