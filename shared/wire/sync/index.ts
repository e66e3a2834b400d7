/**
 * Sync: two replicas of a room become equal. Peers and the node's mailbox speak it alike, over any `FrameStream`.
 *
 * Flow: HELLO (proof of access, digests) → SAME, and it is over; or VEC both ways, for the buckets that differ. Then both sides at once
 * WANT what they lack (operations first, then the newest of everybody), take RUNs, ACK what is durable, and say DONE. What does not fit
 * to what is held is asked for once more as evidence and told on as FORK.
 *
 * Messages and their bytes: messages.ts, run.ts. Everything from the other side is hostile until it is verified here.
 *
 * @example
 * const access = createMemberAccess({ roomTag, epochId: () => epoch, keys, localKey })
 * const { remote, withheld } = await runSync(stream, { replica, access }, { remoteKey, signal })
 * // at the other end
 * const { roomTag, result } = await acceptSync(stream, { roomOf: (tag) => rooms.get(tag) ?? null, remoteKey, signal })
 */
export { createCarrierAccess, createMemberAccess, deriveAccessKey, type Access, type AccessKeyPair, type EpochAccess } from './access.ts'
export { SyncRefused } from './channel.ts'
export { checkRun, type CheckedRun, type RunJob } from './check-run.ts'
export { SYNC_PROTOCOL } from './messages.ts'
export type { DeviceLog, LogRange, Replica } from './replica.ts'
export type { SyncRoom } from './room.ts'
export { acceptSync, runSync, type SyncResult } from './session.ts'
