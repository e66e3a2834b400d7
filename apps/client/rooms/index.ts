/**
 * The rooms of this device: opened from the store, created, joined by links.
 *
 * A message's way out: `Room.send` (room.ts) → `RoomLog.writeMessage` (room-log.ts: sealed, signed, durable) → `createExchange`
 * (exchange.ts: gossip, and sync with whoever lacks it) → mesh. In: gossip or sync → verified → `RoomLog.append` → timeline.
 *
 * @example
 *   const rooms = await openRooms(context)
 *   const tag = await rooms.create('Kitchen')
 *   rooms.get(tag)?.room.send.value?.('hello')
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, InviteId, RoomTag } from '#shared/ids.ts'
import { ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import type { RoomSummary } from '../api.ts'
import { createEpoch } from '../crypto/index.ts'
import type { Admission } from '../protocols/join/index.ts'
import type { RoomRecord } from '../store/index.ts'
import { createAdmission } from './invitations.ts'
import { computeRoomTag, DEFAULT_POLICY, type MemberRecord } from './membership/operations.ts'
import { memberOf } from './membership/resolve.ts'
import { createRoomLog, type RoomLog } from './room-log.ts'
import { openRoom, type OpenedRoom, type RoomContext } from './room.ts'

export { createJoining, type Joining } from './joining.ts'
export type { OpenedRoom, RoomContext } from './room.ts'

export interface Rooms {
  /** Newest activity first. */
  readonly summaries: ReadonlySignal<readonly RoomSummary[]>
  readonly all: ReadonlySignal<ReadonlyMap<RoomTag, OpenedRoom>>
  get(tag: RoomTag): OpenedRoom | null
  /** Opens and lists a room that was kept (`keepRoomKeys`) while this was running. */
  open(record: RoomRecord): Promise<void>
  /** @throws {ParleyError} `room-name-malformed`, `storage-full` (rejects) */
  create(name: string): Promise<RoomTag>
  /** A log to join with: the one that is open, or a new one that is not listed yet. */
  logOf(tag: RoomTag): Promise<RoomLog>
  /** Lists a room whose log has been filled by a welcome. */
  add(log: RoomLog, name: string): Promise<void>
  /** What is said to somebody who asks to be let in; null where this device may admit nobody. */
  admissionOf(tag: RoomTag, inviteId: InviteId, joiner: DeviceKey): Admission | null
  /** Resolves when everything is stored. */
  close(): Promise<void>
}

export interface RoomsContext extends RoomContext {
  /** This device as rooms are told of it. */
  memberRecord: () => Promise<MemberRecord>
}

const emptyRecord = (tag: RoomTag, name: string): RoomRecord => ({ tag, name, createdAt: Date.now(), draft: '', inviteSecrets: {} })

export async function openRooms (context: RoomsContext): Promise<Rooms> {
  const { store, device, mesh } = context
  const opened = signal<ReadonlyMap<RoomTag, OpenedRoom>>(new Map())

  const createLog = async (tag: RoomTag): Promise<RoomLog> => {
    const log = await createRoomLog({ tag, store, device, now: context.now, onDropped: (reason) => mesh.drop(reason) })
    await log.load()
    return log
  }
  const list = (room: OpenedRoom): void => {
    opened.value = new Map(opened.peek()).set(room.log.roomTag, room)
    room.start()
  }

  const add = async (log: RoomLog, name: string): Promise<void> => {
    if (opened.peek().has(log.roomTag)) return
    const record = emptyRecord(log.roomTag, name)
    await store.saveRoom(record)
    list(await openRoom(log, record, context))
  }

  const open = async (record: RoomRecord): Promise<void> => {
    if (!opened.peek().has(record.tag)) list(await openRoom(await createLog(record.tag), record, context))
  }
  for (const record of await store.rooms()) await open(record)

  return {
    summaries: computed(() => [...opened.value.values()].map(({ room }) => room.summary.value)
      .sort((a, b) => b.lastActivityAt - a.lastActivityAt)),
    all: opened,
    get: (tag) => opened.value.get(tag) ?? null,
    open,
    async create (text) {
      const name = text.trim().replaceAll(/\s+/g, ' ')
      if (name === '' || name.length > ROOM_NAME_MAX_CHARS) {
        throw new ParleyError('room-name-malformed', { details: { maxChars: ROOM_NAME_MAX_CHARS } })
      }
      const salt = crypto.getRandomValues(new Uint8Array(16))
      const tag = await computeRoomTag(device.key, salt)
      const log = await createLog(tag)
      const epoch = await createEpoch()
      await log.addEpochs([epoch])
      await log.writeOperation({
        type: 'create', salt, kind: 'group', name, topic: '', peer: null, parent: null, policy: DEFAULT_POLICY, creator: await context.memberRecord()
      }, epoch)
      await add(log, name)
      return tag
    },
    logOf: async (tag) => opened.peek().get(tag)?.log ?? await createLog(tag),
    add,
    admissionOf (tag, inviteId, joiner) {
      const room = opened.peek().get(tag)
      if (room === undefined || memberOf(room.log.membership.peek(), device.key) === null) return null
      return createAdmission(room.log, inviteId, joiner, context.now)
    },
    close: async () => { await Promise.all([...opened.peek().values()].map(async (room) => await room.close())) }
  }
}
