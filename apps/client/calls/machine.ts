/**
 * The call of this device as a pure function: `(state, event) → [state, effects]`. It knows who should be linked with whom and what to do
 * when that fails; it knows neither WebRTC nor streams nor clocks. Times are Unix ms and come in with the events.
 *
 * Two devices that are in the same call keep one connection. Whoever comes later opens the signalling stream and makes the offer; when
 * both do at once, the stream of the smaller device key counts. Only the side that made the first offer makes later ones, so two offers
 * never cross.
 */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'

/** What somebody sends into the call. */
export interface MediaFlags {
  microphone: boolean
  camera: boolean
  screen: boolean
  /** Asks to speak. */
  hand: boolean
  /** Keeps what is said and seen. */
  recording: boolean
}

/** Names one signalling stream on this device; larger is later. */
export type StreamId = number

export type Peer =
  /** The stream is being opened. */
  | { status: 'opening', stream: StreamId, attempt: number, since: number }
  /** The stream is there, the media connection is being made. */
  | { status: 'linking', stream: StreamId, offers: boolean, attempt: number, since: number }
  /** Media flows. Without a stream (null) it goes on flowing, and the stream is opened again; `reopenedAt`: when this side did, null when the other. */
  | { status: 'connected', stream: StreamId | null, reopenedAt: number | null, offers: boolean, attempt: number, since: number }
  /** Media was lost; the path is being searched anew. Without a stream (null) that cannot be told: another is opened at `retryAt`. */
  | { status: 'recovering', stream: StreamId | null, reopenedAt: number | null, offers: boolean, attempt: number, since: number, hasRestarted: boolean, retryAt: number }
  /** Tried in vain; tried again at `retryAt`. */
  | { status: 'waiting', attempt: number, retryAt: number }

export interface CallState {
  /** Null while in no call. */
  roomTag: RoomTag | null
  self: DeviceKey
  media: MediaFlags
  peers: ReadonlyMap<DeviceKey, Peer>
  nextStream: StreamId
  announceAt: number
}

export type CallEvent =
  | { type: 'join', at: number, roomTag: RoomTag, media: MediaFlags, present: readonly DeviceKey[] }
  | { type: 'leave' }
  | { type: 'media', at: number, media: MediaFlags }
  /** Somebody is in the call, as they announced or as the stream they opened says. */
  | { type: 'present', at: number, device: DeviceKey, isNewcomer: boolean }
  /** Has left, was removed from the room, or was silent for too long. */
  | { type: 'absent', device: DeviceKey }
  /** A stream of ours is open and the other side has answered; `resumes` when both still hold the same media connection. */
  | { type: 'opened', at: number, device: DeviceKey, stream: StreamId, resumes: boolean }
  /** A stream was opened by the other side. `stream` was taken from `nextStream`. */
  | { type: 'called', at: number, device: DeviceKey, stream: StreamId, resumes: boolean }
  /** A stream is over, however. */
  | { type: 'ended', at: number, device: DeviceKey, stream: StreamId }
  /** What the media connection says of itself. */
  | { type: 'link', at: number, device: DeviceKey, state: 'connected' | 'disconnected' | 'failed' }
  /** The network has changed or the machine woke up. */
  | { type: 'wake', at: number }
  /** The node is there again, and with it everybody who has no other way. */
  | { type: 'reachable', at: number }
  | { type: 'tick', at: number }

export type CallEffect =
  /** Tells the room that this device is in its call; null: that it left. */
  | { type: 'announce', roomTag: RoomTag, media: MediaFlags | null }
  | { type: 'open', device: DeviceKey, stream: StreamId }
  | { type: 'close-stream', device: DeviceKey, stream: StreamId }
  /** Makes a fresh media connection over this stream; an older one is closed. */
  | { type: 'connect', device: DeviceKey, stream: StreamId, offers: boolean }
  /** Goes on with the connection there is, over a new stream; `restarts` when it needs another path. */
  | { type: 'resume', device: DeviceKey, stream: StreamId, restarts: boolean }
  /** Searches a new path for the connection there is. */
  | { type: 'restart', device: DeviceKey }
  /** Ends media and stream, for good as far as this device knows. */
  | { type: 'disconnect', device: DeviceKey }
  /** Ends media and stream, to try it afresh: the other side is not left. */
  | { type: 'give-up', device: DeviceKey }
  | { type: 'tell-media', media: MediaFlags }

type LivePeer = Extract<Peer, { status: 'connected' | 'recovering' }>
const isLive = (peer: Peer): peer is LivePeer => peer.status === 'connected' || peer.status === 'recovering'

