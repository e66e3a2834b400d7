/** From whom this person's addresses are hidden, and whom they have blocked. Kept sealed on this device. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { HidesFrom, Privacy } from './api-privacy.ts'
import { memberOf } from './rooms/membership/resolve.ts'
import type { RoomLog } from './rooms/log/room-log.ts'
import type { SelfRecords } from './self/self-record.ts'

export interface PrivacyParts extends Privacy {
  isHiddenFrom(user: UserKey): boolean
  /** The same for a device; whoever shares no room is a stranger. */
  isHiddenFromDevice(device: DeviceKey): boolean
}

export function createPrivacy ({ records, rooms, myUser, onHidesFrom }: {
  records: SelfRecords
  /** Rooms that are open; empty before. */
  rooms: () => ReadonlyMap<unknown, { log: Pick<RoomLog, 'membership'> }>
  myUser: UserKey
  /** Links that stand may have to go. */
  onHidesFrom: () => void
}): PrivacyParts {
  const hidesFrom: ReadonlySignal<HidesFrom> = computed(() => records.record.value.hidesFrom ?? 'nobody')
  const blocked = computed(() => new Set(records.record.value.blocked))

  /** RULE: a contact is who was verified, or with whom this person began a conversation: nobody becomes one by their own doing. */
  const isContact = (user: UserKey): boolean => user === myUser ||
    records.record.peek().verified.some((known) => known.user === user && known.isVerified) ||
    [...rooms().values()].some(({ log }) => log.membership.peek().kind === 'direct' && log.membership.peek().peer === user)

  const isHiddenFrom = (user: UserKey): boolean => {
    const from = hidesFrom.peek()
    return from === 'everybody' || (from === 'strangers' && !isContact(user))
  }

  return {
    hidesFrom, blocked, isHiddenFrom,
    isHiddenFromDevice (device) {
      if (hidesFrom.peek() === 'nobody') return false
      for (const { log } of rooms().values()) {
        const member = memberOf(log.membership.peek(), device)
        if (member !== null) return isHiddenFrom(member.user)
      }
      return true
    },
    async setHidesFrom (next) {
      await records.change(() => ({ hidesFrom: next }))
      onHidesFrom()
    },
    async setBlocked (user, isBlocked) {
      await records.change((record) => ({ blocked: [...(record.blocked ?? []).filter((known) => known !== user), ...isBlocked ? [user] : []] }))
    }
  }
}
