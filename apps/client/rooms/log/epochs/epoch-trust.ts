/**
 * Which epochs can be read by everyone they are for. The sender key of a rotation's wraps follows from its seed, so each recipient can
 * recompute what the others were given.
 *
 * RULE: an epoch is accepted if no wrap of its rotation is known to be missing or wrong, and if that rotation is sealed in an accepted one:
 * the one that the room began with is. Only in accepted epochs anything is sealed.
 */
import type { DeviceKey, EpochId } from '#shared/ids.ts'
import { findMissingWraps } from '../../../crypto/index.ts'
import type { Membership, ResolvedEpoch } from '../../membership/membership.ts'
import type { Rotation } from '../../membership/operations.ts'

type Verdict = 'right' | 'wrong'

export interface EpochTrust {
  /** Keeps what was found before, or what this device has wrapped itself. */
  know(epochId: EpochId, verdict: Verdict): void
  /** Keeps the seed of an epoch until its wraps are checked. */
  keepSeed(epochId: EpochId, seed: Uint8Array<ArrayBuffer>): void
  /** Judges by a membership; `found` are verdicts to be kept. */
  in(membership: Membership): { isAccepted: (epochId: EpochId) => Promise<boolean>, found: Map<EpochId, Verdict> }
}

export const wrapContext = (epochId: EpochId): string => `epoch/${epochId}`

export function createEpochTrust ({ device, openSeed, sealedIn }: {
  device: DeviceKey
  /** Opens this device's wrap; null when there is none. */
  openSeed: (rotation: Rotation) => Promise<Uint8Array<ArrayBuffer> | null>
  /** The epoch that a rotation is sealed in; null for the one that the room began with. */
  sealedIn: (rotation: Rotation) => EpochId | null
}): EpochTrust {
  const verdicts = new Map<EpochId, Verdict>()
  const seeds = new Map<EpochId, Uint8Array<ArrayBuffer>>()

  const check = async (epoch: ResolvedEpoch, rotation: Rotation): Promise<Verdict> => {
    const seed = seeds.get(rotation.epochId) ?? await openSeed(rotation)
    seeds.delete(rotation.epochId)
    if (seed === null) return 'wrong'
    const missing = await findMissingWraps(epoch.encryptionKeys, seed, rotation, wrapContext(rotation.epochId))
    return missing.length === 0 ? 'right' : 'wrong'
  }

  /** Whether a device that came in later was told of an epoch by others, and cannot check it. */
  const isFromBefore = (membership: Membership, epoch: ResolvedEpoch): boolean => {
    const me = membership.memberOf(device)
    return me === null || membership.isBefore(epoch.operation, me.admittedBy) || !epoch.recipients.includes(device)
  }

  return {
    know: (epochId, verdict) => { verdicts.set(epochId, verdict) },
    keepSeed: (epochId, seed) => { seeds.set(epochId, seed) },
    in (membership) {
      const resolved = new Map(membership.epochs.map((epoch) => [epoch.epochId, epoch]))
      const accepted = new Map<EpochId, boolean>()
      const found = new Map<EpochId, Verdict>()

      const isWrong = async (epoch: ResolvedEpoch, rotation: Rotation): Promise<boolean> => {
        // RULE: what nobody can check is not sealed in, so that nobody writes such rotations to evade the check.
        if (rotation.handed === undefined) return true
        let verdict = verdicts.get(rotation.epochId)
        if (verdict === undefined && !isFromBefore(membership, epoch)) {
          verdict = await check(epoch, rotation)
          verdicts.set(rotation.epochId, verdict)
          found.set(rotation.epochId, verdict)
        }
        return verdict === 'wrong'
      }

      /** Follows the epochs that rotations are sealed in, back to one of which it is known. */
      const isAccepted = async (epochId: EpochId): Promise<boolean> => {
        const path = new Set<EpochId>()
        let verdict: boolean | undefined
        for (let at: EpochId | null = epochId; verdict === undefined;) {
          verdict = at === null ? true : path.has(at) ? false : accepted.get(at)
          if (at === null || verdict !== undefined) break
          path.add(at)
          const epoch = resolved.get(at), rotation = epoch?.rotation
          // While the operation is not known that the room began with, all that this device was handed is as good.
          if (epoch === undefined || rotation === undefined) verdict = membership.name === null
          else if (rotation === null) verdict = true
          else if (await isWrong(epoch, rotation)) verdict = false
          else at = sealedIn(rotation)
        }
        for (const one of path) accepted.set(one, verdict === true)
        return verdict === true
      }
      return { isAccepted, found }
    }
  }
}
