/** Copies without a body: which of them are taken in, and those that wait for what explains them. */
import type { DeviceKey, EnvelopeId } from '#shared/ids.ts'
import type { VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Corrections } from './corrections.ts'
import { mayReadEpoch } from '../membership/history.ts'
import { memberOf, type Membership } from '../membership/resolve.ts'
import type { Retention } from './retention.ts'

/** Stubs that wait for what explains them; more are asked for again by a later sync. */
const WAITING_MAX = 1000

export interface Stubs {
  mayComeErased(entry: VerifiedEnvelope): Promise<boolean>
  /** Keeps one that nothing explains yet. */
  setAside(entry: VerifiedEnvelope): void
  /** Those of them that are explained by now. */
  takeExplained(): Promise<VerifiedEnvelope[]>
}

export function createStubs ({ device, membership, corrections, retention, onDropped }: {
  device: DeviceKey
  membership: () => Membership
  corrections: Pick<Corrections, 'deletionOf'>
  retention: Pick<Retention, 'mayBeOver' | 'refresh'>
  onDropped: (reason: string) => void
}): Stubs {
  const waiting = new Map<EnvelopeId, VerifiedEnvelope>()

  /** What was said before this person came, in a room that keeps it from them: what has erased it is as unreadable to them as it was. */
  const isBeforeTheirTime = ({ header: { epochId } }: VerifiedEnvelope): boolean => {
    const me = memberOf(membership(), device)
    const isKnown = membership().epochs.some((epoch) => epoch.epochId === epochId)
    return me !== null && isKnown && !mayReadEpoch(membership(), epochId, me.user)
  }

  /** RULE: a copy without a body is taken in only of what was taken back or had its time, or may not be read here: nobody erases by serving stubs. */
  const mayComeErased = async (entry: VerifiedEnvelope): Promise<boolean> => {
    const { header, id } = entry
    return header.kind === 'message' &&
      (retention.mayBeOver(header) || isBeforeTheirTime(entry) || await corrections.deletionOf({ id, devTag: header.devTag, heads: header.heads }) !== null)
  }

  return {
    mayComeErased,
    setAside (entry) {
      onDropped('unexplained-erasure')
      if (entry.header.kind === 'message' && waiting.size < WAITING_MAX) waiting.set(entry.id, entry)
    },
    async takeExplained () {
      if (waiting.size > 0) await retention.refresh()
      const explained: VerifiedEnvelope[] = []
      for (const entry of waiting.values()) if (await mayComeErased(entry)) explained.push(entry)
      for (const { id } of explained) waiting.delete(id)
      return explained
    }
  }
}
