/**
 * To whom it is told that entries are stored and read here: to the devices of their authors, and what was read to this person's own devices
 * as well. Nobody else hears of it, and large rooms say nothing unless asked, so that what a message costs is not the square of the members.
 *
 *   members      delivered                                        read
 *   up to 64     each author is told                              each author is told
 *   up to 100    the node counts; an author may ask each device   an author may ask each device
 *   above        the node counts; an author may ask each device   nobody but this person's own devices
 *
 * Flow: entries stored → collected → by author → `sendTo`. Who was not there is told of everything when they come into reach.
 */
import type { DeviceKey, DevTag, UserKey } from '#shared/ids.ts'
import { createTokenBuckets } from '#shared/token-bucket.ts'
import type { LogPosition } from '#shared/wire/addressed.ts'
import { mergeRanges } from '#shared/wire/sync/ranges.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { Scope } from '../../state/scope.ts'
import { tellsAuthors, tellsReads } from './acknowledgement-policy.ts'
import type { SentPresence } from './exchange.ts'
import { memberOf, type Membership } from '../membership/resolve.ts'
import type { ReadPosition } from '../messages/read-marks.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Receipts of a burst travel together; with more members each waits longer, so that their number stays bounded. */
const RECEIPT_DELAY_MS = 60
/** While messages keep coming: in a lively room receipts at every delay would be most of what is sent. */
const RECEIPT_EVERY_MS = 1000
/** Members whose receipts are not held up for the others. */
const CROWD = 8
/** A stream to somebody who came is up a moment after they are seen, by way of the node a little later: told at each of these. */
const REPEAT_AFTER_MS = [500, 3000, 12_000]
/** With more members than this what was missed is told once, since everybody tells theirs. */
const SMALL_ROOM = 16
/** In large rooms the node is told at most this often, spread over the time per member that follows, so that it is never told by all at once. */
const HAVE_EVERY_MS = 10_000
const HAVE_SPREAD_MS = 20
/** Responses to one question are spread over this time per member: 500 devices respond within two seconds. */
const ANSWER_SPREAD_MS = 4
/** A device gets a response at most this often. */
const ANSWER_EVERY_MS = 5000
/** Everybody is asked at most this often. */
const ASK_EVERY_MS = 10_000

/** Sorts what is to be told of logs by the devices of their authors that are in the room, without this one. */
export function byAuthorDevice<T extends { devTag: DevTag }> (membership: Membership, self: DeviceKey, told: readonly T[]): Map<DeviceKey, T[]> {
  const sorted = new Map<DeviceKey, T[]>()
  for (const item of told) {
    const author = membership.authors.get(item.devTag)
    for (const key of author === undefined ? [] : membership.members.get(author.user)?.devices.keys() ?? []) {
      if (key === self) continue
      const items = sorted.get(key)
      if (items === undefined) sorted.set(key, [item])
      else items.push(item)
    }
  }
  return sorted
}

export interface Acknowledgements {
  /** Tells of what was read here just now. */
  tellRead: (read: readonly ReadPosition[]) => void
  /** A member's device came into reach, or by another path: tells it what it may have missed. */
  arrived: (device: DeviceKey) => void
  /** A member's device asks what is held and read here of what its person wrote. */
  asked: (by: DeviceKey) => void
  /** Asks everybody who may be reachable the same, where they do not tell unasked. */
  ask: () => void
}

