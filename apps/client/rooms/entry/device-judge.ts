/** Whether a device is still one of its person: what is asked wherever a device is let in, besides what the room asks. */
import type { ErrorCode } from '#shared/errors.ts'
import { isFresh } from '../../identity/certificate.ts'
import type { DeviceLists } from '../../identity/device-lists.ts'
import type { ShownRecord } from '../membership/operation-codec.ts'

/** Null when it is. The record is certified already; what its list says is taken over. */
export type DeviceJudge = (shown: ShownRecord) => Promise<ErrorCode | null>

/**
 * RULE: a device that any known list of its own person revokes is let in nowhere, whichever list it shows itself.
 * RULE: nor is one that its person has not certified for 90 days.
 * @param now Unix ms
 */
export const createDeviceJudge = ({ lists, now }: { lists: DeviceLists, now: () => number }): DeviceJudge => async (shown) => {
  // A list of somebody else, or one that nobody has signed, says nothing of this device.
  const { list } = shown
  if (list?.user === shown.user) await lists.take(list)
  if (lists.isRevoked(shown.user, shown.device)) return 'device-revoked'
  return isFresh(shown.issuedAt, now()) ? null : 'certificate-expired'
}
