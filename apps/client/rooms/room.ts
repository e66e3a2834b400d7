/** One room: its parts put together as what the UI sees, and as what the rest of the client works with. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { DevTag, UserKey } from '#shared/ids.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { Access } from '#shared/wire/sync/index.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { Room } from '../api.ts'
import type { Remote } from '../mesh/types.ts'
import type { SentPresence } from '../protocols/presence/index.ts'
import type { RoomRecord } from '../store/index.ts'
import type { Admitting } from './entry/admitting.ts'
import type { Invitations } from './entry/invitations.ts'
import { openEntry } from './entry/open-entry.ts'
import { openLive } from './live/open-live.ts'
import { startBranchExchange } from './log/branches/branch-exchange.ts'
import { startKeyRequests } from './log/epochs/key-requests.ts'
import type { RoomLog } from './log/room-log.ts'
import { openHoldings } from './messages/holdings.ts'
import { openNews } from './messages/news.ts'
import { openMessages } from './messages/open-messages.ts'
import { isReadBy } from './messages/read-marks.ts'
import { createParties } from './parties/parties.ts'
import type { Naming } from './people/naming.ts'
import { openActions, type Actions } from './people/actions/open-actions.ts'
import { openPeople } from './people/open-people.ts'
import { createStanding } from './people/standing.ts'
import { openCore, type RoomContext, type RoomCore } from './room-core.ts'
import { openSettings } from './settings/open-settings.ts'
import { describeRoom } from './summary.ts'
import { createUpkeep, type Upkeep } from './upkeep.ts'

export type { RoomContext } from './room-core.ts'

/** A room as the composition root handles it: more than people see. */
export interface OpenedRoom {
  readonly room: Room
  readonly log: RoomLog
  readonly naming: ReadonlySignal<Naming>
  readonly access: Access
  /** The room's access key: what mailbox and rendezvous know the room by. */
  readonly keys: RoomKeys
  readonly admitting: Admitting
  /** Who has offered this room as a direct one; null where it came another way. */
  readonly offeredBy: UserKey | null
  readonly invitations: Pick<Invitations, 'create'>
  /** What a finished sync session has told about the other side. */
  noteRemote(remote: Remote, held: ReadonlyMap<DevTag, readonly LogRange[]>): void
  noteProgress(progress: { received: number, total: number } | null): void
  /** Says something small to whoever is there, that nobody stores. */
  sendPresence(content: SentPresence): void
  /** Begins to exchange with others; once the room is listed, so that they find it. */
  start(): void
  /** Resolves when everything is stored. */
  close(): Promise<void>
}

export async function openRoom (log: RoomLog, record: RoomRecord, context: RoomContext): Promise<OpenedRoom> {
  const core = await openCore(log, record, context)
  const { scope, naming, title, isMember, access, keys } = core
  const { store, mesh, device, myUser, events, now } = context

  const standing = createStanding({ log, scope, myUser, isMember, now })
  const holdings = await openHoldings(core)
  const news = await openNews({ log, naming, store, scope, events, roomName: () => title.peek().name })
  const live = openLive(core, holdings, (read) => {
    scope.run(store.entries.markRead(log.roomTag, isReadBy(read)).then(async () => await news.refresh()))
  })
  const actions = openActions(core, {
    exchange: live.exchange,
    revokeInvite: async (id) => await entry.invitations.revokeInvite(id),
    deleteMessage: async (id) => await messages.deleteAtOnce(id)
  })
  const upkeep = keepUp(core, live.exchange, actions)
  const people = openPeople(core, holdings, live, actions)
  const messages = openMessages(core, { standing, holdings, live, news, upkeep, actions })
  const entry = await openEntry(core, actions)
  const room: Room = {
    tag: log.roomTag,
    summary: describeRoom(core, news, people.facet, standing),
    messages: messages.facet,
    live: live.facet,
    people: people.facet,
    entry: entry.facet,
    settings: openSettings(core, upkeep, actions),
    parties: createParties({ log, myUser, hooks: context.parties })
  }

  return {
    room, log, naming, access, keys,
    admitting: entry.admitting,
    invitations: entry.invitations,
    offeredBy: record.offeredBy ?? null,
    noteRemote (remote, held) {
      // Now at the latest the node knows the room.
      if (remote === 'node') {
        entry.visit()
        upkeep.visit()
      }
      holdings.compared.applySync(remote, held)
      actions.recordExchange(remote)
    },
    noteProgress: (progress) => live.noteProgress(progress),
    sendPresence: (content) => live.exchange.sendPresence(content),
    start () {
      live.start()
      startKeyRequests({ log, store, mesh, present: live.exchange.present, device, scope })
      startBranchExchange({ log, mesh, present: live.exchange.present, scope })
      people.start()
      entry.start()
      upkeep.start()
    },
    async close () {
      await Promise.allSettled([holdings.flush(), messages.flush()])
      scope.end()
    }
  }
}

function keepUp (core: RoomCore, exchange: { compare(): void }, { isFresh }: Pick<Actions, 'isFresh'>): Upkeep {
  const { context, log, scope, keys, record, saveRecord } = core
  const { mesh, device, myUser, now } = context
  return createUpkeep({
    log, device, myUser, scope, now, isFresh,
    certified: context.devices.certified,
    api: () => context.invitationsApi(log.roomTag, keys),
    isReachable: computed(() => mesh.node.value === 'online'),
    isConnected: computed(() => mesh.node.value === 'online' || mesh.links.value.size > 0),
    jobs: () => record.peek().eraseJobs ?? [],
    saveJobs: async (eraseJobs) => await saveRecord({ eraseJobs }),
    compare: () => exchange.compare()
  })
}