/** Said again this often, so that who comes later knows, and silence means gone (see roster.ts). */
export const ANNOUNCE_EVERY_MS = 8000
/** A relayed dial and the slowest gathering of candidates; after it a fresh attempt is better than waiting. */
export const LINK_TIMEOUT_MS = 15_000
export const OPEN_TIMEOUT_MS = 12_000
/** A lost packet or two also read as "disconnected": it often heals by itself. */
export const DISCONNECTED_PATIENCE_MS = 1500
export const RECOVER_TIMEOUT_MS = 12_000
const RETRY_BASE_MS = 500
const RETRY_MAX_MS = 15_000
/** Attempts after which people are told that it does not work; it is tried on. */
export const FAILED_AFTER_ATTEMPTS = 4
/** Who was there first waits this long for the newcomer's stream before it opens one itself; the larger key longer, so that they do not cross. */
export const COURTESY_MS = 400
const LONG_COURTESY_MS = 3000
/** Two streams that were opened for one connection within this time cross: longer than a slow path takes, and than a stream that is opened at once is lost. */
export const CROSSING_MS = 2000

export const NO_MEDIA: MediaFlags = { microphone: false, camera: false, screen: false, hand: false, recording: false }

export const idleCall = (self: DeviceKey): CallState =>
  ({ roomTag: null, self, media: NO_MEDIA, peers: new Map(), nextStream: 1, announceAt: Infinity })

/** Total: an event that does not fit the state (late, doubled, of another call) changes nothing. */
export function stepCall (state: CallState, event: CallEvent): [CallState, CallEffect[]] {
  const draft = new Draft(state)
  apply(draft, event)
  return draft.end()
}

/** What happens to each peer's connection, as people see it. */
export function mediaStatus (peer: Peer | undefined): 'connecting' | 'connected' | 'failed' {
  if (peer === undefined) return 'connecting'
  if (peer.status === 'connected') return 'connected'
  return peer.attempt >= FAILED_AFTER_ATTEMPTS ? 'failed' : 'connecting'
}

/** Whether there is a media connection with a device, or one that looks for another path. */
export function hasMedia ({ peers }: CallState, device: DeviceKey): boolean {
  const peer = peers.get(device)
  return peer !== undefined && isLive(peer)
}

/** When the next `tick` is due; Infinity when none is. */
export function nextTickAt ({ roomTag, peers, announceAt }: CallState): number {
  if (roomTag === null) return Infinity
  return [...peers.values()].reduce((soonest, peer) => Math.min(soonest, deadlineOf(peer)), announceAt)
}

class Draft {
  state: CallState
  readonly peers: Map<DeviceKey, Peer>
  readonly effects: CallEffect[] = []

  constructor (state: CallState) {
    this.state = state
    this.peers = new Map(state.peers)
  }

  change (change: Partial<CallState>): void { this.state = { ...this.state, ...change } }

  do (effect: CallEffect): void { this.effects.push(effect) }

  end (): [CallState, CallEffect[]] { return [{ ...this.state, peers: this.peers }, this.effects] }
}

function apply (draft: Draft, event: CallEvent): void {
  if (event.type === 'join') { join(draft, event); return }
  if (draft.state.roomTag === null) {
    if (event.type === 'called') draft.do({ type: 'close-stream', device: event.device, stream: event.stream })
    return
  }
  switch (event.type) {
    case 'leave': leave(draft); return
    case 'media': setMedia(draft, event); return
    case 'present': present(draft, event); return
    case 'absent': drop(draft, event.device); return
    case 'opened': opened(draft, event); return
    case 'called': called(draft, event); return
    case 'ended': ended(draft, event); return
    case 'link': linked(draft, event); return
    case 'wake': wake(draft, event.at); return
    case 'reachable': reachable(draft, event.at); return
    case 'tick': tick(draft, event.at)
  }
}

function join (draft: Draft, { at, roomTag, media, present: devices }: Extract<CallEvent, { type: 'join' }>): void {
  if (draft.state.roomTag === roomTag) { setMedia(draft, { at, media }); return }
  if (draft.state.roomTag !== null) leave(draft)
  draft.change({ roomTag, media })
  announce(draft, at)
  for (const device of devices) open(draft, device, at, 0)
}

function leave (draft: Draft): void {
  const { roomTag } = draft.state
  if (roomTag !== null) draft.do({ type: 'announce', roomTag, media: null })
  for (const device of [...draft.peers.keys()]) drop(draft, device)
  draft.change({ roomTag: null, media: NO_MEDIA, announceAt: Infinity })
}

function setMedia (draft: Draft, { at, media }: { at: number, media: MediaFlags }): void {
  draft.change({ media })
  draft.do({ type: 'tell-media', media })
  announce(draft, at)
}

