/** Devices that see another room, as people see them, and how they put the notice away. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { RoomPeople } from './facet.ts'
import type { DisagreementRecord, RoomRecord } from '../../store/index.ts'
import type { Naming } from './naming.ts'

/** Devices that are remembered as put away: more than a room can name at once. */
const DISMISSED_MAX = 200

export function describeDisagreements ({ disagreements, naming, myUser, record, saveRecord }: {
  disagreements: ReadonlySignal<ReadonlyMap<DeviceKey, DisagreementRecord>>
  naming: ReadonlySignal<Naming>
  myUser: UserKey
  record: ReadonlySignal<RoomRecord>
  saveRecord: (change: Pick<RoomRecord, 'dismissedDisagreements'>) => Promise<void>
}): Pick<RoomPeople, 'disagreements' | 'dismissDisagreements'> {
  return {
    disagreements: computed(() => [...disagreements.value.values()].map((one) => {
      const { text: name, mark: nameMark } = naming.value.of(one.user)
      return { ...one, name, nameMark, isMe: one.user === myUser, isDismissed: record.value.dismissedDisagreements?.includes(one.device) ?? false }
    })),
    // RULE: it is put away for a device, for good: who claims to agree and then not to, again and again, is shown once.
    async dismissDisagreements () {
      const dismissed = new Set([...record.peek().dismissedDisagreements ?? [], ...disagreements.peek().keys()])
      await saveRecord({ dismissedDisagreements: [...dismissed].slice(-DISMISSED_MAX) })
    }
  }
}
