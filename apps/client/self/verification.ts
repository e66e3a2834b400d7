/** Whether somebody's safety number may be compared: not with a device in their hands that is nobody's any more. */
import { ParleyError } from '#shared/errors.ts'
import type { UserKey } from '#shared/ids.ts'
import { isFresh } from '../identity/certificate.ts'
import type { DeviceLists } from '../identity/device-lists.ts'
import { isRenewal } from '../rooms/log/check-operation.ts'
import { devicesKnownOf } from '../rooms/entry/direct/direct.ts'
import type { ResolvedDevice } from '../rooms/membership/resolve.ts'
import type { Rooms } from '../rooms/index.ts'

export interface Verification {
  /** @throws {ParleyError} `member-revoked`, `member-uncertified` (rejects) */
  require(user: UserKey): Promise<void>
}

/**
 * RULE: a person is verified by a device that they have certified lately and not revoked. Of who is in no room with this person nothing is known to judge.
 * @param now Unix ms
 */
export function createVerification ({ rooms, lists, now }: { rooms: Pick<Rooms, 'all'>, lists: DeviceLists, now: () => number }): Verification {
  const isCertifiedNow = async ({ certified, renewed }: ResolvedDevice): Promise<boolean> =>
    isFresh(certified.issuedAt, now()) || (renewed !== null && isFresh(renewed.issuedAt, now()) && await isRenewal(certified, renewed))
  return {
    async require (user) {
      const devices = devicesKnownOf(user, [...rooms.all.peek().values()].map(({ log }) => log))
      const left = devices.filter(({ device }) => !lists.isRevoked(user, device))
      if (devices.length === 0 || (await Promise.all(left.map(isCertifiedNow))).includes(true)) return
      throw new ParleyError(left.length === 0 ? 'member-revoked' : 'member-uncertified')
    }
  }
}