export function createAcknowledgements ({ log, scope, device, ownRead, isBlocked, isReachable, sendTo, tellHeld }: {
  log: RoomLog
  scope: Scope
  device: DeviceKey
  /** All that this device has read and lets be known. */
  ownRead: () => ReadPosition[]
  /** Whose messages are not shown here: nobody has read them. */
  isBlocked: (user: UserKey) => boolean
  isReachable: (device: DeviceKey) => boolean
  sendTo: (devices: readonly DeviceKey[], content: SentPresence) => void
  /** Tells the node how far logs are held. */
  tellHeld: (logs: readonly LogPosition[]) => void
}): Acknowledgements {
  const membership = (): Membership => log.membership.peek()
  const myDevices = (): DeviceKey[] => [...memberOf(membership(), device)?.devices.keys() ?? []].filter((key) => key !== device)

  /** Sends to authors what is to be told of their logs; the same content for several devices is sealed once. */
  const sendSorted = <T extends { devTag: DevTag }>(told: readonly T[], contentOf: (items: T[]) => SentPresence): void => {
    const groups = new Map<string, { devices: DeviceKey[], items: T[] }>()
    for (const [key, items] of byAuthorDevice(membership(), device, told)) {
      if (!isReachable(key)) continue
      const name = items.map(({ devTag }) => devTag).join()
      const group = groups.get(name) ?? { devices: [], items }
      groups.set(name, group)
      group.devices.push(key)
    }
    for (const { devices, items } of groups.values()) sendTo(devices, contentOf(items))
  }

  const changed = new Map<DevTag, LogRange>()
  /** Read since authors were told last. */
  const freshlyRead = new Map<DevTag, number>()
  let isWaiting = false
  let lastToldAt = -Infinity

  const tell = (): void => {
    isWaiting = false
    lastToldAt = Date.now()
    const held = [...changed].map(([devTag, range]) => ({ devTag, ...range }))
    const read = new Map([...freshlyRead].map(([devTag, seq]) => [devTag, { devTag, seq }]))
    changed.clear()
    freshlyRead.clear()
    if (!tellsAuthors(membership())) {
      if (held.length > 0) tellHeld(held.map(({ devTag, to }) => ({ devTag, seq: to })))
      return
    }
    // Mostly a message is stored and read within one delay: then both are one frame.
    const both = [...held, ...[...read.values()].filter(({ devTag }) => !held.some((range) => range.devTag === devTag))]
    sendSorted<LogRange & { devTag: DevTag } | ReadPosition>(both, (items) => {
      const stored = items.filter((item) => 'to' in item)
      const seen = items.flatMap(({ devTag }) => read.get(devTag) ?? [])
      if (seen.length === 0) return { type: 'receipt', held: stored }
      return stored.length === 0 ? { type: 'read', read: seen } : { type: 'receipt-and-read', held: stored, read: seen }
    })
  }

  const tellLater = (): void => {
    if (isWaiting) return
    isWaiting = true
    const count = membership().members.size
    scope.later(tellsAuthors(membership())
      ? Math.max(RECEIPT_DELAY_MS * Math.max(1, count / CROWD), lastToldAt + RECEIPT_EVERY_MS - Date.now())
      : Math.max(0, lastToldAt + HAVE_EVERY_MS - Date.now()) + Math.random() * count * HAVE_SPREAD_MS, tell)
  }

  scope.defer(log.events.on('appended', ({ rows }) => {
    for (const { devTag, seq } of rows) {
      if (devTag === log.devTag) continue
      const known = changed.get(devTag) ?? { from: seq, to: seq }
      const range = mergeRanges([known, { from: seq, to: seq }]).at(-1) ?? known
      changed.set(devTag, log.vector().get(devTag)?.have.find((held) => held.from <= range.from && range.to <= held.to) ?? range)
    }
    if (changed.size > 0) tellLater()
  }))

  /** What concerns a device of what is held and was read here: of its person's logs, or everything that was read where the person is this one. */
  const tellAll = (key: DeviceKey): void => {
    const user = memberOf(membership(), key)?.user
    if (user === undefined) return
    const isTheirs = ({ devTag }: { devTag: DevTag }): boolean => membership().authors.get(devTag)?.user === user
    const held = [...log.vector()].flatMap(([devTag, { have }]) => have.slice(-1).map((range) => ({ devTag, ...range })))
      .filter((range) => range.devTag !== log.devTag && isTheirs(range))
    if (held.length > 0) sendTo([key], { type: 'receipt', held })
    const isMine = myDevices().includes(key)
    const read = ownRead().filter((position) => isMine || (tellsReads(membership()) && !isBlocked(user) && isTheirs(position)))
    if (read.length > 0) sendTo([key], { type: 'read', read })
  }

  const sendToMine = (read: readonly ReadPosition[]): void => {
    const reachable = myDevices().filter(isReachable)
    if (reachable.length > 0) sendTo(reachable, { type: 'read', read: [...read] })
  }
  const ofOthers = (read: readonly ReadPosition[]): ReadPosition[] => {
    const me = memberOf(membership(), device)?.user
    return read.filter(({ devTag }) => {
      const author = membership().authors.get(devTag)?.user
      return author !== undefined && author !== me && !isBlocked(author)
    })
  }
  const sendRead = (read: readonly ReadPosition[]): void => {
    sendToMine(read)
    sendSorted(ofOthers(read), (items) => ({ type: 'read', read: items }))
  }

  const answers = createTokenBuckets<DeviceKey>({ burst: 1, perSecond: 1000 / ANSWER_EVERY_MS })
  let askedAt = -Infinity
  return {
    tellRead (read) {
      if (read.length === 0) return
      if (membership().members.size <= SMALL_ROOM) {
        sendRead(read)
        // A frame into a link that is dead and not known to be is lost.
        const [, againMs = 0] = REPEAT_AFTER_MS
        scope.later(againMs, () => sendRead(read))
        return
      }
      sendToMine(read)
      if (!tellsAuthors(membership())) return
      const told = ofOthers(read)
      for (const { devTag, seq } of told) freshlyRead.set(devTag, seq)
      if (told.length > 0) tellLater()
    },
    arrived (key) {
      if (!tellsAuthors(membership()) && !myDevices().includes(key)) return
      for (const delayMs of membership().members.size <= SMALL_ROOM ? REPEAT_AFTER_MS : REPEAT_AFTER_MS.slice(1, 2)) {
        scope.later(delayMs, () => { if (isReachable(key)) tellAll(key) })
      }
    },
    asked (by) {
      if (!answers.take(by)) return
      scope.later(Math.random() * membership().members.size * ANSWER_SPREAD_MS, () => tellAll(by))
    },
    ask () {
      if (tellsAuthors(membership()) || Date.now() - askedAt < ASK_EVERY_MS) return
      askedAt = Date.now()
      const mine = memberOf(membership(), device)?.user
      const others = [...membership().members.values()].filter(({ user }) => user !== mine)
      sendTo(others.flatMap(({ devices }) => [...devices.keys()]), { type: 'ask' })
    }
  }
}
