/** Asks one member to be let in by a link. */
import { ERROR_CODES, type ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, EpochId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { checkForLink, joinStatement, type LinkProof } from '#shared/wire/link-proof.ts'
import { decodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Device } from '../../identity/index.ts'
import type { Mesh } from '../../mesh/types.ts'
import { askToJoin, JOIN_FRAME_MAX_BYTES, JOIN_PROTOCOL, type Welcome } from '../../protocols/join/index.ts'
import type { JoinRecord } from '../../store/index.ts'
import { inviteKeys, proveInvite } from './invitations.ts'
import { toEpochs } from './at-node/join-at-node.ts'
import { openBundle } from '../log/epochs/key-bundle.ts'
import type { ShownRecord } from '../membership/operation-codec.ts'
import { memberOf } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

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

/** Rejects when the member could not be asked, or has not proven to be one. `pending`: a moderator has to say yes. */
export async function askMember ({ mesh, device, rooms, memberRecord, join, member, signal }: {
  mesh: Mesh
  device: Device
  rooms: JoinableRooms
  memberRecord: () => Promise<ShownRecord>
  join: JoinRecord
  member: DeviceKey
  signal: AbortSignal
}): Promise<'in' | 'pending' | ErrorCode> {
  const { roomTag, secret, roomName } = join
  const until = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
  const stream = await mesh.open(member, JOIN_PROTOCOL, { signal: until, maxFrameBytes: JOIN_FRAME_MAX_BYTES })
  const { id } = await inviteKeys(secret)
  try {
    const reply = await askToJoin(stream, {
      roomTag, inviteId: id, signal: until,
      isProven: async (challenge, proof) => await isOfRoom({ rooms, join, device }, member, challenge, proof),
      prove: async (challenge) => await proveInvite(secret, roomTag, challenge, await memberRecord())
    })
    if (reply === 'pending') return 'pending'
    if ('refused' in reply) {
      if (ERROR_CODES[reply.refused] !== 'conflict' && reply.refused !== 'room-full' && reply.refused !== 'device-revoked') throw new WireError('not-a-refusal')
      return reply.refused
    }
    const secrets = await openBundle(reply, `welcome/${roomTag}`, device.encryption.all(), reply.moreKeys)
    const entries = await readEntries(reply.entries, roomTag)
    const log = await rooms.logOf(roomTag)
    await log.addEpochs(await toEpochs(secrets))
    await log.append(entries)
    // What the member handed over must itself say that this device is in: else it was no welcome to this room.
    if (memberOf(log.membership.peek(), device.key) === null) return 'invite-refused'
    await rooms.add(log, log.membership.peek().name ?? roomName)
    return 'in'
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('join failed'))
    throw error
  }
}

/** An open party room is announced in its parent, whose members are known here by their devices; any other link commits to the room's key. */
async function isOfRoom (
  { rooms, join, device }: { rooms: JoinableRooms, join: JoinRecord, device: Device }, member: DeviceKey, challenge: Uint8Array, proof: LinkProof
): Promise<boolean> {
  if (join.access !== undefined) {
    const place = { roomTag: join.roomTag, inviteId: (await inviteKeys(join.secret)).id }
    return await checkForLink(join.access, place, 'join', joinStatement(challenge, member, device.key), proof)
  }
  const parent = join.parent === undefined ? null : rooms.get(join.parent)
  return parent !== null && memberOf(parent.log.membership.peek(), member) !== null
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
