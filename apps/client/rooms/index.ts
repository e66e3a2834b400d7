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
import { batch, computed, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, EpochId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import type { DirectRequest, RoomSummary } from '../api.ts'
import { createEpoch } from '../crypto/index.ts'
import type { Admission } from '../protocols/join/index.ts'
import type { BranchHolder } from '../protocols/branches/index.ts'
import type { KeysBundle } from '../protocols/keys/index.ts'
import { createScope } from '../state/scope.ts'
import type { RoomRecord } from '../store/index.ts'
import { isRefuted, openDirectRooms } from './entry/direct/direct.ts'
import { forgetRoom } from './forget-room.ts'
import { branchesFor } from './log/branches/branch-exchange.ts'
import { answerKeys } from './log/epochs/key-requests.ts'
import { isCleanName, type ShownRecord } from './membership/operation-codec.ts'
import { computeRoomTag, DEFAULT_POLICY, type KnownBody } from './membership/operations.ts'
import { memberOf, type Law } from './membership/resolve.ts'
import type { KnownNames } from './people/naming.ts'
import { keepParties, mayEnterParty, type PartyHooks } from './parties/parties.ts'
import { createRoomLog, type RoomLog } from './log/room-log.ts'
import { otherOf } from './other-of.ts'
import { openRoom, type OpenedRoom, type RoomContext } from './room.ts'

export { createJoining, type Joining } from './entry/joining.ts'
export type { OpenedRoom } from './room.ts'

export interface Rooms {
  /** Newest activity first. */
  readonly summaries: ReadonlySignal<readonly RoomSummary[]>
  readonly all: ReadonlySignal<ReadonlyMap<RoomTag, OpenedRoom>>
  get(tag: RoomTag): OpenedRoom | null
  /** As `get`, and a room that is being forgotten too: what people see. */
  shown(tag: RoomTag): OpenedRoom | null
  /** Opens and lists a room that was kept (`keepRoomKeys`) while this was running. */
  open(record: RoomRecord): Promise<void>
  /** @throws {ParleyError} `room-name-malformed`, `storage-full` (rejects) */
  create(name: string): Promise<RoomTag>
  /** As `Client.requests`. */
  readonly requests: ReadonlySignal<readonly DirectRequest[]>
  /** As `Client.openDirect`. */
  openDirect(user: UserKey): Promise<RoomTag>
  /** A log to join with: the one that is open, or a new one that is not listed yet. */
  logOf(tag: RoomTag): Promise<RoomLog>
  /** Lists a room whose log has been filled by a welcome, or will be: then `firstEpochId` is the epoch it began with. */
  add(log: RoomLog, name: string, firstEpochId?: EpochId): Promise<void>
  /** What is said to somebody who asks to be let in; null where this device may admit nobody. */
  admissionOf(tag: RoomTag, inviteId: InviteId, joiner: DeviceKey): Admission | null
  /** The keys of a room that somebody lacks who is a member; null where there are none to give. */
  answerKeys(tag: RoomTag, epochIds: readonly EpochId[], asker: DeviceKey): Promise<KeysBundle | null>
  /** What is here of copied devices, for a device that is in the room; else null. */
  branchesFor(tag: RoomTag, asker: DeviceKey): BranchHolder | null
  /** Resolves when everything is stored. */
  close(): Promise<void>
}

export interface RoomsContext extends Omit<RoomContext, 'mayEnter' | 'parties' | 'isSuperseded' | 'forget' | 'names'> {
  /** This device as rooms are told of it. */
  memberRecord: () => Promise<ShownRecord>
  join: PartyHooks['join']
  blocked: ReadonlySignal<ReadonlySet<UserKey>>
  block: (user: UserKey) => Promise<void>
  confirmed: KnownNames['confirmed']
  /** Another one in tests. */
  law?: Law | undefined
  /** Whose safety number was compared and fits. */
  verified: ReadonlySignal<readonly { user: UserKey, name: string }[]>
}

type KnownCreate = Extract<KnownBody, { type: 'create' }>

const without = <T>(map: ReadonlyMap<RoomTag, T>, tag: RoomTag): ReadonlyMap<RoomTag, T> => new Map([...map].filter(([known]) => known !== tag))

const emptyRecord = (tag: RoomTag, name: string): RoomRecord => ({ tag, name, createdAt: Date.now(), draft: '', inviteSecrets: {} })

export async function openRooms (given: RoomsContext): Promise<Rooms> {
  const { store, device, mesh } = given
  const scope = createScope(() => mesh.drop('rooms-job-failed'))
  const opened = signal<ReadonlyMap<RoomTag, OpenedRoom>>(new Map())
  /** Being erased: nothing reaches them any more, and they are shown until nothing is left of them. */
  const fading = signal<ReadonlyMap<RoomTag, OpenedRoom>>(new Map())

  /** RULE: a name that two contacts have is the verified one's, else that of the one whom the node names so. */
  const contacts = computed(() => {
    const partners = [...opened.value.values()].flatMap(({ log }) => {
      const user = otherOf(log.membership.value, given.myUser)
      const author = user === null ? undefined : [...log.membership.value.authors.values()].find((one) => one.user === user)
      return author === undefined ? [] : [author]
    })
    const isConfirmed = ({ device, name }: typeof partners[number]): boolean => given.confirmed.value.get(device) === name
    const ranked = [...given.verified.value, ...partners.filter(isConfirmed), ...partners.filter((one) => !isConfirmed(one))]
    return new Map(ranked.reverse().map(({ user, name }) => [user, name] as const).reverse())
  })

  const context: RoomContext = {
    ...given,
    names: { confirmed: given.confirmed, contacts },
    async forget (tag) {
      const room = opened.peek().get(tag)
      if (room === undefined) return
      batch(() => {
        opened.value = without(opened.peek(), tag)
        fading.value = new Map(fading.peek()).set(tag, room)
      })
      try {
        await room.close()
        await forgetRoom(room.log, store)
      } finally {
        fading.value = without(fading.peek(), tag)
      }
    },
    mayEnter: async (log, user, inviteId) => {
      const { parent } = log.membership.peek()
      return await mayEnterParty(log, parent === null ? null : opened.peek().get(parent)?.log ?? null, user, inviteId)
    },
    parties: {
      join: given.join,
      joinedName (tag) {
        const room = opened.value.get(tag)
        return room === undefined || memberOf(room.log.membership.value, device.key) === null ? null : room.room.summary.value.name
      },
      createLike: async (terms) => await create({ kind: 'group', parent: null, peer: null, ...terms }),
      createChild: async (name, parent) => await create({ kind: 'party', name, parent, peer: null })
    },
    isSuperseded: (tag) => direct.isSuperseded(tag)
  }

  const createLog = async (tag: RoomTag): Promise<RoomLog> => {
    const log = createRoomLog({ tag, store, device, now: context.now, isBlocked: given.isBlocked, onDropped: (reason) => mesh.drop(reason), law: given.law })
    await log.load()
    return log
  }
  const list = (room: OpenedRoom): void => {
    opened.value = new Map(opened.peek()).set(room.log.roomTag, room)
    room.start()
  }

  const add = async (log: RoomLog, name: string, details: Pick<RoomRecord, 'firstEpochId' | 'offeredBy'> = {}): Promise<void> => {
    if (opened.peek().has(log.roomTag)) return
    const record = { ...emptyRecord(log.roomTag, name), ...details }
    await store.saveRoom(record)
    list(await openRoom(log, record, context))
  }

  const open = async (record: RoomRecord): Promise<void> => {
    if (!opened.peek().has(record.tag)) list(await openRoom(await createLog(record.tag), record, context))
  }
  /** @throws {ParleyError} `room-name-malformed` (rejects) */
  const create = async (
    { kind, name: text, parent, peer, topic = '', policy = DEFAULT_POLICY }: Pick<KnownCreate, 'kind' | 'name' | 'parent' | 'peer'> & Partial<Pick<KnownCreate, 'topic' | 'policy'>>
  ): Promise<OpenedRoom & { tag: RoomTag }> => {
    const name = text.trim().replaceAll(/\s+/g, ' ')
    if (!isCleanName(name) || name.length > ROOM_NAME_MAX_CHARS) {
      throw new ParleyError('room-name-malformed', { details: { maxChars: ROOM_NAME_MAX_CHARS } })
    }
    const salt = crypto.getRandomValues(new Uint8Array(16))
    const tag = await computeRoomTag(device.key, salt)
    const log = await createLog(tag)
    const epoch = await createEpoch()
    await log.addEpochs([epoch])
    const { list: _, ...creator } = await given.memberRecord()
    await log.writeOperation({ type: 'create', salt, kind, name, topic, peer, parent, policy, creator }, epoch)
    await add(log, name)
    const room = opened.peek().get(tag)
    if (room === undefined) throw new Error('a room that was added is open')
    return { ...room, tag }
  }

  const logOf = async (tag: RoomTag): Promise<RoomLog> => opened.peek().get(tag)?.log ?? await createLog(tag)
  const direct = await openDirectRooms({
    opened, store, device, scope, add, logOf,
    myUser: given.myUser,
    blocked: given.blocked,
    block: given.block,
    lists: given.devices.lists,
    judgeDevice: given.devices.judge,
    shown: given.memberRecord,
    now: given.now,
    drop: (reason) => mesh.drop(reason),
    create: async (name, peer) => (await create({ kind: 'direct', name, parent: null, peer })).log
  })
  for (const record of await store.rooms()) await open(record)
  keepParties(opened, scope)

  /** Not listed is what was offered as a conversation and is none, and a second conversation with the same person in which nothing was said. */
  const isListed = (room: OpenedRoom): boolean => !isRefuted(room, given.myUser) &&
    (!direct.isSuperseded(room.log.roomTag) || room.room.summary.value.lastMessage !== null)

  return {
    summaries: computed(() => [...new Map([...fading.value, ...opened.value]).values()].filter(isListed).map(({ room }) => room.summary.value)
      .sort((a, b) => b.lastActivityAt - a.lastActivityAt)),
    all: opened,
    get: (tag) => opened.value.get(tag) ?? null,
    shown: (tag) => opened.value.get(tag) ?? fading.value.get(tag) ?? null,
    open,
    create: async (name) => (await create({ kind: 'group', name, parent: null, peer: null })).log.roomTag,
    requests: direct.requests,
    openDirect: async (user) => await direct.open(user),
    logOf,
    add: async (log, name, firstEpochId) => await add(log, name, firstEpochId === undefined ? {} : { firstEpochId }),
    admissionOf (tag, inviteId, joiner) {
      const room = opened.peek().get(tag)
      if (room === undefined || memberOf(room.log.membership.peek(), device.key) === null) return null
      return room.admitting.admissionOf(inviteId, joiner)
    },
    branchesFor (tag, asker) {
      const room = opened.peek().get(tag)
      return room === undefined ? null : branchesFor(room.log, asker)
    },
    async answerKeys (tag, epochIds, asker) {
      const room = opened.peek().get(tag)
      const user = room === undefined ? undefined : memberOf(room.log.membership.peek(), asker)?.user
      return room === undefined || (user !== undefined && given.devices.lists.isRevoked(user, asker)) ? null : await answerKeys(room.log, epochIds, asker)
    },
    async close () {
      scope.end()
      await Promise.all([...opened.peek().values()].map(async (room) => await room.close()))
    }
  }
}
