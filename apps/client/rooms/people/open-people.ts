/** Makes `Room.people`, and keeps the room told of this person's name and devices. */
import { computed, signal } from '@preact/signals-core'
import { dependOn } from '../../state/depend-on.ts'
import type { Live } from '../live/open-live.ts'
import type { Holdings } from '../messages/holdings.ts'
import type { RoomCore } from '../room-core.ts'
import type { Actions } from './actions/open-actions.ts'
import { describeDisagreements } from './describe-disagreements.ts'
import type { RoomPeople } from './facet.ts'
import { createHandingOver, keepHandingOver } from './handing-over.ts'
import { describeMembers } from './members.ts'
import { createBans, createModeration } from './moderation.ts'
import { keepDevices } from './revocations.ts'
import { keepNameTold } from './tell-name.ts'

export function openPeople (
  core: RoomCore, { tracker, compared }: Holdings, { exchange, agreements }: Pick<Live, 'exchange' | 'agreements'>,
  { act, pending, isFresh }: Actions
): { facet: RoomPeople, start(): void } {
  const { context: { mesh, device, myUser, myName, devices }, log, scope, naming, me, isMember, record, saveRecord } = core
  const entriesVersion = signal(0)
  scope.defer(log.events.on('appended', () => { entriesVersion.value++ }))
  keepNameTold({
    log, scope, me, myName,
    toldName: () => record.peek().toldName,
    saveToldName: async (toldName) => await saveRecord({ toldName })
  })
  return {
    facet: {
      ...createModeration({ log, myUser, isMember, act }),
      pending,
      ...createHandingOver({ log, naming, myUser, isMember }),
      ...describeDisagreements({ disagreements: agreements.disagreements, naming, myUser, record, saveRecord }),
      bans: createBans(log, naming, myUser),
      members: computed(() => {
        dependOn(entriesVersion)
        return describeMembers({
          membership: log.membership.value,
          naming: naming.value,
          links: mesh.links.value,
          present: exchange.present.value,
          lastSeen: tracker.lastSeen.value,
          vectors: compared.vectors.value,
          mine: compared.heldHere(),
          copied: log.copied.value,
          disagreeing: agreements.disagreements.value,
          laws: agreements.laws.value,
          myDevice: device.key
        })
      })
    },
    start () {
      keepHandingOver({ log, myUser, isMember, scope, isFresh })
      keepDevices({ log, scope, device: device.key, myUser, isFresh, ...devices })
    }
  }
}
