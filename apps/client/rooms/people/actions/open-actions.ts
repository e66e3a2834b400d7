/**
 * Actions on others: written with fresh heads, else kept and asked again.
 *
 *   await actions.act({ type: 'ban', user: bob, also: [] })     // written, or
 *   actions.pending.value                                       // [{ state: 'waiting', … }], later 'ready'
 */
import type { ReadonlySignal } from '@preact/signals-core'
import type { Remote } from '../../../mesh/types.ts'
import { memberOf } from '../../membership/resolve.ts'
import type { RoomCore } from '../../room-core.ts'
import type { AuthorityAction, PendingAction } from './facet.ts'
import { createFreshness } from './freshness.ts'
import { createPendingActions } from './pending-actions.ts'
import { performAction, type Performing } from './perform-action.ts'

export interface Actions {
  /** Writes an action where this device has caught up, else keeps it. Rejects with what writing it throws, and `too-many-pending`. */
  act: (action: AuthorityAction) => Promise<void>
  readonly pending: ReadonlySignal<readonly PendingAction[]>
  /** Whether actions on others may be written now. */
  readonly isFresh: ReadonlySignal<boolean>
  /** Takes note of an exchange that has just finished. */
  recordExchange(remote: Remote): void
}

export function openActions (
  core: RoomCore, { exchange, ...performing }: Pick<Performing, 'revokeInvite' | 'deleteMessage'> & { exchange: { compare(): void } }
): Actions {
  const { context: { mesh, myUser, now }, log, scope, naming, isMember, record, saveRecord } = core
  const freshness = createFreshness({
    log, scope, myUser, now,
    isConnected: () => mesh.node.peek() !== 'offline' ||
      [...mesh.links.peek().keys()].some((key) => memberOf(log.membership.peek(), key) !== null),
    compare: () => exchange.compare()
  })
  const { act, pending } = createPendingActions({
    log, naming, myUser, now, freshness, isMember, record, saveRecord,
    perform: async (action) => await performAction(action, { log, myUser, ...performing })
  })
  return { act, pending, isFresh: freshness.isFresh, recordExchange: (remote) => freshness.record(remote) }
}
