/** From an invite link to a room: finds a member who is there, proves the link, takes the keys and operations it is handed. */
import { signal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { Invite } from '#shared/invite.ts'
import type { JoinAttempt, JoinState } from '../api.ts'
import { epochFromSecrets } from '../crypto/index.ts'
import type { Device } from '../identity/index.ts'
import type { Mesh } from '../mesh/types.ts'
import { askToJoin, JOIN_FRAME_MAX_BYTES, JOIN_PROTOCOL } from '../protocols/join/index.ts'
import { inviteKeys, openWelcome, proveInvite } from './invitations.ts'
import type { MemberRecord } from './membership/operations.ts'
import { memberOf } from './membership/resolve.ts'
import type { RoomLog } from './room-log.ts'

/** Somebody who may admit can come at any moment; asking the node costs a hundred bytes. */
const RETRY_MS = 1500
const LOOK_UP_TIMEOUT_MS = 5000
/** Longer than a relayed dial and a member's disk. */
const ASK_TIMEOUT_MS = 20_000

/** What joining needs of the rooms. */
export interface JoinableRooms {
  get(tag: RoomTag): { readonly log: RoomLog } | null
  logOf(tag: RoomTag): Promise<RoomLog>
  add(log: RoomLog, name: string): Promise<void>
}

export interface Joining {
  /** Starts, or answers the attempt for the same room that is under way. */
  join(invite: Invite): JoinAttempt
  stop(): void
}

export function createJoining ({ rooms, mesh, device, memberRecord, onTrouble }: {
  rooms: JoinableRooms
  mesh: Mesh
  device: Device
  memberRecord: () => Promise<MemberRecord>
  onTrouble: (error: unknown) => void
}): Joining {
  const attempts = new Map<RoomTag, JoinAttempt>()

  const isIn = (tag: RoomTag): boolean => {
    const log = rooms.get(tag)?.log
    return log !== undefined && memberOf(log.membership.peek(), device.key) !== null
  }

  /** Asks one member. Answers null when let in, else why not; rejects when the member could not be asked. */
  const ask = async (invite: Invite, member: DeviceKey, signal: AbortSignal): Promise<ErrorCode | null> => {
    const until = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
    const { roomTag, secret } = invite
    const stream = await mesh.open(member, JOIN_PROTOCOL, { signal: until, maxFrameBytes: JOIN_FRAME_MAX_BYTES })
    const record = await memberRecord()
    try {
      const welcome = await askToJoin(stream, {
        roomTag, inviteId: (await inviteKeys(secret)).id, signal: until,
        prove: async (challenge) => await proveInvite(secret, roomTag, challenge, record)
      })
      const { secrets, entries } = await openWelcome(welcome, roomTag, device.encryption)
      const log = await rooms.logOf(roomTag)
      await log.addEpochs((await Promise.all(secrets.map(epochFromSecrets))).filter((epoch) => epoch !== null))
      await log.append(entries)
      // What the member handed over must itself say that this device is in: else it was no welcome to this room.
      if (memberOf(log.membership.peek(), device.key) === null) return 'invite-refused'
      await rooms.add(log, log.membership.peek().name ?? invite.roomName)
      return null
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('join failed'))
      if (error instanceof ParleyError && error.category === 'conflict') return error.code
      if (error instanceof ParleyError && error.code === 'room-full') return error.code
      throw error
    }
  }

  /** One round over everybody who is there. */
  const round = async (invite: Invite, state: { value: JoinState }, signal: AbortSignal): Promise<'in' | 'nobody' | ErrorCode> => {
    if (mesh.node.peek() !== 'online') return 'nobody'
    const lookUp = AbortSignal.any([signal, AbortSignal.timeout(LOOK_UP_TIMEOUT_MS)])
    const members = await mesh.lookUp(invite.roomTag, { signal: lookUp }).catch(() => [])
    let refusal: ErrorCode | null = null
    for (const member of members) {
      state.value = { status: 'joining', memberName: invite.inviterName }
      try {
        const answer = await ask(invite, member, signal)
        if (answer === null) return 'in'
        refusal = answer
      } catch (error) {
        if (error instanceof ParleyError && error.category === 'environment') throw error
        // Gone in between, or not reachable: the next one, or the next round.
        mesh.drop('join-attempt-failed')
      }
    }
    return refusal ?? 'nobody'
  }

  const run = async (invite: Invite, state: { value: JoinState }, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      if (isIn(invite.roomTag)) {
        state.value = { status: 'joined', roomTag: invite.roomTag }
        return
      }
      const outcome = await round(invite, state, signal)
      if (outcome === 'in') continue
      if (outcome !== 'nobody') throw new ParleyError(outcome)
      const isConnected = mesh.node.peek() === 'online'
      state.value = { status: isConnected ? 'waiting-for-members' : 'connecting' }
      await sleep(isConnected ? RETRY_MS : RETRY_MS / 10, signal)
    }
  }

  return {
    join (invite) {
      const known = attempts.get(invite.roomTag)
      if (known !== undefined) return known
      const controller = new AbortController()
      const state = signal<JoinState>({ status: 'connecting' })
      const attempt: JoinAttempt = {
        state,
        cancel () {
          controller.abort()
          attempts.delete(invite.roomTag)
        }
      }
      attempts.set(invite.roomTag, attempt)
      run(invite, state, controller.signal).catch((cause: unknown) => {
        if (!(cause instanceof ParleyError)) onTrouble(cause)
        state.value = { status: 'failed', error: cause instanceof ParleyError ? cause : new ParleyError('invite-refused', { cause }) }
      }).finally(() => attempts.delete(invite.roomTag))
      return attempt
    },
    stop () {
      for (const attempt of [...attempts.values()]) attempt.cancel()
    }
  }
}

async function sleep (ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
