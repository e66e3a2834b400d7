/**
 * Conversations of two: rooms that one of them makes alone, offline too, with the devices of the other as known from a room that both are
 * in. The keys travel as an offer through that room, wrapped for exactly those devices:
 *
 *     offer  = [sender key (32), [wrap (48)…], sealed]     sealed under the wrapped key, 'parley/direct-offer/1/<shared room>'
 *     sealed = [room tag (16), first epoch (16), keys]
 */
import { computed, effect, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import { fromHex, toHex, type EpochId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import { openBlob, sealBlob, unwrapFor, wrapFor, type SecretEpochParts } from '../crypto/index.ts'
import type { Device } from '../identity/index.ts'
import { createMutex } from '../state/mutex.ts'
import type { Scope } from '../state/scope.ts'
import type { EntryRow } from '../store/index.ts'
import { encodeOffer } from './content.ts'
import { toEpochs } from './join-at-node.ts'
import { decodeSecrets, encodeSecrets } from './key-bundle.ts'
import type { MemberRecord } from './membership/operations.ts'
import { memberOf, type Membership } from './membership/resolve.ts'
import type { RoomLog } from './room-log.ts'

/** Devices of both people: more than anybody has. */
const WRAPS_MAX = 32
/** Offered rooms that have not shown yet what they are. */
const UNPROVEN_MAX = 20

/** Who the other person of a direct room is; null for other rooms. */
export function otherOf ({ kind, peer, members, authors }: Membership, myUser: UserKey): UserKey | null {
  if (kind !== 'direct' || peer === null) return null
  if (peer !== myUser) return peer
  return [...members.keys(), ...[...authors.values()].map(({ user }) => user)].find((user) => user !== myUser) ?? null
}

interface DirectRoom { readonly log: RoomLog, readonly offeredBy: UserKey | null }

/** RULE: an offered room counts once it shows itself to be a conversation of the one who has offered it with this person. */
export const isProven = ({ log, offeredBy }: DirectRoom, myUser: UserKey): boolean =>
  offeredBy === null || offeredBy === myUser || otherOf(log.membership.value, myUser) === offeredBy

export interface DirectRooms {
  open(user: UserKey): Promise<RoomTag>
  /** RULE: of two rooms of the same two people the one with the smaller tag is written in; the other can still be read. */
  isSuperseded(tag: RoomTag): boolean
}

export function createDirectRooms ({ opened, device, myUser, scope, create, add, logOf, drop }: {
  opened: ReadonlySignal<ReadonlyMap<RoomTag, DirectRoom>>
  device: Device
  myUser: UserKey
  scope: Scope
  create: (name: string, peer: UserKey) => Promise<RoomLog>
  add: (log: RoomLog, name: string, details: { firstEpochId: EpochId, offeredBy: UserKey }) => Promise<void>
  logOf: (tag: RoomTag) => Promise<RoomLog>
  drop: (reason: string) => void
}): DirectRooms {
  const locked = createMutex()
  /** The room to write in, by the other person. */
  const main = computed(() => {
    const tags = new Map<UserKey, RoomTag>()
    for (const [tag, { log }] of opened.value) {
      const other = memberOf(log.membership.value, device.key) === null ? null : otherOf(log.membership.value, myUser)
      if (other !== null && tag < (tags.get(other) ?? 'z')) tags.set(other, tag)
    }
    return tags
  })

  const groups = (): RoomLog[] => [...opened.peek().values()].map(({ log }) => log).filter((log) => log.membership.peek().kind !== 'direct')
  const recordsOf = (user: UserKey): MemberRecord[] => [...new Map(
    groups().flatMap((log) => [...log.membership.peek().members.get(user)?.devices.values() ?? []]).map((record) => [record.device, record])).values()]

  const open = async (user: UserKey): Promise<RoomTag> => {
    const known = main.peek().get(user)
    if (known !== undefined) return known
    const theirs = recordsOf(user)
    if (user === myUser || theirs.length === 0) throw new ParleyError('not-found')
    const shared = groups().filter((log) => {
      const membership = log.membership.peek()
      return memberOf(membership, device.key) !== null && membership.members.has(user) && membership.rightsOf(myUser).canWrite && !membership.mutes.has(myUser)
    })
    const [through] = shared.sort((a, b) => b.operations.maxLamport - a.operations.maxLamport)
    // Without a room to offer it in nobody would ever hear of it.
    if (through === undefined) throw new ParleyError('not-allowed')
    const name = through.membership.peek().members.get(user)?.name ?? ''
    const log = await create(name, user)
    for (const member of theirs) await log.writeOperation({ type: 'add', member, role: 'member', proof: null })
    const mine = recordsOf(myUser).filter((record) => record.device !== device.key)
    for (const member of mine) await log.writeOperation({ type: 'adddev', member })
    await through.writeMessage(encodeOffer(await sealOffer(log, through.roomTag, [...theirs, ...mine])))
    return log.roomTag
  }

  const take = async (through: RoomLog, row: EntryRow): Promise<void> => {
    const author = through.membership.peek().authors.get(row.devTag)
    const content = author === undefined ? null : await through.contentOf(row)
    if (author === undefined || content?.type !== 'offer') return
    const offer = await openOffer(content.sealed, through.roomTag, device)
    if (offer === null || opened.peek().has(offer.roomTag)) return
    const unproven = [...opened.peek().values()].filter((room) => !isProven(room, myUser))
    const epochs = await toEpochs(offer.secrets)
    if (unproven.length >= UNPROVEN_MAX || !epochs.some(({ epochId }) => epochId === offer.firstEpochId)) {
      drop('offer-refused')
      return
    }
    const log = await logOf(offer.roomTag)
    await log.addEpochs(epochs)
    await add(log, author.name, { firstEpochId: offer.firstEpochId, offeredBy: author.user })
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
    isSuperseded (tag) {
      const room = opened.value.get(tag)
      const other = room === undefined ? null : otherOf(room.log.membership.value, myUser)
      return other !== null && (main.value.get(other) ?? tag) !== tag
    }
  }
}

const contextOf = (through: RoomTag): string => `parley/direct-offer/1/${through}`

async function sealOffer (log: RoomLog, through: RoomTag, recipients: readonly MemberRecord[]): Promise<Uint8Array<ArrayBuffer>> {
  const key = crypto.getRandomValues(new Uint8Array(32))
  const { ephemeral, wraps } = await wrapFor(recipients.slice(0, WRAPS_MAX).map(({ encryptionKey }) => encryptionKey), key, contextOf(through))
  const secrets = log.keyring.all().map(({ parts }) => parts)
  const first = log.membership.peek().epochs.find(({ rotation }) => rotation === null)?.epochId
  if (first == null) throw new Error('a room that was made here has the epoch it began with')
  const content = encodeCbor([fromHex(log.roomTag), fromHex(first), encodeSecrets(secrets)])
  return encodeCbor([ephemeral, wraps, await sealBlob(key, contextOf(through), content)])
}

/** Null when it is for somebody else. @throws {WireError} (rejects) */
async function openOffer (
  bytes: Uint8Array, through: RoomTag, { encryption }: Device
): Promise<{ roomTag: RoomTag, firstEpochId: EpochId, secrets: SecretEpochParts[] } | null> {
  const [ephemeral, wraps, sealed] = readArray(decodeCbor(bytes), 'offer', 3)
  for (const wrap of readArray(wraps, 'wraps').slice(0, WRAPS_MAX)) {
    const key = await unwrapFor(encryption.all(), readBytes(ephemeral, 'ephemeral', 32), readBytes(wrap, 'wrap', 48), contextOf(through)).catch((error: unknown) => {
      if (error instanceof WireError) return null
      throw error
    })
    if (key === null) continue
    const [tag, first, secrets] = readArray(decodeCbor(await openBlob(key, contextOf(through), readBytes(sealed, 'sealed-offer'))), 'offered-room', 3)
    return {
      roomTag: toHex(readBytes(tag, 'room-tag', 16)) as RoomTag,
      firstEpochId: toHex(readBytes(first, 'epoch-id', 16)) as EpochId,
      secrets: await decodeSecrets(readBytes(secrets, 'keys'))
    }
  }
  return null
}
