/**
 * How a room's log travels: out by gossip as it is written, in by gossip as it is judged, and by sync whenever something may be missing.
 * Gossip is only the fast path; certainty comes from sync with whoever appears, after each gap, and now and then with anybody.
 */
import { effect, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { decodeEnvelope, encodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { decodeGossipFrame, encodeGossipFrame, type GossipFrame } from '#shared/wire/gossip.ts'
import type { ListedInvite } from '#shared/wire/rendezvous.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { covers } from '#shared/wire/sync/ranges.ts'
import type { Device } from '../../identity/index.ts'
import { NEIGHBOURHOOD } from '../../mesh/neighbourhood.ts'
import type { Mesh, Remote, RoomMesh, Verdict } from '../../mesh/types.ts'
import type { Addressed } from '../../protocols/addressed/index.ts'
import { createFreshness } from '../../protocols/presence/freshness.ts'
import { openPresence, sealedIn, sealPresence, splitPresence, type PresenceContent, type SentPresence } from '../../protocols/presence/index.ts'
import { dependOn } from '../../state/depend-on.ts'
import { createEvents, type EventSource } from '../../state/events.ts'
import type { Scope } from '../../state/scope.ts'
import { tellsAuthors } from './acknowledgement-policy.ts'
import { createFrameBudget } from './frame-budget.ts'
import { memberOf } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

/** A gap is often closed by the next frame of gossip: wait that long, spread so that not all ask at once. */
const GAP_DELAY_MS = 300
/** Asking the node whether it has kept what was sent costs 300 bytes; a burst of messages asks once. */
const KEPT_DELAY_MS = 250
/** While messages keep being sent it is asked this often. */
const KEPT_EVERY_MS = 1000
/** A linked member that has not told within this time that it holds what was sent is compared with: gossip has lost it, or the receipt. */
const RECEIPT_TIMEOUT_MS = 2500
/** Somebody is asked whether anything is missing, also when all seems well. */
const HEARTBEAT_MS = 45_000
/** A member of a small room who came and is not linked by then is compared with all the same. One of the two begins, the other waits for it. */
const UNLINKED_DELAY_MS = [1500, 5000] as const
const SYNC_TIMEOUT_MS = 60_000
const SYNC_RETRY_MS = 500

export type { SentPresence }

export interface Exchange {
  /** What a member's device has said that nobody stores. */
  readonly events: EventSource<{ presence: { from: DeviceKey, content: PresenceContent } }>
  readonly present: ReadonlySignal<ReadonlySet<DeviceKey>>
  /** Publishes something small to everybody who is there. */
  sendPresence(content: SentPresence): void
  /** Sends something small to single devices, and to nobody else. */
  sendTo(devices: readonly DeviceKey[], content: SentPresence): void
  /** Begins to compare with whoever is or comes into reach; once the room can be found by others. */
  start(): void
  /** Compares with everybody in reach, the node too. */
  compare(): void
}

export function createExchange ({ log, keys, mesh, addressed, device, scope, sync, holdsUpTo, onSeen }: {
  log: RoomLog
  /** The room's access key. */
  keys: RoomKeys
  mesh: Mesh
  addressed: Pick<Addressed, 'send' | 'enter'>
  device: Device
  scope: Scope
  sync: (remote: Remote, tag: RoomTag, options: { signal: AbortSignal }) => Promise<unknown>
  /** Whether a member is known to hold what this device wrote, up to a position. */
  holdsUpTo: (device: DeviceKey, seq: number) => boolean
  onSeen: (device: DeviceKey) => void
}): Exchange {
  const tag = log.roomTag
  const events = createEvents<{ presence: { from: DeviceKey, content: PresenceContent } }>()
  const isMember = (key: DeviceKey): boolean => memberOf(log.membership.peek(), key) !== null
  const budget = createFrameBudget(mesh)
  const freshness = createFreshness()
  const roomMesh: RoomMesh = mesh.enterRoom(tag, { isMember, validate, keys, invites })
  /** Links that find this room's members at the node; one that was withdrawn is shown as such. */
  function invites (): ListedInvite[] {
    return [...log.membership.peek().invites.values()].map(({ id, expiresAt, isRevoked }) => ({ id, expiresAt: isRevoked ? 0 : expiresAt }))
  }
  const syncSoon = createSoon<Remote>(scope, (remote) => startSync(remote))

  let lastWritten = 0
  /** Up to which position receipts are waited for; null while they are not. */
  let awaited: number | null = null
  /** What was sent meanwhile has its own time: in a lively room somebody always lacks the newest. */
  const awaitReceipts = (): void => {
    if (awaited !== null) return
    const upTo = awaited = lastWritten
    scope.later(RECEIPT_TIMEOUT_MS, () => {
      awaited = null
      // Without receipts nobody is missed; the node is compared with by itself, and while it is away those with a direct link stand for all.
      const isTold = tellsAuthors(log.membership.peek())
      const isDirect = (key: DeviceKey): boolean => mesh.links.peek().get(key)?.path === 'direct'
      const asked = [...linked, ...fewUnlinked()].filter((key) => isTold || (mesh.node.peek() !== 'online' && isDirect(key)))
      for (const key of asked) if (!holdsUpTo(key, upTo)) startSync(key)
      if (lastWritten > upTo) awaitReceipts()
    })
  }

  const failures = new Map<Remote, number>()
  const isInReach = (remote: Remote): boolean => remote === 'node' ? mesh.node.peek() === 'online' : mesh.links.peek().has(remote)

  let askedNodeAt = -Infinity
  function startSync (remote: Remote): void {
    if (remote === 'node') askedNodeAt = Date.now()
    const signal = AbortSignal.any([scope.signal, AbortSignal.timeout(SYNC_TIMEOUT_MS)])
    sync(remote, tag, { signal }).then(() => failures.delete(remote), () => {
      mesh.drop('sync-failed')
      const count = (failures.get(remote) ?? 0) + 1
      failures.set(remote, count)
      // A remote that is gone is asked again when it comes back; one that is there, ever more rarely.
      if (isInReach(remote)) syncSoon(remote, SYNC_RETRY_MS * 2 ** Math.min(count - 1, 6))
    })
  }

  async function validate (bytes: Uint8Array, from: Remote): Promise<Verdict> {
    return await judge(() => decodeGossipFrame(bytes), from)
  }

  /** @param read returns the frame, or throws when it is malformed */
  async function judge (read: () => GossipFrame, from: Remote): Promise<Verdict> {
    try {
      const frame = read()
      const refusal = budget.refusalOf(frame, from)
      if (refusal !== null) return { verdict: 'ignore', reason: refusal }
      return frame.type === 'envelope' ? await judgeEnvelope(frame, from) : await judgeEphemeral(frame, from)
    } catch (error) {
      if (error instanceof WireError) {
        budget.blame(from)
        return { verdict: 'reject', reason: error.reason }
      }
      return { verdict: 'ignore', reason: 'validation-failed' }
    }
  }

  async function judgeEnvelope (frame: Extract<GossipFrame, { type: 'envelope' }>, from: Remote): Promise<Verdict> {
    const envelope = await decodeEnvelope(frame.envelope)
    if (envelope.header.roomTag !== tag) throw new WireError('other-room')
    if (!log.membership.peek().authors.has(envelope.header.devTag)) {
      // Either a stranger, or somebody whose admission has not arrived yet: sync will tell.
      if (budget.chargeStranger(from)) syncSoon(from, GAP_DELAY_MS)
      return { verdict: 'ignore', reason: 'unknown-author' }
    }
    const verified = await verifyEnvelope(envelope, frame.device)
    if (!budget.charge(frame.device, from, 'envelope')) return { verdict: 'ignore', reason: 'over-budget' }
    return { verdict: 'accept', deliver: () => scope.run(takeIn(verified, from)) }
  }

  async function takeIn (envelope: VerifiedEnvelope, from: Remote): Promise<void> {
    const { devTag, seq } = envelope.header
    await log.append([envelope])
    const have = log.vector().get(devTag)?.have ?? []
    const isGap = seq > 1 && !covers(have, seq - 1)
    const lacksPast = envelope.header.heads.some((head) => log.operations.clockAt(head) === 0)
    if (isGap || lacksPast) syncSoon(from, GAP_DELAY_MS * (1 + Math.random()))
  }

  async function judgeEphemeral (frame: Extract<GossipFrame, { type: 'ephemeral' }>, from: Remote): Promise<Verdict> {
    if (!isMember(frame.device)) return { verdict: 'ignore', reason: 'not-a-member' }
    // RULE: presence opens in the newest two epochs, so that what is under way during a rotation still arrives.
    if (log.keyring.isOutdated(log.membership.peek(), sealedIn(frame, (id) => log.keyring.get(id)))) return { verdict: 'ignore', reason: 'presence-old-epoch' }
    try {
      const presence = await openPresence(frame, { roomTag: tag, epochOf: (id) => log.keyring.get(id) })
      const { content } = presence
      // RULE: nobody pays for what others bring again of theirs.
      const refusal = freshness.refusalOf(frame.device, presence)
      if (refusal !== null) return { verdict: 'ignore', reason: refusal }
      if (!budget.charge(frame.device, from, content.type)) return { verdict: 'ignore', reason: 'over-budget' }
      freshness.record(frame.device, presence)
      return { verdict: 'accept', deliver: () => { if (frame.device !== device.key) events.emit('presence', { from: frame.device, content }) } }
    } catch (error) {
      // Its epoch may be newer than what this device knows: pass it on, since others may open it.
      if (error instanceof WireError && error.reason === 'unknown-epoch') {
        return budget.charge(frame.device, from, 'unknown') ? { verdict: 'accept', deliver: () => {} } : { verdict: 'ignore', reason: 'over-budget' }
      }
      throw error
    }
  }

  async function send (content: SentPresence, hand: (frame: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    const epoch = log.keyring.forSending(log.membership.peek())
    if (epoch === null) return
    for (const part of splitPresence(content)) {
      const stamped = { content: part, sentAt: Date.now(), count: device.nextCount() }
      hand(await sealPresence({ roomTag: tag, device: device.key, signingKey: device.signing.privateKey, epoch }, stamped))
    }
  }

  /** Judges a frame that is for this device alone as if it had come by gossip; entries do not travel this way. */
  async function receiveAddressed (bytes: Uint8Array, from: Remote): Promise<void> {
    const frame = readEphemeral(bytes)
    if (frame === null) {
      budget.blame(from)
      mesh.drop('addressed-not-ephemeral')
      return
    }
    const judged = await judge(() => frame, from)
    if (judged.verdict === 'accept') judged.deliver()
    else mesh.drop(judged.reason)
  }

  scope.defer(addressed.enter(tag, (frame, from) => scope.run(receiveAddressed(frame, from))))
  scope.defer(() => roomMesh.leave())
  scope.defer(log.events.on('appended', ({ envelopes }) => {
    for (const envelope of envelopes) {
      if (envelope.device !== device.key) continue
      const frame = encodeGossipFrame({ type: 'envelope', envelope: encodeEnvelope(envelope), device: device.key })
      scope.run(roomMesh.publish(frame))
      syncSoon('node', Math.max(KEPT_DELAY_MS, askedNodeAt + KEPT_EVERY_MS - Date.now()))
      lastWritten = envelope.header.seq
      awaitReceipts()
    }
  }))

  let linked: ReadonlySet<DeviceKey> = new Set()
  /** Members who are at the node and with whom there is no link: comparing with one makes a relayed link for as long as it takes. */
  const unlinked = (): DeviceKey[] => [...roomMesh.present.peek()].filter((key) => isMember(key) && !linked.has(key))
  const isSmall = (): boolean => roomMesh.present.peek().size < NEIGHBOURHOOD.smallRoom
  const fewUnlinked = (): DeviceKey[] => isSmall() ? unlinked() : []
  let present: ReadonlySet<DeviceKey> = new Set()
  const compareWithNewcomers = (): void => {
    const now = roomMesh.present.value
    const newcomers = isSmall() ? [...now].filter((key) => !present.has(key)) : []
    present = now
    for (const key of newcomers) {
      scope.later(UNLINKED_DELAY_MS[device.key < key ? 0 : 1], () => { if (fewUnlinked().includes(key)) startSync(key) })
    }
  }

  const start = (): void => {
    // Whoever comes into reach is compared with at once, the node too.
    scope.defer(effect(() => {
      const now = new Set([...mesh.links.value.keys()].filter((key) => memberOf(log.membership.value, key) !== null))
      for (const key of now) {
        if (linked.has(key)) continue
        onSeen(key)
        startSync(key)
      }
      for (const key of linked) if (!now.has(key)) onSeen(key)
      linked = now
    }))
    scope.defer(effect(() => { if (mesh.node.value === 'online') startSync('node') }))
    scope.defer(effect(compareWithNewcomers))
    const beat = (): void => {
      const partners: Remote[] = [...linked]
      if (mesh.node.peek() === 'online') partners.push('node')
      // The mailbox may lack what a member holds (it is full, or what it held has expired): now and then one who is reached by the node alone.
      const others = unlinked()
      partners.push(...others.splice(Math.floor(Math.random() * others.length), 1))
      const partner = partners[Math.floor(Math.random() * partners.length)]
      if (partner !== undefined) startSync(partner)
      scope.later(HEARTBEAT_MS * (0.75 + Math.random() / 2), beat)
    }
    scope.later(HEARTBEAT_MS, beat)
    scope.defer(effect(() => {
      dependOn(log.membership)
      roomMesh.refresh()
    }))
  }

  const compare = (): void => {
    for (const key of [...linked, ...fewUnlinked()]) startSync(key)
    if (mesh.node.peek() === 'online') startSync('node')
  }

  return {
    events,
    present: roomMesh.present,
    start,
    compare,
    sendPresence: (content) => scope.run(send(content, (frame) => scope.run(roomMesh.publish(frame)))),
    sendTo: (devices, content) => scope.run(send(content, (frame) => {
      for (const key of devices) if (!addressed.send(tag, key, frame)) mesh.drop('addressed-unsent')
    }))
  }
}

/** Returns null for any other frame, and for bytes that are none. */
function readEphemeral (bytes: Uint8Array): GossipFrame | null {
  try {
    const frame = decodeGossipFrame(bytes)
    return frame.type === 'ephemeral' ? frame : null
  } catch {
    return null
  }
}

/** One pending call per subject: asking again while one waits changes nothing. */
function createSoon<Subject> (scope: Scope, act: (subject: Subject) => void): (subject: Subject, delayMs: number) => void {
  const waiting = new Set<Subject>()
  return (subject, delayMs) => {
    if (waiting.has(subject)) return
    waiting.add(subject)
    scope.later(delayMs, () => {
      waiting.delete(subject)
      act(subject)
    })
  }
}
