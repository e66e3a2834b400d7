import { createPeerBudgets, type PeerBudgets } from '../mesh/peer-budgets.ts'
import { createScope } from '../state/scope.ts'

/** The budgets of a device that has not heard from anyone yet. */
export const openBudgets = (drop: (reason: string) => void = () => {}): PeerBudgets => createPeerBudgets({ scope: createScope(() => {}), drop })
