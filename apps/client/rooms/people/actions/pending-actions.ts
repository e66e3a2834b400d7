/**
 * Actions on others are written with fresh heads only. One that was asked for without is kept here, and its person is
 * asked again once this device has caught up: then it may mean something else.
 */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { UserKey } from '#shared/ids.ts'
import { PENDING_ACTIONS_MAX } from '#shared/limits.ts'
import type { DisplayedName } from '../../../api-names.ts'
import type { PendingActionRecord, RoomRecord } from '../../../store/index.ts'
import type { RoomLog } from '../../log/room-log.ts'
import type { Naming } from '../naming.ts'
import { changesOf, contextOf, isAboutSame, isOnOthers, isOver } from './action-changes.ts'
import type { ActionChange, AuthorityAction, PendingAction } from './facet.ts'
import type { Freshness } from './freshness.ts'

export interface PendingActions {
  readonly pending: ReadonlySignal<readonly PendingAction[]>
  /**
   * Writes an action where this device has caught up, else keeps it. Rejects with what `perform` throws, and
   * `too-many-pending`.
   */
  act: (action: AuthorityAction) => Promise<void>
}

export function createPendingActions ({ log, naming, myUser, now, freshness, isMember, record, saveRecord, perform }: {
  log: Pick<RoomLog, 'membership'>
  naming: ReadonlySignal<Naming>
  myUser: UserKey
  /** Unix ms. */
  now: () => number
  freshness: Pick<Freshness, 'isFresh' | 'check' | 'catchUp'>
  isMember: ReadonlySignal<boolean>
  record: ReadonlySignal<RoomRecord>
  saveRecord: (change: Pick<RoomRecord, 'pendingActions'>) => Promise<void>
  /** Writes an action at once. */
  perform: (action: AuthorityAction) => Promise<void>
}): PendingActions {
  const kept = (): readonly PendingActionRecord[] => record.peek().pendingActions ?? []
  const discard = async (id: string): Promise<void> =>
    await saveRecord({ pendingActions: kept().filter((one) => one.id !== id) })
  const keep = async (action: AuthorityAction, context: PendingActionRecord['context']): Promise<void> => {
    const others = kept().filter((one) => !isAboutSame(one.action, action))
    if (others.length >= PENDING_ACTIONS_MAX) throw new ParleyError('too-many-pending')
    await saveRecord({ pendingActions: [...others, { id: crypto.randomUUID(), action, context }] })
  }

  const act = async (action: AuthorityAction): Promise<void> => {
    const before = log.membership.peek(), context = contextOf(action, before)
    if (isOnOthers(action, myUser) && !freshness.check()) {
      await freshness.catchUp()
      // RULE: what was asked for without knowing what the exchange has brought is asked once more.
      const isSame = before.heads.join() === log.membership.peek().heads.join()
      if (!freshness.check() || !isSame) { await keep(action, context); return }
    }
    await perform(action)
  }

  const named = (change: ActionChange<UserKey>): ActionChange => {
    const nameOf = (user: UserKey): DisplayedName => naming.value.of(user)
    if (change.type === 'gone') return { ...change, by: change.by === null ? null : nameOf(change.by) }
    return change.type === 'came-in' ? { ...change, people: change.people.map(nameOf) } : change
  }
  const describe = ({ id, action, context }: PendingActionRecord): PendingAction => {
    const membership = log.membership.value
    const isReady = freshness.isFresh.value
    const changes = isReady ? changesOf(action, context, membership, { myUser, now: now() }) : []
    const state = !isReady ? 'waiting' : isOver(action, changes, membership, myUser) ? 'over' : 'ready'
    return {
      id, action, state,
      name: action.type === 'policy' ? null : naming.value.of(action.user),
      changes: changes.map(named),
      confirm: state !== 'ready' ? null : async () => {
        if (!freshness.check()) await freshness.catchUp()
        if (!freshness.check()) throw new ParleyError('node-unreachable')
        await perform(action)
        await discard(id)
      },
      discard: async () => await discard(id)
    }
  }

  return {
    act,
    pending: computed(() => isMember.value ? (record.value.pendingActions ?? []).map(describe) : [])
  }
}
