/** What this device says to somebody who asks it directly to be let in. */
import { encodeEnvelope } from '#shared/wire/envelope.ts'
import type { DeviceKey, InviteId, UserKey } from '#shared/ids.ts'
import { joinStatement, proveForLink } from '#shared/wire/link-proof.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { Admission, JoinProof, Welcome } from '../../protocols/join/index.ts'
import { bundleInParts, secretsForNewcomer } from '../log/epochs/key-bundle.ts'
import type { RoomLog } from '../log/room-log.ts'
import { decodeShown } from '../membership/operation-codec.ts'
import type { MemberRecord } from '../membership/operations.ts'
import { welcomeContext, type Applicant, type Judge } from './judge.ts'

export interface Admitting {
  /** For the join protocol; null when this device may let nobody in, so that the joiner asks somebody else. */
  admissionOf(inviteId: InviteId, joiner: DeviceKey): Admission | null
}

export function createAdmitting ({ log, keys, device, myUser, judge, onPending }: {
  log: RoomLog
  /** The room's access key. */
  keys: RoomKeys
  device: DeviceKey
  myUser: UserKey
  judge: Judge
  /** Somebody has asked who waits for a moderator's word. */
  onPending: (applicant: Applicant) => void
}): Admitting {
  const userOf = (joiner: DeviceKey): UserKey | null =>
    [...log.membership.peek().authors.values()].find((author) => author.device === joiner)?.user ?? null

  return {
    admissionOf (inviteId, joiner) {
      if (!log.membership.peek().rightsOf(myUser).canAdmit) return null
      return {
        prove: async (challenge) => await proveForLink(keys, { roomTag: log.roomTag, inviteId }, 'join', joinStatement(challenge, device, joiner)),
        check: () => judge.check(inviteId, joiner, userOf(joiner)),
        async admit (challenge, { member: memberBytes, signature }: JoinProof) {
          const member = decodeShown(memberBytes)
          if (member.device !== joiner) return 'invite-refused'
          const applicant = { member, proof: { inviteId, challenge, signature } }
          const verdict = await judge.judge(applicant)
          if (verdict === 'pending') onPending(applicant)
          return verdict === 'admitted' ? await welcomeOf(log, member) : verdict
        }
      }
    }
  }
}

/** What somebody is handed who is a member now. */
export async function welcomeOf (log: RoomLog, member: Pick<MemberRecord, 'user' | 'encryptionKey'>): Promise<Welcome> {
  const secrets = secretsForNewcomer(log, member.user)
  const { more: moreKeys, ...bundle } = await bundleInParts(member.encryptionKey, welcomeContext(log), secrets)
  const entries = log.operations.all().map((envelope) => ({ envelope: encodeEnvelope(envelope), device: envelope.device }))
  return { ...bundle, moreKeys, entries }
}
