/** Which epochs not everyone they are for can read, though operations are sealed in them, and whether a rotation is due for that. */
import type { EnvelopeId, EpochId } from '#shared/ids.ts'
import { ROTATION_MAX_HANDED } from '#shared/limits.ts'
import type { Membership, ResolvedEpoch } from '../../membership/membership.ts'
import type { Rotation } from '../../membership/operations.ts'

export interface Unsettled {
  /** Whether members may seal in such an epoch, or lack its key, since no rotation has taken care of it. */
  isDue: boolean
  /** The newest operation whose rotation handed something over. */
  lastMended: EnvelopeId | null
  /** Selects what a rotation that leads back to `previous` has to hand over: what is broken first, of that the newest first. */
  toHandOver(previous: EpochId): Promise<EpochId[]>
}

export const NOTHING_UNSETTLED: Unsettled = { isDue: false, lastMended: null, toHandOver: () => Promise.resolve([]) }

export async function findUnsettled ({ membership, usedIn, sealing, isHeld, isAccepted, sealedIn, reachFrom }: {
  membership: Membership
  /** The operations that are sealed in each epoch. */
  usedIn: ReadonlyMap<EpochId, readonly EnvelopeId[]>
  /** The epoch in which the next operation is sealed. */
  sealing: ResolvedEpoch | null
  isHeld: (id: EpochId) => boolean
  isAccepted: (id: EpochId) => Promise<boolean>
  sealedIn: (rotation: Rotation) => EpochId | null
  reachFrom: (start: Iterable<EpochId>) => Promise<Set<EpochId>>
}): Promise<Unsettled> {
  if (sealing === null) return NOTHING_UNSETTLED
  const { epochs, heads } = membership
  const places = new Map(epochs.map(({ epochId }, place) => [epochId, place]))
  const sound: EpochId[] = [], broken: EpochId[] = []
  for (const [id, operations] of usedIn) {
    if (!isHeld(id)) continue
    if (await isAccepted(id)) sound.push(id)
    // What nothing that counts has built on keeps nobody waiting.
    else if (operations.some((operation) => heads.some((head) => membership.isBefore(operation, head)))) broken.push(id)
  }
  const byPlace = (a: EpochId, b: EpochId): number => (places.get(b) ?? -1) - (places.get(a) ?? -1)
  const toHave = [...broken.sort(byPlace), ...sound.sort(byPlace)]

  const isUnknownTo = async ({ epochId, rotation, operation }: ResolvedEpoch): Promise<boolean> => rotation !== null && epochId !== null &&
    isHeld(epochId) && !membership.isBefore(operation, sealing.operation) && !await isAccepted(epochId)
  const lacks = async (): Promise<boolean> => {
    if (broken.length === 0) return false
    const reached = await reachFrom(sealingChain(sealing, epochs, sealedIn))
    return broken.slice(0, ROTATION_MAX_HANDED).some((id) => !reached.has(id))
  }
  let isDue = await lacks()
  for (const epoch of epochs) isDue ||= await isUnknownTo(epoch)

  return {
    isDue,
    lastMended: epochs.findLast((epoch) => epoch.rotation?.handed != null)?.operation ?? null,
    async toHandOver (previous) {
      const reached = await reachFrom([previous, ...sealingChain(sealing, epochs, sealedIn)])
      return toHave.filter((id) => !reached.has(id)).slice(0, ROTATION_MAX_HANDED)
    }
  }
}

/** Everyone who can read an epoch has read the operation that brought it, and so the epoch which that is sealed in. */
function sealingChain (of: ResolvedEpoch, epochs: readonly ResolvedEpoch[], sealedIn: (rotation: Rotation) => EpochId | null): Set<EpochId> {
  const resolved = new Map(epochs.map((epoch) => [epoch.epochId, epoch]))
  const firstId = epochs.find(({ rotation }) => rotation === null)?.epochId ?? null
  const chain = new Set<EpochId>()
  for (let at: ResolvedEpoch | undefined = of; at !== undefined;) {
    const id: EpochId | null = at.epochId
    if (id === null || chain.has(id)) break
    chain.add(id)
    at = at.rotation === null ? undefined : resolved.get(sealedIn(at.rotation) ?? firstId)
  }
  return chain
}
