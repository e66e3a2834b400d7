/** Makes `Room.live`: the exchange with others, and what they tell each other that nobody stores. */
import { effect, signal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import type { SentPresence } from '../../protocols/presence/index.ts'
import { memberOf } from '../membership/resolve.ts'
import type { Holdings } from '../messages/holdings.ts'
import type { ReadPosition } from '../messages/read-marks.ts'
import type { RoomCore } from '../room-core.ts'
import { tellsAuthors } from './acknowledgement-policy.ts'
import { createAcknowledgements, type Acknowledgements } from './acknowledgements.ts'
import { createAgreements, type Agreements } from './agreements.ts'
import { createExchange, type Exchange } from './exchange.ts'
import type { RoomLive } from './facet.ts'
import { handle, type EphemeralHandlers } from './handle.ts'
import { createPresenceBatch } from './presence-batch.ts'
import { createTyping, type Typing } from './typing.ts'

export interface Live {
  readonly facet: RoomLive
  readonly exchange: Exchange
  readonly acknowledgements: Pick<Acknowledgements, 'ask'>
  readonly agreements: Pick<Agreements, 'disagreements' | 'laws'>
  readonly typing: Pick<Typing, 'sent'>
  noteProgress(progress: { received: number, total: number } | null): void
  /** Begins to exchange with others; once the room is listed, so that they find it. */
  start(): void
}

/** @param readElsewhere another device of this person has read up to there */
export function openLive (core: RoomCore, { readMarks, tracker, compared }: Holdings, readElsewhere: (read: readonly ReadPosition[]) => void): Live {
  const { context: { mesh, device, addressed, sync, myUser, isBlocked, onCallPresence }, log, scope, naming, keys, record, saveRecord } = core
  const tag = log.roomTag
  const exchange = createExchange({
    log, keys, mesh, device, scope, addressed, sync,
    holdsUpTo: (key, seq) => tracker.holds(key, seq),
    onSeen: (seen) => tracker.seen(seen)
  })
  const directMembers = (): DeviceKey[] => [...mesh.links.peek().values()]
    .flatMap((link) => link.path === 'direct' && memberOf(log.membership.peek(), link.device) !== null ? [link.device] : [])
  const sendTo = (devices: readonly DeviceKey[], content: SentPresence): void => exchange.sendTo(devices, content)

  const isSmall = (): boolean => tellsAuthors(log.membership.peek())
  const typing = createTyping({
    log, naming, scope,
    hasListeners: () => isSmall() ? exchange.present.peek().size > 0 : directMembers().length > 0,
    send (until) {
      if (isSmall()) exchange.sendPresence({ type: 'typing', until })
      else sendTo(directMembers(), { type: 'typing', until })
    }
  })
  const acknowledgements = createAcknowledgements({
    log, scope, isBlocked, sendTo,
    device: device.key,
    ownRead: () => readMarks.own(),
    isReachable: (key) => exchange.present.peek().has(key) || mesh.links.peek().get(key)?.path === 'direct',
    tellHeld: (logs) => addressed.tellHeld(tag, logs)
  })
  scope.defer(readMarks.events.on('told', ({ read }) => acknowledgements.tellRead(read)))
  const agreements = createAgreements({
    log, scope, sendTo, record, saveRecord,
    device: device.key,
    reachable: () => [...new Set([...exchange.present.peek(), ...directMembers()])],
    repeatExchange: async (remote) => await sync(remote, tag, { signal: scope.signal })
  })

  const takeRead = (from: DeviceKey, read: readonly ReadPosition[]): void => {
    readMarks.take(from, read)
    if (memberOf(log.membership.peek(), from)?.user === myUser) readElsewhere(read)
  }
  const takeCall = (from: DeviceKey, content: Parameters<typeof onCallPresence>[2]): void => onCallPresence(tag, from, content)
  const handlers: EphemeralHandlers = {
    typing: (from, { until }) => typing.take(from, until),
    receipt: (from, { held }) => compared.applyReceipt(from, held),
    read: (from, { read }) => takeRead(from, read),
    'receipt-and-read': (from, { held, read }) => {
      compared.applyReceipt(from, held)
      takeRead(from, read)
    },
    ask: (from) => acknowledgements.asked(from),
    agreement: (from, content) => agreements.hear(from, content),
    call: takeCall, ring: takeCall, order: takeCall, voice: takeCall
  }
  const batch = createPresenceBatch(scope, (from, content) => handle(handlers, from, content))
  scope.defer(log.events.on('appended', ({ envelopes }) => { for (const { device: author } of envelopes) batch.hasSpoken(author) }))
  scope.defer(exchange.events.on('presence', ({ from, content }) => batch.take(from, content)))
  greet(core, exchange, acknowledgements)

  const syncing = signal<{ received: number, total: number } | null>(null)
  return {
    exchange, acknowledgements, agreements, typing,
    facet: { typing: typing.typing, setTyping: typing.setTyping, syncing },
    noteProgress: (progress) => { syncing.value = progress },
    start () {
      exchange.start()
      agreements.start()
    }
  }
}

/** A device that comes into reach, or by another path, may have missed what was told meanwhile. */
function greet ({ context: { mesh }, log, scope }: RoomCore, { present }: Exchange, { arrived }: Pick<Acknowledgements, 'arrived'>): void {
  let inReach: ReadonlySet<string> = new Set()
  scope.defer(effect(() => {
    const devices = [...new Set([...present.value, ...mesh.links.value.keys()])].filter((key) => memberOf(log.membership.value, key) !== null)
    const paths = devices.map((key) => ({ key, path: `${key} ${mesh.links.value.get(key)?.path === 'direct' ? 'direct' : 'by the node'}` }))
    for (const { key, path } of paths) if (!inReach.has(path)) arrived(key)
    inReach = new Set(paths.map(({ path }) => path))
  }))
}