function announce (draft: Draft, at: number): void {
  const { roomTag, media } = draft.state
  if (roomTag === null) return
  draft.change({ announceAt: at + ANNOUNCE_EVERY_MS })
  draft.do({ type: 'announce', roomTag, media })
}

function drop (draft: Draft, device: DeviceKey): void {
  if (draft.peers.delete(device)) draft.do({ type: 'disconnect', device })
}

function open (draft: Draft, device: DeviceKey, at: number, attempt: number): void {
  if (device === draft.state.self) return
  const stream = draft.state.nextStream
  draft.change({ nextStream: stream + 1 })
  draft.peers.set(device, { status: 'opening', stream, attempt, since: at })
  draft.do({ type: 'open', device, stream })
}

/** A newcomer calls those it finds; they wait for it a moment, so that two streams rarely cross. */
function present (draft: Draft, { device, at, isNewcomer }: Extract<CallEvent, { type: 'present' }>): void {
  if (device === draft.state.self || draft.peers.has(device)) return
  if (isNewcomer) draft.peers.set(device, { status: 'waiting', attempt: 0, retryAt: at + (draft.state.self < device ? COURTESY_MS : LONG_COURTESY_MS) })
  else open(draft, device, at, 0)
}

function opened (draft: Draft, { device, stream, at, resumes }: Extract<CallEvent, { type: 'opened' }>): void {
  const peer = draft.peers.get(device)
  if (peer === undefined || peer.status === 'waiting' || peer.stream !== stream) {
    draft.do({ type: 'close-stream', device, stream })
    return
  }
  if (peer.status === 'opening') begin(draft, device, stream, true, peer.attempt, at)
  else if (resumes && isLive(peer)) resume(draft, device, peer, stream, at)
  else begin(draft, device, stream, true, 0, at)
}

/** Streams that cross: the one of the smaller device key counts. Else each side would go on with the other's, which the other has ended for this one. */
function called (draft: Draft, { device, stream, at, resumes }: Extract<CallEvent, { type: 'called' }>): void {
  draft.change({ nextStream: Math.max(draft.state.nextStream, stream + 1) })
  const peer = draft.peers.get(device)
  const crosses = peer?.status === 'opening' || (resumes && peer !== undefined && isLive(peer) && peer.reopenedAt !== null && at < peer.reopenedAt + CROSSING_MS)
  if (device === draft.state.self || (crosses && draft.state.self < device)) {
    draft.do({ type: 'close-stream', device, stream })
    return
  }
  if (peer !== undefined && peer.status !== 'waiting' && peer.stream !== null) draft.do({ type: 'close-stream', device, stream: peer.stream })
  if (resumes && peer !== undefined && isLive(peer)) resume(draft, device, { ...peer, reopenedAt: null }, stream, at)
  else begin(draft, device, stream, false, peer?.attempt ?? 0, at)
}

/** Another stream for the connection there is. What was said of a new path over the one before may never have arrived: it is said again. */
function resume (draft: Draft, device: DeviceKey, peer: LivePeer, stream: StreamId, at: number): void {
  draft.peers.set(device, peer.status === 'connected' ? { ...peer, stream } : { ...peer, stream, since: at, hasRestarted: true })
  draft.do({ type: 'resume', device, stream, restarts: peer.status === 'recovering' })
}

/** Only the side that made the offer opens a lost stream again; the other would cross it. */
const mustReopen = ({ stream, offers }: LivePeer): boolean => stream === null && offers

/** Opens another stream for a connection that has lost its own. */
function reopen (draft: Draft, device: DeviceKey, peer: LivePeer, at: number): void {
  const stream = draft.state.nextStream
  draft.change({ nextStream: stream + 1 })
  draft.peers.set(device, { ...peer, stream, reopenedAt: at })
  draft.do({ type: 'open', device, stream })
}

function begin (draft: Draft, device: DeviceKey, stream: StreamId, offers: boolean, attempt: number, at: number): void {
  draft.peers.set(device, { status: 'linking', stream, offers, attempt, since: at })
  draft.do({ type: 'connect', device, stream, offers })
}

function ended (draft: Draft, { device, stream, at }: Extract<CallEvent, { type: 'ended' }>): void {
  const peer = draft.peers.get(device)
  if (peer === undefined || peer.status === 'waiting' || peer.stream !== stream) return
  if (peer.status === 'connected') draft.peers.set(device, { ...peer, stream: null, reopenedAt: null, since: at })
  else if (peer.status === 'recovering') draft.peers.set(device, { ...peer, stream: null, reopenedAt: null, retryAt: at + RETRY_BASE_MS })
  else retryLater(draft, device, peer.attempt, at)
}

