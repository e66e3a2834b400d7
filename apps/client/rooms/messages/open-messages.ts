/** Makes `Room.messages`. */
import { computed } from '@preact/signals-core'
import type { EnvelopeId } from '#shared/ids.ts'
import { tellsAuthors, tellsReads } from '../live/acknowledgement-policy.ts'
import type { Live } from '../live/open-live.ts'
import type { Actions } from '../people/actions/open-actions.ts'
import type { Standing } from '../people/standing.ts'
import type { RoomCore } from '../room-core.ts'
import type { Upkeep } from '../upkeep.ts'
import { encodeText } from './content.ts'
import { createDraft } from './draft.ts'
import type { RoomMessages } from './facet.ts'
import type { Holdings } from './holdings.ts'
import { createMessageActions } from './message-actions.ts'
import type { News } from './news.ts'
import { openTimeline } from './timeline.ts'

export interface MessagesParts {
  standing: Standing
  holdings: Holdings
  live: Pick<Live, 'typing' | 'acknowledgements'>
  news: Pick<News, 'refresh'>
  upkeep: Pick<Upkeep, 'eraseAtNode'>
  actions: Pick<Actions, 'act'>
}

export interface Messages {
  readonly facet: RoomMessages
  /** Deletes a message whether or not this device has caught up. */
  deleteAtOnce(id: EnvelopeId): Promise<void>
  flush(): Promise<void>
}

export function openMessages (core: RoomCore, parts: MessagesParts): Messages {
  const { standing, holdings, live, news, upkeep, actions: { act } } = parts
  const { context: { store, myUser, isSuperseded }, log, scope, naming, record, saveRecord, changeRecord, onTrouble } = core
  const { mayWrite, maySend, mayDelete, nextSendAt } = standing
  const { delivery, keptAtNode } = holdings.tracker
  const { flush, ...draft } = createDraft({ record, scope, change: changeRecord, save: async () => await saveRecord({}) })

  const send = async (text: string): Promise<EnvelopeId> => {
    const { id } = await log.writeMessage(encodeText(text))
    live.typing.sent()
    return id
  }
  const { deleteAtOnce, ...actions } = createMessageActions({
    log, naming, store, scope, myUser, mayWrite, mayDelete, delivery, record, saveRecord, upkeep, act,
    onLook (seq) {
      live.acknowledgements.ask()
      holdings.counts.ask(seq)
    }
  })
  return {
    flush, deleteAtOnce,
    facet: {
      ...draft,
      ...actions,
      keptAtNode, nextSendAt,
      send: computed(() => maySend.value && !isSuperseded(log.roomTag) ? send : null),
      openTimeline: (options) => openTimeline({ log, naming, store, delivery, myUser, mayWrite, mayDelete, onTrouble, ...options }),
      async markRead () {
        await store.entries.markRead(log.roomTag)
        await news.refresh()
        await holdings.readMarks.tell()
      },
      acknowledgements: computed(() => ({ perPerson: tellsAuthors(log.membership.value), tellsReads: tellsReads(log.membership.value) }))
    }
  }
}
