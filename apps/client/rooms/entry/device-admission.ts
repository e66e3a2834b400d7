/**
 * Devices of members: written into a room on the word of their person's root key, and out of it again.
 */
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import { isCertified } from '../log/check-operation.ts'
import type { DeviceJudge } from './device-judge.ts'
import { decodeShown } from '../membership/operation-codec.ts'
import { memberOf } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Devices that were written in without effect, so that one that was revoked cannot fill the log by asking again. */
const refused = new WeakMap<RoomLog, Set<DeviceKey>>()

/**
 * RULE: a member's device is admitted by whoever it asks, if the root key and the device itself have signed for each other.
 * @param shownBytes a shown record @param asker the device at the other end @param judge whether it is still its person's
 * @throws {WireError} when the record is malformed (rejects)
 */
export async function admitDevice (log: RoomLog, shownBytes: Uint8Array, asker: DeviceKey, judge: DeviceJudge): Promise<ErrorCode | null> {
  const shown = decodeShown(shownBytes)
  const { list: _, ...member } = shown
  if (member.device !== asker || !await isCertified(member)) return 'not-allowed'
  const known = memberOf(log.membership.peek(), asker)
  if (known !== null && known.user !== member.user) return 'not-allowed'
  if (!log.membership.peek().members.has(member.user)) return 'removed-from-room'
  const trouble = await judge(shown)
  if (trouble === 'device-revoked') return trouble
  if (known !== null) return null
  if (trouble !== null) return trouble
  // RULE: nothing is written for a device that has no seat, and it is not out for good: seats become free.
  const full = log.membership.peek().refuseSeat(member.user, asker)
  if (full !== null) return full
  const vain = refused.get(log) ?? new Set()
  if (vain.has(asker)) return 'device-revoked'
  await log.writeOperation({ type: 'adddev', member })
  if (memberOf(log.membership.peek(), asker) !== null) return null
  refused.set(log, vain.add(asker))
  return 'device-revoked'
}

/** Ends a device in a room and re-keys the room for all others. Does nothing where the device is not in. */
export async function removeDevice (log: RoomLog, device: DeviceKey): Promise<void> {
  if (memberOf(log.membership.peek(), device) === null) return
  const devTag = [...log.membership.peek().authors].find(([, author]) => author.device === device)?.[0]
  const cut = devTag === undefined ? 0 : highestOf(log.vector().get(devTag)?.have ?? [])
  await log.writeRemoval((other) => other === device, (rotation) => ({ type: 'rmdev', device, cut, rotation }))
}

/** Puts the devices of somebody out that are out, by one's own authority; leaves of their messages what is left. */
export async function putOutAgain (log: Pick<RoomLog, 'membership' | 'writeRemoval'>, user: UserKey): Promise<void> {
  const { putOut, authors } = log.membership.peek()
  for (const [devTag, { device }] of [...authors].filter(([, author]) => author.user === user && putOut.has(author.device))) {
    const cut = log.membership.peek().cuts.get(devTag) ?? 0
    await log.writeRemoval((other) => other === device, (rotation) => ({ type: 'rmdev', device, cut, rotation }))
  }
}