function linked (draft: Draft, { device, state, at }: Extract<CallEvent, { type: 'link' }>): void {
  const peer = draft.peers.get(device)
  if (peer === undefined || peer.status === 'waiting' || peer.status === 'opening') return
  if (state === 'connected') {
    draft.peers.set(device, { status: 'connected', stream: peer.stream, reopenedAt: isLive(peer) ? peer.reopenedAt : null, offers: peer.offers, attempt: 0, since: at })
  } else if (peer.status === 'connected') {
    const isOver = state === 'failed'
    if (isOver && peer.stream === null) { retryLater(draft, device, 0, at); return }
    draft.peers.set(device, { status: 'recovering', stream: peer.stream, reopenedAt: peer.reopenedAt, offers: peer.offers, attempt: peer.attempt, since: at, hasRestarted: isOver, retryAt: at })
    if (isOver) draft.do({ type: 'restart', device })
  } else if (state === 'failed' && peer.status === 'recovering' && !peer.hasRestarted && peer.stream !== null) {
    draft.peers.set(device, { ...peer, hasRestarted: true })
    draft.do({ type: 'restart', device })
  } else if (state === 'failed') {
    retryLater(draft, device, peer.attempt, at)
  }
}

function retryLater (draft: Draft, device: DeviceKey, attempt: number, at: number): void {
  draft.do({ type: 'give-up', device })
  // The larger key waits a little longer, so that both do not call each other again and again at the same time.
  const courtesyMs = draft.state.self < device ? 0 : RETRY_BASE_MS / 2
  const delayMs = Math.min(RETRY_BASE_MS * 2 ** attempt, RETRY_MAX_MS) + courtesyMs
  draft.peers.set(device, { status: 'waiting', attempt: attempt + 1, retryAt: at + delayMs })
}

/** Another network: each connection looks for its path at once instead of when it has timed out. */
function wake (draft: Draft, at: number): void {
  for (const [device, peer] of draft.peers) {
    if (!isLive(peer)) continue
    const { stream, reopenedAt, offers, attempt } = peer
    const recovering: LivePeer = { status: 'recovering', stream, reopenedAt, offers, attempt, since: at, hasRestarted: stream !== null, retryAt: at }
    draft.peers.set(device, recovering)
    if (stream === null) reopen(draft, device, recovering, at)
    else draft.do({ type: 'restart', device })
  }
  retryNow(draft, at)
}

function retryNow (draft: Draft, at: number): void {
  for (const [device, peer] of draft.peers) {
    if (peer.status === 'waiting') open(draft, device, at, 0)
    else if (peer.status === 'recovering' && peer.stream === null) reopen(draft, device, peer, at)
  }
}

/** The others may have heard nothing of this device meanwhile. And a search for another path may follow: the stream to tell it over is there then. */
function reachable (draft: Draft, at: number): void {
  announce(draft, at)
  for (const [device, peer] of draft.peers) if (peer.status === 'connected' && mustReopen(peer)) reopen(draft, device, peer, at)
  retryNow(draft, at)
}

function tick (draft: Draft, at: number): void {
  if (at >= draft.state.announceAt) announce(draft, at)
  for (const [device, peer] of draft.peers) {
    if (at < deadlineOf(peer)) continue
    if (peer.status === 'waiting') {
      open(draft, device, at, peer.attempt)
    } else if (peer.status === 'connected') {
      // Media flows, only the stream is gone: open another for what may have to be said later.
      reopen(draft, device, { ...peer, since: at }, at)
    } else if (peer.status === 'recovering' && peer.stream === null && at < peer.since + RECOVER_TIMEOUT_MS) {
      reopen(draft, device, peer, at)
    } else if (peer.status === 'recovering' && !peer.hasRestarted && peer.stream !== null) {
      draft.peers.set(device, { ...peer, hasRestarted: true })
      draft.do({ type: 'restart', device })
    } else {
      retryLater(draft, device, peer.attempt, at)
    }
  }
}

function deadlineOf (peer: Peer): number {
  switch (peer.status) {
    case 'opening': return peer.since + OPEN_TIMEOUT_MS
    case 'linking': return peer.since + LINK_TIMEOUT_MS
    case 'connected': return mustReopen(peer) ? peer.since + RETRY_BASE_MS : Infinity
    case 'recovering':
      if (peer.stream === null) return Math.min(peer.retryAt, peer.since + RECOVER_TIMEOUT_MS)
      return peer.since + (peer.hasRestarted ? RECOVER_TIMEOUT_MS : DISCONNECTED_PATIENCE_MS)
    case 'waiting': return peer.retryAt
  }
}
