/** What every part of an open room works with: its log, its lifetime, what is kept of it beside the log, and who this device is in it. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { Access } from '#shared/wire/sync/index.ts'
import type { ClientEvents } from '../api.ts'
import type { Epoch } from '../crypto/index.ts'
import type { Device } from '../identity/index.ts'
import type { Mesh, Remote } from '../mesh/types.ts'
import type { InvitationsApi, MailboxKeys } from '../node-api/index.ts'
import type { Addressed } from '../protocols/addressed/index.ts'
import type { CallPresence } from '../protocols/presence/index.ts'
import type { EventEmitter } from '../state/events.ts'
import { createMutex } from '../state/mutex.ts'
import { createScope, type Scope } from '../state/scope.ts'
import type { RoomRecord, Store } from '../store/index.ts'
import { firstEpochOf, roomAccess } from './log/room-access.ts'
import type { RoomLog } from './log/room-log.ts'
import { memberOf, type ResolvedMember } from './membership/resolve.ts'
import type { PartyHooks } from './parties/parties.ts'
import { createNaming, titleOf, type KnownNames, type Naming } from './people/naming.ts'
import type { RoomDevices } from './people/revocations.ts'

/** What a room needs of the rest of the client. */
export interface RoomContext {
  store: Store
  mesh: Mesh
  device: Device
  myUser: UserKey
  myName: ReadonlySignal<string>
  names: KnownNames
  nodeOrigin: string
  /** Unix ms by the node's clock as far as it is known: links expire by it. */
  now: () => number
  /** Raw public key of the node; null until the node was reached once. */
  nodeKey: () => Uint8Array | null
  events: EventEmitter<ClientEvents>
  sync: (remote: Remote, tag: RoomTag, options: { signal: AbortSignal }) => Promise<unknown>
  addressed: Addressed
  isBlocked: (user: UserKey) => boolean
  devices: RoomDevices
  /** Presence that is about calls. */
  onCallPresence: (tag: RoomTag, from: DeviceKey, content: CallPresence) => void
  /** The shelf for invitations at the node; null without a passport. */
  invitationsApi: (tag: RoomTag, keys: MailboxKeys) => InvitationsApi | null
  /** A pass for a link to be made; null where newcomers need none. */
  givePass: (wish: { expiresAt: number, maxUses: number | null }) => Promise<Uint8Array<ArrayBuffer> | null>
  /** The node has signed this device out: it is out of its rooms, also of those that could not tell it any more. */
  isSignedOut: ReadonlySignal<boolean>
  /** Rooms that this device reads and waits to be let into. */
  waiting: ReadonlySignal<ReadonlySet<RoomTag>>
  /** Whether somebody may come in by this invitation of a party room, as far as its parent says. */
  mayEnter: (log: RoomLog, user: UserKey, inviteId: InviteId) => Promise<boolean>
  parties: PartyHooks
  /** Another direct room with the same person is the one to write in. Reactive. */
  isSuperseded: (tag: RoomTag) => boolean
  /** Closes a room and erases it from this device. */
  forget: (tag: RoomTag) => Promise<void>
}

export interface RoomCore {
  readonly context: RoomContext
  readonly log: RoomLog
  /** Ends when the room is closed. */
  readonly scope: Scope
  readonly record: ReadonlySignal<RoomRecord>
  /** Changes what is shown at once, and resolves when it is stored. */
  readonly saveRecord: (change: Partial<RoomRecord>) => Promise<void>
  /** As `saveRecord`, stored with the next change that is saved. */
  readonly changeRecord: (change: Partial<RoomRecord>) => void
  readonly naming: ReadonlySignal<Naming>
  readonly title: ReadonlySignal<ReturnType<typeof titleOf>>
  /** This person as a member of the room; null where they, or this device, are out. */
  readonly me: ReadonlySignal<ResolvedMember | null>
  readonly isMember: ReadonlySignal<boolean>
  readonly access: Access
  /** The room's access key: what mailbox and rendezvous know the room by. */
  readonly keys: RoomKeys
  /** The epoch the room began with. */
  readonly firstEpoch: () => Epoch
  readonly onTrouble: (error: unknown) => void
}

export async function openCore (log: RoomLog, initial: RoomRecord, context: RoomContext): Promise<RoomCore> {
  const { store, mesh, device, myUser, events } = context
  const onTrouble = (error: unknown): void => {
    if (error instanceof ParleyError) events.emit('trouble', { error })
    else mesh.drop('room-trouble')
  }
  const scope = createScope(onTrouble)
  const record = signal(initial)
  const saving = createMutex()
  const changeRecord = (change: Partial<RoomRecord>): void => { record.value = { ...record.peek(), ...change } }
  const saveRecord = async (change: Partial<RoomRecord>): Promise<void> => {
    changeRecord(change)
    await saving(async () => await store.saveRoom(record.peek()))
  }
  const naming = createNaming({ membership: log.membership, myUser, ...context.names })
  const me = computed(() => context.isSignedOut.value ? null : memberOf(log.membership.value, device.key))
  const firstEpoch = (): Epoch => firstEpochOf(log, record.peek())

  // The list of rooms shows a name before any log is read: keep it as last resolved.
  scope.defer(effect(() => {
    const { name, epochs } = log.membership.value
    if (name !== null && name !== record.peek().name) scope.run(saveRecord({ name }))
    // By this key the members are asked for the history, should it ever be lost here.
    const firstEpochId = epochs.find(({ rotation }) => rotation === null)?.epochId ?? null
    if (firstEpochId !== null && firstEpochId !== record.peek().firstEpochId) scope.run(saveRecord({ firstEpochId }))
  }))

  return {
    context, log, scope, record, saveRecord, changeRecord, naming, me, onTrouble, firstEpoch,
    title: computed(() => titleOf(log.membership.value, naming.value, myUser, record.value.name)),
    isMember: computed(() => me.value !== null),
    ...await roomAccess(log, firstEpoch, context)
  }
}
