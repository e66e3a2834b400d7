/**
 * Which epochs can be read by everyone they are for. The sender key of a rotation's wraps follows from its seed, so each recipient can
 * recompute what the others were given.
 *
 * RULE: an epoch is accepted if no wrap of its rotation is known to be missing or wrong, and if that rotation is sealed in an accepted one:
 * the one that the room began with is. Only in accepted epochs anything is sealed.
 */
import type { DeviceKey, EpochId } from '#shared/ids.ts'
import { findMissingWraps } from '../../../crypto/index.ts'
import { claimsOf, type Membership, type ResolvedEpoch } from '../../membership/membership.ts'
import type { Rotation } from '../../membership/operations.ts'

type Verdict = 'right' | 'wrong'

export interface EpochTrust {
  /** Keeps what was found before, or what this device has wrapped itself. */
  know(epochId: EpochId, verdict: Verdict): void
  /** Keeps the seed of an epoch until its wraps are checked. */
  keepSeed(epochId: EpochId, seed: Uint8Array<ArrayBuffer>): void
  /** Judges by a membership; `found` are verdicts to be kept. */
  in(membership: Membership): {
    isAccepted: (epochId: EpochId) => Promise<boolean>
    isSound: (claim: ResolvedEpoch) => Promise<boolean>
    found: Map<EpochId, Verdict>
  }
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
  /** Of epochs that several claim to have made: by what each of them has wrapped. */
  const contested = new WeakMap<Rotation, Verdict>()
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

      const isWrong = async (claim: ResolvedEpoch, rotation: Rotation): Promise<boolean> => {
        // RULE: what nobody can check is not sealed in, so that nobody writes such rotations to evade the check.
        if (rotation.handed === undefined) return true
        const isContested = claimsOf(resolved.get(rotation.epochId) ?? claim).length > 1
        let verdict = isContested ? contested.get(rotation) : verdicts.get(rotation.epochId)
        if (verdict === undefined && !isFromBefore(membership, claim)) {
          verdict = await check(claim, rotation)
          if (isContested) contested.set(rotation, verdict)
          else {
            verdicts.set(rotation.epochId, verdict)
            found.set(rotation.epochId, verdict)
          }
        }
        return verdict === 'wrong'
      }

      /** Follows the epochs that rotations are sealed in, back to those of which it is known. */
      const isAccepted = async (epochId: EpochId): Promise<boolean> => {
        const reached = new Set([epochId]), right = new Set<EpochId>(), sound: EpochId[] = []
        const sealedUnder = new Map<EpochId, EpochId[]>()
        for (const at of reached) {
          const known = accepted.get(at), epoch = resolved.get(at)
          // While the operation is not known that the room began with, all that this device was handed is as good.
          if (known ?? (epoch === undefined && membership.name === null)) sound.push(at)
          if (known !== undefined || epoch === undefined) continue
          for (const claim of claimsOf(epoch)) {
            const { rotation } = claim
            if (rotation !== null && await isWrong(claim, rotation)) continue
            const sealing = rotation === null ? null : sealedIn(rotation)
            if (sealing === null) sound.push(at)
            else {
              reached.add(sealing)
              sealedUnder.set(sealing, [...sealedUnder.get(sealing) ?? [], at])
            }
          }
        }
        for (let at = sound.pop(); at !== undefined; at = sound.pop()) {
          if (!right.has(at)) sound.push(...sealedUnder.get(at) ?? [])
          right.add(at)
        }
        for (const one of reached) accepted.set(one, right.has(one))
        return right.has(epochId)
      }

      /** Whether an epoch is accepted as this rotation has made it. */
      const isSound = async (claim: ResolvedEpoch): Promise<boolean> => {
        const { rotation } = claim
        if (rotation === null) return true
        if (await isWrong(claim, rotation)) return false
        const sealing = sealedIn(rotation)
        return sealing === null || await isAccepted(sealing)
      }
      return { isAccepted, isSound, found }
    }
  }
}
