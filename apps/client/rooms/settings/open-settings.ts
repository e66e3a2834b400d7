/** Makes `Room.settings`. */
import { computed } from '@preact/signals-core'
import type { Actions } from '../people/actions/open-actions.ts'
import type { RoomCore } from '../room-core.ts'
import type { Upkeep } from '../upkeep.ts'
import { createContinuing } from './continuing.ts'
import type { RoomSettings } from './facet.ts'
import { createSettings } from './room-settings.ts'

export function openSettings (core: RoomCore, upkeep: Pick<Upkeep, 'repair'>, { act }: Pick<Actions, 'act'>): RoomSettings {
  const { context, log, naming, isMember, record, saveRecord } = core
  const forget = async (): Promise<void> => await context.forget(log.roomTag)
  return {
    ...createSettings({ log, myUser: context.myUser, isMember, act }),
    ...createContinuing({
      ...context, log, naming, isMember, hooks: context.parties,
      hidden: () => record.value.hiddenContinuations ?? [],
      hide: async (hidden) => await saveRecord({ hiddenContinuations: [...record.peek().hiddenContinuations ?? [], hidden] })
    }),
    forget: computed(() => isMember.value ? null : forget),
    repair: async () => await upkeep.repair()
  }
}
