/** What is done to messages that were sent: edited, deleted, read, checked. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import type { Scope } from '../../state/scope.ts'
import { relationKind, relationTarget, type EntryRow, type RoomRecord, type Store } from '../../store/index.ts'
import { DELETED_IDS_MAX, encodeContent, encodeDelete, encodeEdit } from './content.ts'
import type { Delivery } from './delivery.ts'
import type { RoomMessages } from './facet.ts'
import type { AuthorityAction } from '../people/actions/facet.ts'
import type { Naming } from '../people/naming.ts'
import type { RoomLog } from '../log/room-log.ts'
import type { Upkeep } from '../upkeep.ts'

/** Others are told what was read unless the person has said no. */
export const sendsReadMarks = (record: RoomRecord): boolean => record.sendsReadMarks ?? true

export type MessageActions = Pick<RoomMessages, 'edit' | 'react' | 'delete' | 'receiptsOf' | 'sendsReadMarks' | 'setSendsReadMarks'>

export interface MessageActionsOptions {
  log: RoomLog
  naming: ReadonlySignal<Naming>
  store: Store
  scope: Scope
  myUser: UserKey
  /** Whether this person may write here now. */
  mayWrite: ReadonlySignal<boolean>
  /** Whose messages beside their own this person may delete. */
  mayDelete: ReadonlySignal<(user: UserKey) => boolean>
  delivery: ReadonlySignal<Delivery>
  record: ReadonlySignal<RoomRecord>
  saveRecord: (change: Partial<RoomRecord>) => Promise<void>
  upkeep: Pick<Upkeep, 'eraseAtNode'>
  /** Somebody looks who holds the message of this device at a position. */
  onLook: (seq: number) => void
  /** Writes an action on others, or keeps it until this device has caught up. */
  act: (action: AuthorityAction) => Promise<void>
}

export function createMessageActions ({
  log, naming, store, scope, myUser, mayWrite, mayDelete, delivery, record, saveRecord, upkeep, onLook, act
}: MessageActionsOptions): MessageActions & { deleteAtOnce: (id: EnvelopeId) => Promise<void> } {
  const authorOf = (row: EntryRow): UserKey | undefined => log.membership.peek().authors.get(row.devTag)?.user

  const shownMessage = async (id: EnvelopeId): Promise<EntryRow> => {
    const row = await store.entries.byId(log.roomTag, id)
    if (row?.order === undefined || !mayWrite.peek()) throw new ParleyError('not-allowed')
    return row
  }

  const editMessage = async (id: EnvelopeId, text: string): Promise<void> => {
    const row = await shownMessage(id)
    if (authorOf(row) !== myUser || await log.deletionOf(row) !== null) throw new ParleyError('not-allowed')
    await log.writeMessage(encodeEdit(id, text))
  }

  const react = async (target: EnvelopeId, emoji: string, isOn: boolean): Promise<void> => {
    if (await log.deletionOf(await shownMessage(target)) !== null) throw new ParleyError('not-allowed')
    await log.writeMessage(encodeContent({ type: 'reaction', target, emoji, isOn }))
  }

  const deletable = async (id: EnvelopeId): Promise<{ row: EntryRow, author: UserKey }> => {
    const row = await shownMessage(id)
    const author = authorOf(row)
    if (author === undefined || (author !== myUser && !mayDelete.peek()(author))) throw new ParleyError('not-allowed')
    return { row, author }
  }
  const deleteMessage = async (id: EnvelopeId): Promise<void> =>
    await act({ type: 'delete-message', messageId: id, user: (await deletable(id)).author })

  const deleteAtOnce = async (id: EnvelopeId): Promise<void> => {
    const { row, author } = await deletable(id)
    if (await log.deletionOf(row) !== null) return
    const edits = (await store.entries.relatedTo(log.roomTag, 'edit', [id])).filter((edit) => authorOf(edit) === author)
    const named = edits.slice(1 - DELETED_IDS_MAX)
    await log.writeMessage(encodeDelete([id, ...named.map((edit) => edit.id)]))
    await upkeep.eraseAtNode([row, ...named])
  }

  const targetOf = ({ relates: [key] = [] }: EntryRow): EnvelopeId | null => key !== undefined && relationKind(key) === 'edit' ? relationTarget(key) : null
  /** RULE: whose edit turns out to be of a message that is gone takes the edit back, so that its words go too. */
  const takeBackLateEdits = async (edits: readonly EntryRow[]): Promise<void> => {
    for (const edit of edits) {
      const editOf = targetOf(edit)
      if (editOf === null || authorOf(edit) !== myUser || !mayWrite.peek() || await log.deletionOf(edit) !== null) continue
      const target = await store.entries.byId(log.roomTag, editOf)
      if (target === null || await log.deletionOf(target) === null) continue
      await log.writeMessage(encodeDelete([target.id, edit.id]))
      await upkeep.eraseAtNode([edit])
    }
  }
  scope.defer(log.events.on('appended', ({ rows }) => {
    const edits = rows.filter((row) => targetOf(row) !== null)
    if (edits.length > 0) scope.run(takeBackLateEdits(edits))
  }))
  scope.defer(log.events.on('changed', ({ ids }) => scope.run(store.entries.relatedTo(log.roomTag, 'edit', ids).then(takeBackLateEdits))))

  return {
    edit: computed(() => mayWrite.value ? editMessage : null),
    react: computed(() => mayWrite.value ? react : null),
    delete: computed(() => mayWrite.value ? deleteMessage : null),
    deleteAtOnce,
    async receiptsOf (id) {
      const row = await store.entries.byId(log.roomTag, id)
      if (row?.devTag === log.devTag) onLook(row.seq)
      const receipts = row?.order === undefined ? [] : delivery.peek().receiptsOf({ devTag: row.devTag, seq: row.seq, lamport: row.order[0] })
      return receipts.map((receipt) => {
        const { text: name, mark: nameMark } = naming.peek().of(receipt.user)
        return { ...receipt, name, nameMark }
      })
    },
    sendsReadMarks: computed(() => sendsReadMarks(record.value)),
    setSendsReadMarks: async (sends) => await saveRecord({ sendsReadMarks: sends })
  }
}
