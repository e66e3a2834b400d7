/**
 * Conversations of two: rooms that one of them makes alone, offline too, with the devices of the other as known from a room that both are
 * in. The keys travel as an offer through that room, wrapped for exactly those devices:
 *
 *     offer  = [sender key (32), [wrap (48)…], sealed]     sealed under the wrapped key, 'parley/direct-offer/1/<shared room>'
 *     sealed = [room tag (16), first epoch (32), keys, shown record of the author's device]
 *
 * An offer is a request until it is accepted (direct-requests.ts).
 */
import { computed, effect, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import { fromHex, toHex, type DeviceKey, type EpochId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { SHOWN_RECORD_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import type { DirectRequest } from '../../../api.ts'
import { openBlob, sealBlob, unwrapFor, wrapFor } from '../../../crypto/index.ts'
import type { DeviceLists } from '../../../identity/device-lists.ts'
import type { Device } from '../../../identity/index.ts'
import { createMutex } from '../../../state/mutex.ts'
import type { Scope } from '../../../state/scope.ts'
import type { EntryRow, OfferRecord, Store } from '../../../store/index.ts'
import { isCertified } from '../../log/check-operation.ts'
import { encodeOffer } from '../../messages/content.ts'
import type { DeviceJudge } from '../device-judge.ts'
import { openDirectRequests } from './direct-requests.ts'
import { toEpochs } from '../at-node/join-at-node.ts'
import { decodeSecrets, encodeSecrets } from '../../log/epochs/key-bundle.ts'
import { decodeShown, encodeShown, type ShownRecord } from '../../membership/operation-codec.ts'
import type { MemberRecord } from '../../membership/operations.ts'
import { memberOf, type ResolvedDevice } from '../../membership/resolve.ts'
import { otherOf } from '../../other-of.ts'
import type { OpenedRoom } from '../../room.ts'
import type { RoomLog } from '../../log/room-log.ts'

/** Devices of both people: more than anybody has. */
const WRAPS_MAX = 32
export interface DirectRoom { readonly log: Pick<RoomLog, 'membership'>, readonly offeredBy: UserKey | null }

/**
 * RULE: an offered room is a conversation of the one who has offered it with this person, or nothing. Until its first operation has come nobody knows:
 * this person has accepted it, so it is shown.
 */
export const isRefuted = ({ log, offeredBy }: DirectRoom, myUser: UserKey): boolean =>
  offeredBy !== null && offeredBy !== myUser && log.membership.value.name !== null && otherOf(log.membership.value, myUser) !== offeredBy

/** With whom a room is a conversation; null when it is none, or the other has left it. */
function partnerIn (room: DirectRoom, myUser: UserKey): UserKey | null {
  const { membership } = room.log
  const user = membership.value.name === null ? room.offeredBy : otherOf(membership.value, myUser)
  return user === null || user === myUser || isRefuted(room, myUser) || membership.value.departed.has(user) ? null : user
}

export interface DirectRooms {
  open(user: UserKey): Promise<RoomTag>
  readonly requests: ReadonlySignal<readonly DirectRequest[]>
  /** RULE: of two rooms of the same two people the one with the smaller tag is written in; the other can still be read. */
  isSuperseded(tag: RoomTag): boolean
}

interface DirectRoomsOptions {
  opened: ReadonlySignal<ReadonlyMap<RoomTag, OpenedRoom>>
  store: Store
  device: Device
  myUser: UserKey
  scope: Scope
  blocked: ReadonlySignal<ReadonlySet<UserKey>>
  block: (user: UserKey) => Promise<void>
  lists: DeviceLists
  judgeDevice: DeviceJudge
  /** This device, as it is shown to the other. */
  shown: () => Promise<ShownRecord>
  create: (name: string, peer: UserKey) => Promise<RoomLog>
  add: (log: RoomLog, name: string, details: { firstEpochId: EpochId, offeredBy: UserKey }) => Promise<void>
  logOf: (tag: RoomTag) => Promise<RoomLog>
  now: () => number
  drop: (reason: string) => void
}

export async function openDirectRooms (options: DirectRoomsOptions): Promise<DirectRooms> {
  const { opened, store, device, myUser, scope, blocked, block, lists, add, logOf, judgeDevice, now, drop } = options
  const begin = createBeginning(options)
  const locked = createMutex()
  const partners = computed(() => new Map([...opened.value].flatMap(([tag, room]) => {
    const user = partnerIn(room, myUser)
    return user === null ? [] : [[tag, user] as const]
  })))
  /** The room to write in, by the other person. */
  const main = computed(() => {
    const tags = new Map<UserKey, RoomTag>()
    for (const [tag, user] of partners.value) {
      const membership = opened.value.get(tag)?.log.membership.value
      const isIn = membership !== undefined && memberOf(membership, device.key) !== null
      if (isIn && tag < (tags.get(user) ?? 'z')) tags.set(user, tag)
    }
    return tags
  })
  const hasConversation = (user: UserKey): boolean => [...partners.value.values()].includes(user)

  const enter = async ({ roomTag, firstEpochId, keys, user, name }: Offer & { user: UserKey, name: string }): Promise<RoomTag> => {
    // A room that this device has come into otherwise takes no keys from an offer.
    if (opened.peek().has(roomTag)) return roomTag
    const log = await logOf(roomTag)
    await log.addEpochs(await toEpochs(await decodeSecrets(keys)))
    await add(log, name, { firstEpochId, offeredBy: user })
    return roomTag
  }
  const accept = async (user: UserKey): Promise<RoomTag> => {
    const offer = requests.of(user)
    if (offer === null) throw new ParleyError('not-found')
    const tag = await enter(offer)
    await requests.forget(user)
    return tag
  }
  const requests = await openDirectRequests({
    store, block,
    accept: async (user) => await locked(async () => await accept(user)),
    isAnswered: (user) => blocked.value.has(user) || hasConversation(user),
    roomOf (tag) {
      const room = opened.value.get(tag)
      return room === undefined ? null : { name: room.room.summary.value.name, nameOf: (user) => room.naming.value.of(user) }
    }
  })

  const open = async (user: UserKey): Promise<RoomTag> => {
    const known = main.peek().get(user)
    if (known !== undefined) return known
    if (requests.of(user) !== null && !hasConversation(user)) return await accept(user)
    return await begin(user)
  }

  /**
   * RULE: who wrote to somebody first has accepted what that one offers meanwhile, once, also where that one has left it again; and everybody what another
   * device of theirs has begun.
   */
  const isExpected = (user: UserKey): boolean =>
    user === myUser || (hasConversation(user) && ![...opened.peek().values()].some(({ offeredBy }) => offeredBy === user))

  /** RULE: who offers a conversation shows their device as somebody does who asks to be let in: a revoked one begins none. */
  const refusalOf = async (by: ShownRecord | null, through: RoomLog, { user, device: of }: { user: UserKey, device: DeviceKey }): Promise<ErrorCode | null> => {
    if (by !== null) return by.user !== user || by.device !== of || !await isCertified(by) ? 'not-allowed' : await judgeDevice(by)
    // Written by protocol 2, as only a device can have that is in the room since then.
    if (lists.isRevoked(user, of)) return 'device-revoked'
    return through.membership.peek().members.get(user)?.devices.get(of)?.certified.issuedAt === null ? null : 'certificate-expired'
  }

  const take = async (through: RoomLog, row: EntryRow): Promise<void> => {
    const author = through.membership.peek().authors.get(row.devTag)
    const content = author === undefined ? null : await through.contentOf(row)
    if (author === undefined || content?.type !== 'offer') return
    if (blocked.peek().has(author.user)) {
      drop('offer-blocked')
      return
    }
    const offer = await openOffer(content.sealed, through.roomTag, device)
    if (offer === null || opened.peek().has(offer.roomTag)) return
    const refusal = await refusalOf(offer.by, through, author)
    if (refusal !== null) {
      drop(`offer-${refusal}`)
      return
    }
    const epochs = await toEpochs(await decodeSecrets(offer.keys))
    if (!epochs.some(({ epochId }) => epochId === offer.firstEpochId)) drop('offer-refused')
    else if (isExpected(author.user)) await enter({ ...offered(offer), user: author.user, name: author.name })
    else if (hasConversation(author.user)) drop('offer-again')
    else await requests.keep({ ...offered(offer), user: author.user, name: author.name, through: through.roomTag, receivedAt: now(), isLater: false })
  }

  const takeAll = async (through: RoomLog, rows: readonly EntryRow[]): Promise<void> => {
    for (const row of rows) {
      const isPlain = row.order === undefined && row.operationOf === undefined && row.pendingIn === undefined && row.devTag !== through.devTag
      if (isPlain) await take(through, row).catch((error: unknown) => drop(error instanceof WireError ? `offer-${error.reason}` : 'offer-failed'))
    }
  }

  const watched = new Set<RoomTag>()
  scope.defer(effect(() => {
    for (const [tag, { log }] of opened.value) {
      if (watched.has(tag)) continue
      watched.add(tag)
      scope.defer(log.events.on('appended', ({ rows }) => scope.run(locked(async () => await takeAll(log, rows)))))
    }
  }))

  return {
    open: async (user) => await locked(async () => await open(user)),
    requests: requests.all,
    isSuperseded (tag) {
      const other = partners.value.get(tag)
      return other !== undefined && (main.value.get(other) ?? tag) !== tag
    }
  }
}

/** Makes a conversation and offers it through the room in which both were active last. */
function createBeginning (
  { opened, device, myUser, lists, shown, create }: Pick<DirectRoomsOptions, 'opened' | 'device' | 'myUser' | 'lists' | 'shown' | 'create'>
): (user: UserKey) => Promise<RoomTag> {
  const groups = (): RoomLog[] => [...opened.peek().values()].map(({ log }) => log).filter((log) => log.membership.peek().kind !== 'direct')
  return async (user) => {
    const theirs = devicesKnownOf(user, groups()).filter((one) => !lists.isRevoked(user, one.device))
    if (user === myUser || theirs.length === 0) throw new ParleyError('not-found')
    const shared = groups().filter((log) => {
      const membership = log.membership.peek()
      return memberOf(membership, device.key) !== null && membership.members.has(user) && membership.rightsOf(myUser).canWrite && !membership.mutes.has(myUser)
    })
    const [through] = shared.sort((a, b) => b.operations.newestClock - a.operations.newestClock)
    // Without a room to offer it in nobody would ever hear of it.
    if (through === undefined) throw new ParleyError('not-allowed')
    const name = through.membership.peek().members.get(user)?.name ?? ''
    const log = await create(name, user)
    for (const { certified: member } of theirs) await log.writeOperation({ type: 'add', member, role: 'member', proof: null })
    const mine = devicesKnownOf(myUser, groups()).filter((record) => record.device !== device.key && !lists.isRevoked(myUser, record.device))
    for (const { certified: member } of mine) await log.writeOperation({ type: 'adddev', member })
    await through.writeMessage(encodeOffer(await sealOffer(log, through.roomTag, [...theirs, ...mine], await shown())))
    return log.roomTag
  }
}

/** Somebody's devices in any of these rooms, each once. */
export const devicesKnownOf = (user: UserKey, logs: readonly RoomLog[]): ResolvedDevice[] => [...new Map(
  logs.flatMap((log) => [...log.membership.peek().members.get(user)?.devices.values() ?? []]).map((one) => [one.device, one])).values()]

const contextOf = (through: RoomTag): string => `parley/direct-offer/1/${through}`

async function sealOffer (log: RoomLog, through: RoomTag, recipients: readonly MemberRecord[], by: ShownRecord): Promise<Uint8Array<ArrayBuffer>> {
  const key = crypto.getRandomValues(new Uint8Array(32))
  const { ephemeral, wraps } = await wrapFor(recipients.slice(0, WRAPS_MAX).map(({ encryptionKey }) => encryptionKey), key, contextOf(through))
  const secrets = log.keyring.all().map(({ parts }) => parts)
  const first = log.membership.peek().epochs.find(({ rotation }) => rotation === null)?.epochId
  if (first == null) throw new Error('a room that was made here has the epoch it began with')
  const content = encodeCbor([fromHex(log.roomTag), fromHex(first), encodeSecrets(secrets), encodeShown(by)])
  return encodeCbor([ephemeral, wraps, await sealBlob(key, contextOf(through), content)])
}

/** `keys` are secret: those of the room's epochs, as `encodeSecrets` writes them. */
type Offer = Pick<OfferRecord, 'roomTag' | 'firstEpochId' | 'keys'>
const offered = ({ by: _, ...offer }: Offer & { by: ShownRecord | null }): Offer => offer

/** Null when it is for somebody else. @throws {WireError} (rejects) */
async function openOffer (
  bytes: Uint8Array, through: RoomTag, { encryption }: Device
): Promise<Offer & { by: ShownRecord | null } | null> {
  const [ephemeral, wraps, sealed] = readArray(decodeCbor(bytes), 'offer', 3)
  for (const wrap of readArray(wraps, 'wraps').slice(0, WRAPS_MAX)) {
    const key = await unwrapFor(encryption.all(), readBytes(ephemeral, 'ephemeral', 32), readBytes(wrap, 'wrap', 48), contextOf(through)).catch((error: unknown) => {
      if (error instanceof WireError) return null
      throw error
    })
    if (key === null) continue
    const [tag, first, secrets, by] = readArray(decodeCbor(await openBlob(key, contextOf(through), readBytes(sealed, 'sealed-offer'))), 'offered-room')
    return {
      roomTag: toHex(readBytes(tag, 'room-tag', 16)) as RoomTag,
      firstEpochId: readEpochId(first),
      keys: readBytes(secrets, 'keys'),
      by: by === undefined ? null : decodeShown(readBytes(by, 'shown-record', undefined, SHOWN_RECORD_MAX_BYTES))
    }
  }
  return null
}
