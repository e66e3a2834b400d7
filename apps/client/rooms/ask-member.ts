/** Asks one member to be let in by a link. */
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, EpochId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { decodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Device } from '../identity/index.ts'
import type { Mesh } from '../mesh/types.ts'
import { askToJoin, JOIN_FRAME_MAX_BYTES, JOIN_PROTOCOL, type Welcome } from '../protocols/join/index.ts'
import type { JoinRecord } from '../store/index.ts'
import { inviteKeys, proveInvite } from './invitations.ts'
import { toEpochs } from './join-at-node.ts'
import { openBundle } from './key-bundle.ts'
import type { MemberRecord } from './membership/operations.ts'
import { memberOf } from './membership/resolve.ts'
import type { RoomLog } from './room-log.ts'

/** What joining needs of the rooms. */
export interface JoinableRooms {
  get(tag: RoomTag): { readonly log: RoomLog } | null
  /** The log of a room that is open, or a new one that is not listed yet. */
  logOf(tag: RoomTag): Promise<RoomLog>
  /** Lists a room. `firstEpochId`: the epoch it began with, where its first operation is not known yet. */
  add(log: RoomLog, name: string, firstEpochId?: EpochId): Promise<void>
}

/** Longer than a relayed dial and a member's disk. */
const ASK_TIMEOUT_MS = 20_000

/** Rejects when the member could not be asked. `pending`: a moderator has to say yes. */
export async function askMember ({ mesh, device, rooms, memberRecord, join, member, signal }: {
  mesh: Mesh
  device: Device
  rooms: JoinableRooms
  memberRecord: () => Promise<MemberRecord>
  join: JoinRecord
  member: DeviceKey
  signal: AbortSignal
}): Promise<'in' | 'pending' | ErrorCode> {
  const { roomTag, secret, roomName } = join
  const until = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
  const stream = await mesh.open(member, JOIN_PROTOCOL, { signal: until, maxFrameBytes: JOIN_FRAME_MAX_BYTES })
  const record = await memberRecord()
  const { id } = await inviteKeys(secret)
  try {
    const welcome = await askToJoin(stream, {
      roomTag, inviteId: id, signal: until,
      prove: async (challenge) => await proveInvite(secret, roomTag, challenge, record)
    })
    if (welcome === null) return 'pending'
    const secrets = await openBundle(welcome, `welcome/${roomTag}`, device.encryption.all())
    const entries = await readEntries(welcome.entries, roomTag)
    const log = await rooms.logOf(roomTag)
    await log.addEpochs(await toEpochs(secrets))
    await log.append(entries)
    // What the member handed over must itself say that this device is in: else it was no welcome to this room.
    if (memberOf(log.membership.peek(), device.key) === null) return 'invite-refused'
    await rooms.add(log, log.membership.peek().name ?? roomName)
    return 'in'
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('join failed'))
    if (error instanceof ParleyError && (error.category === 'conflict' || error.code === 'room-full')) return error.code
    throw error
  }
}

async function readEntries (entries: Welcome['entries'], roomTag: JoinRecord['roomTag']): Promise<VerifiedEnvelope[]> {
  const verified: VerifiedEnvelope[] = []
  for (const { envelope, device } of entries) {
    const decoded = await decodeEnvelope(envelope)
    if (decoded.header.roomTag !== roomTag || decoded.header.kind !== 'operation') throw new WireError('foreign-entry')
    verified.push(await verifyEnvelope(decoded, device))
  }
  return verified
}
