/**
 * Budgets of the senders of gossip, around the judging of a frame in `exchange.ts`: the carrier has paid at its link already, the author pays
 * once the signature has proven who that is.
 *
 * Flow: decode → `refusalOf` (nothing expensive has happened) → signature → `charge` → apply.
 */
import type { DeviceKey } from '#shared/ids.ts'
import type { GossipFrame } from '#shared/wire/gossip.ts'
import type { BudgetName } from '../../budgets.ts'
import type { PeerBudgets } from '../../mesh/peer-budgets.ts'
import type { Remote } from '../../mesh/types.ts'
import type { PresenceContent } from '../../protocols/presence/index.ts'

export interface FrameBudget {
  /**
   * Why a frame is dropped before its signature is checked; null when it is to be judged. Its author is only claimed so far, and pays nothing
   * yet, except where it has brought the frame itself.
   */
  refusalOf(frame: GossipFrame, from: Remote): string | null
  /** Charges the author whose signature was checked. False: the frame is to be ignored. */
  charge(author: DeviceKey, from: Remote, kind: PresenceContent['type'] | 'envelope'): boolean
  /** Charges a carrier for a frame that no honest one passes on. */
  blame(from: Remote): void
  /** Charges a carrier for an entry of an author who is not known. False: nobody is to be asked about it. */
  chargeStranger(from: Remote): boolean
}

export function createFrameBudget ({ budgets, drop }: { budgets: PeerBudgets, drop: (reason: string) => void }): FrameBudget {
  return {
    refusalOf ({ type, device }, from) {
      if (budgets.isIgnored(device)) return 'from-ignored'
      const budget: BudgetName = type === 'envelope' ? 'envelopes' : 'presence'
      // Noise has proven who is at the other end of the link.
      return (device === from ? budgets.take(budget, device) : budgets.has(budget, device)) ? null : 'over-budget'
    },
    charge (author, from, kind) {
      if (author !== from && !budgets.take(kind === 'envelope' ? 'envelopes' : 'presence', author)) return false
      if (kind === 'receipt-and-read') return budgets.take('receipt', author) && budgets.take('read', author)
      return kind === 'envelope' || budgets.take(kind, author)
    },
    blame (from) {
      // The node checks signatures of what it carries as well, and cannot be ignored: who has no other way in would be cut off.
      if (from === 'node') drop('forged-by-node')
      else budgets.take('forged', from)
    },
    chargeStranger: (from) => from === 'node' || budgets.take('strangers', from)
  }
}
