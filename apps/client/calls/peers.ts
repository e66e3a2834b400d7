/** What the call machine decides, done: signalling streams and media connections, one of each per device in the call. */
import { effect as react } from '@preact/signals-core'
import { WireError } from '#shared/wire/cbor.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { Mesh } from '../mesh/types.ts'
import {
  answerCallStream, CALL_FRAME_MAX_BYTES, CALL_PROTOCOL, CallRefused, openCallStream, type ByeReason, type CallHello, type CallMessage, type CallStream
} from '../protocols/call/index.ts'
import { dependOn } from '../state/depend-on.ts'
import { createMutex } from '../state/mutex.ts'
import { createScope } from '../state/scope.ts'
import { makeEarlyOffer, type EarlyOffer } from './early-offer.ts'
import { NO_MEDIA, type CallEffect, type CallEvent, type MediaFlags, type StreamId } from './machine.ts'
import { fullSending } from './media/adapt.ts'
import { createMediaConnection, SECTIONS, type MediaConnection } from './media/connection.ts'
import type { LocalMedia } from './media/local.ts'
import { createQualityMeter, type QualityMeter } from './media/quality.ts'
import { createSending, type SendingSlot } from './sending.ts'

export interface PeerLine {
  media: MediaFlags
  connection: MediaConnection
  quality: QualityMeter
  /** The line is too thin for the pictures of this device. */
  isVideoPaused: boolean
}

export interface Peers {
  /** Devices with a media connection, in whatever state. */
  readonly lines: ReadonlyMap<DeviceKey, PeerLine>
  run(effect: Exclude<CallEffect, { type: 'announce' }>): void
  /** Other servers, or others to hide from: each connection that is concerned looks for a path anew. */
  useServers(iceServers?: RTCIceServer[]): void
  /** Takes an inbound stream. @throws {WireError | Error} (rejects) */
  answer(stream: FrameStream, remote: DeviceKey): Promise<void>
  stop(): void
}

interface Slot extends SendingSlot {
  locked: ReturnType<typeof createMutex>
  streams: Map<StreamId, CallStream>
  line: Omit<PeerLine, 'isVideoPaused'> | null
  early: EarlyOffer | null
  media: MediaFlags
  /** Which end sends through a TURN server; of this one null while it is not known. */
  isRelayed: { mine: boolean | null, theirs: boolean }
}

/** A call that ends at once needs no more, and the first voices and pictures have the machine for themselves. */
const DESCRIBE_ALL_AFTER_MS = 500

const MEDIA_FLAGS = Object.keys(NO_MEDIA) as (keyof MediaFlags)[]

/** Who says so is out of the call for this device, until they announce themselves again. */
const NOT_HERE: ReadonlySet<ByeReason> = new Set<ByeReason>(['not-in-call', 'removed', 'locked'])

export function createPeers ({ mesh, local, roomTag, media, nextStream, iceServers, isHiddenFrom, onNoRelay, refusalOf, dispatch, onChange }: {
  mesh: Mesh
  local: LocalMedia
  roomTag: RoomTag
  media: () => MediaFlags
  nextStream: () => StreamId
  iceServers: RTCIceServer[]
  /** To whom media may only go through a TURN server. */
  isHiddenFrom: (device: DeviceKey) => boolean
  /** There is no such server, so nothing goes to somebody. */
  onNoRelay: () => void
  /** Why this device does not take part in a call with somebody; null when it does. */
  refusalOf: (device: DeviceKey) => ByeReason | null
  dispatch: (event: CallEvent) => void
  /** Tracks or flags of somebody have changed. */
  onChange: () => void
}): Peers {
  let servers = iceServers
  const slots = new Map<DeviceKey, Slot>()
  const slotOf = (device: DeviceKey): Slot => {
    const slot = slots.get(device) ?? {
      locked: createMutex(), streams: new Map(), line: null, early: null, media: NO_MEDIA, sending: fullSending(Date.now()), isRelayed: { mine: null, theirs: false }
    }
    slots.set(device, slot)
    return slot
  }
  const lines = (): Map<DeviceKey, PeerLine> =>
    new Map([...slots].flatMap(([device, slot]) => slot.line === null ? [] : [[device, { ...slot.line, media: slot.media, isVideoPaused: sending.isPaused(slot) }]]))

  const fail = (error: unknown): void => {
    if (!(error instanceof CallRefused)) mesh.drop(error instanceof WireError ? `call-${error.reason}` : 'call-failed')
  }
  const scope = createScope(fail)
  const sending = createSending({
    slots, media, local,
    onPaused (slot) {
      tellMedia(slot)
      onChange()
    },
    onError: fail
  })
  const tellMedia = (slot: Slot): void => {
    const { mine } = slot.isRelayed
    for (const stream of slot.streams.values()) stream.send({ type: 'media', media: sending.mediaFor(slot), ...mine === null ? {} : { isRelayed: mine } })
  }

  /** What was switched while a stream was being opened is told over no stream: the other side would show what the hello said. */
  const tellIfChanged = (slot: Slot, told: MediaFlags | undefined): void => {
    const now = sending.mediaFor(slot)
    if (told !== undefined && MEDIA_FLAGS.some((flag) => told[flag] !== now[flag])) tellMedia(slot)
  }

  const helloTo = (device: DeviceKey): CallHello => ({ roomTag, media: sending.mediaFor(slots.get(device)), session: slots.get(device)?.line?.connection.session ?? null })
  const doesResume = (device: DeviceKey, hello: CallHello): boolean =>
    hello.session !== null && hello.session === (slots.get(device)?.line?.connection.session ?? null)

  /** Only to those who can be reached: elsewhere a connection would be made for nothing, again and again. */
  const offerEarly = (device: DeviceKey, stream: StreamId): void => {
    const slot = slotOf(device)
    slot.early?.drop()
    slot.early = slot.line === null && mesh.reachable.peek().has(device)
      ? makeEarlyOffer(stream, async (send) => await createConnection(device, { offers: true, send }))
      : null
  }

  const open = async (device: DeviceKey, stream: StreamId): Promise<void> => {
    try {
      const opening = mesh.open(device, CALL_PROTOCOL, { signal: scope.signal, maxFrameBytes: CALL_FRAME_MAX_BYTES })
      offerEarly(device, stream)
      const frames = await opening
      const hello = helloTo(device)
      const line = await openCallStream(frames, hello, {
        signal: scope.signal,
        onSaid (send) {
          const early = slots.get(device)?.early
          if (early?.stream === stream) early.said(send)
        }
      })
      if (line.hello.roomTag !== roomTag) {
        line.end('not-in-call')
        throw new WireError('call-other-room')
      }
      const slot = slotOf(device)
      slot.media = line.hello.media
      slot.streams.set(stream, line)
      tellIfChanged(slot, hello.media)
      dispatch({ type: 'opened', at: Date.now(), device, stream, resumes: doesResume(device, line.hello) })
      await listen(device, stream, line)
    } catch (error) {
      fail(error)
      if (error instanceof CallRefused && NOT_HERE.has(error.reason)) dispatch({ type: 'absent', device })
      else dispatch({ type: 'ended', at: Date.now(), device, stream })
    }
  }

  const listen = async (device: DeviceKey, stream: StreamId, line: CallStream): Promise<void> => {
    const slot = slotOf(device)
    if (scope.signal.aborted) line.end('left')
    try {
      for await (const message of line.messages()) {
        // A stream that is opened again is no new beginning: the budget is the device's.
        if (!mesh.budgets.take('call-messages', device)) throw new WireError('flood')
        if (message.type === 'candidate' && !mesh.budgets.take('call-candidates', device)) continue
        if (message.type === 'bye') {
          // What an earlier stream says late is not of now: the other side may be here again by a later one.
          if (message.reason === 'left' && slots.get(device)?.streams.get(stream) === line) dispatch({ type: 'absent', device })
          break
        }
        if (message.type === 'media') {
          slot.media = message.media
          if (message.isRelayed !== undefined) slot.isRelayed.theirs = message.isRelayed
          onChange()
        // What still comes over a stream that another has replaced is about no connection of now.
        } else if (slot.streams.get(stream) === line) {
          await slot.locked(async () => await slot.line?.connection.handle(message))
          // It may have more sections now.
          if ((message.type === 'offer' || message.type === 'answer') && slot.line?.connection.pc.connectionState === 'connected') sending.retune()
        }
      }
    } catch (error) {
      if (!scope.signal.aborted) fail(error)
    } finally {
      slot.streams.delete(stream)
      if (!scope.signal.aborted) dispatch({ type: 'ended', at: Date.now(), device, stream })
    }
  }

  const isRelayOnly = (device: DeviceKey): boolean => {
    const hides = isHiddenFrom(device)
    if (hides && servers.length === 0) onNoRelay()
    return hides
  }
  const describeAll = (device: DeviceKey, connection: MediaConnection): void => {
    const slot = slots.get(device)
    if (slot?.line?.connection === connection) slot.locked(async () => await connection.describeAll()).catch(fail)
  }
  const createConnection = async (device: DeviceKey, { offers, send }: { offers: boolean, send: (message: CallMessage) => void }): Promise<MediaConnection> => {
    const connection: MediaConnection = await createMediaConnection({
      offers, send,
      iceServers: servers,
      isRelayOnly: isRelayOnly(device),
      tracks: local.tracks.peek(),
      onState (state) {
        if (slots.get(device)?.line?.connection.pc !== connection.pc) return
        if (state === 'connected') {
          sending.retune()
          scope.later(DESCRIBE_ALL_AFTER_MS, () => describeAll(device, connection))
        }
        // Most likely the network: whether one still has the other, and the node to find them by, is to be known before that times out.
        else mesh.doubt(device)
        dispatch({ type: 'link', at: Date.now(), device, state })
      },
      onTrack: onChange
    })
    return connection
  }
  const useTracks = async ({ line }: Slot): Promise<void> => {
    const tracks = local.tracks.peek()
    await Promise.all(SECTIONS.map(async (section) => await line?.connection.replace(section, tracks[section])))
  }
  /** RULE: whoever hides is hidden at once. Another search would leave the direct path in use until a relayed one is found, or for good. */
  const hide = async (device: DeviceKey, slot: Slot): Promise<void> => {
    const hides = isRelayOnly(device)
    if (hides && slot.line?.connection.isRelayOnly === false) giveUp(slot)
    else await slot.line?.connection.useServers({ iceServers: servers, isRelayOnly: hides })
  }

  const connect = async (device: DeviceKey, stream: StreamId, offers: boolean): Promise<void> => {
    const slot = slotOf(device)
    slot.line?.connection.close()
    slot.line = null
    const line = slot.streams.get(stream)
    if (line === undefined) return
    const early = offers && slot.early?.stream === stream ? slot.early : null
    if (early === null) slot.early?.drop()
    slot.early = null
    const connection = await (early?.take() ?? createConnection(device, { offers, send: (message) => line.send(message) }))
    if (scope.signal.aborted || slots.get(device) !== slot) {
      connection.close()
      return
    }
    slot.sending = fullSending(Date.now())
    slot.isRelayed = { mine: null, theirs: false }
    slot.line = {
      media: slot.media, connection,
      quality: createQualityMeter(connection.pc, {
        isTheirsRelayed: () => slot.isRelayed.theirs,
        onMine (isRelayed) {
          slot.isRelayed.mine = isRelayed
          tellMedia(slot)
        }
      })
    }
    onChange()
    // What has changed since an early offer was made.
    await Promise.all([useTracks(slot), hide(device, slot)])
  }

  const disconnect = (device: DeviceKey, reason: ByeReason): void => {
    const slot = slots.get(device)
    if (slot === undefined) return
    slots.delete(device)
    slot.early?.drop()
    for (const line of slot.streams.values()) line.end(reason)
    slot.locked(() => {
      slot.line?.connection.close()
      slot.line = null
      return Promise.resolve()
    }).catch(fail)
    onChange()
    sending.retune()
  }

  /** Ends media; a fresh connection follows with the next stream. */
  const giveUp = (slot: Slot): void => {
    slot.line?.connection.close()
    slot.line = null
    for (const stream of slot.streams.values()) stream.end('replaced')
    onChange()
  }

  // A switch is a track that changes, for everybody at once.
  const stopTracks = react(() => {
    dependOn(local.tracks)
    for (const slot of slots.values()) slot.locked(async () => await useTracks(slot)).catch(fail)
  })

  return {
    get lines () { return lines() },
    run (effect) {
      switch (effect.type) {
        case 'open': open(effect.device, effect.stream).catch(fail); return
        case 'close-stream':
          slots.get(effect.device)?.streams.get(effect.stream)?.end('replaced')
          slots.get(effect.device)?.streams.delete(effect.stream)
          return
        case 'connect': {
          const { device, stream, offers } = effect
          slotOf(device).locked(async () => await connect(device, stream, offers)).catch(fail)
          return
        }
        case 'resume': {
          const slot = slots.get(effect.device)
          const line = slot?.streams.get(effect.stream)
          if (slot === undefined || line === undefined) return
          const { connection } = slot.line ?? {}
          connection?.attach((message) => line.send(message))
          slot.locked(async () => await (effect.restarts ? connection?.restart() : connection?.offerAgain())).catch(fail)
          tellMedia(slot)
          return
        }
        case 'restart': {
          const slot = slots.get(effect.device)
          slot?.locked(async () => await slot.line?.connection.restart()).catch(fail)
          return
        }
        case 'disconnect': disconnect(effect.device, 'left'); return
        case 'give-up': disconnect(effect.device, 'replaced'); return
        case 'tell-media':
          for (const slot of slots.values()) tellMedia(slot)
      }
    },
    useServers (next = servers) {
      servers = next
      for (const [device, slot] of slots) slot.locked(async () => await hide(device, slot)).catch(fail)
    },
    async answer (frames, remote) {
      let told: MediaFlags | undefined
      const accept = (hello: CallHello): CallHello | ByeReason => {
        const refusal = hello.roomTag !== roomTag ? 'not-in-call' : refusalOf(remote)
        if (refusal !== null) return refusal
        const answer = helloTo(remote)
        told = answer.media
        return answer
      }
      const line = await answerCallStream(frames, accept, { signal: scope.signal })
      const slot = slotOf(remote)
      slot.media = line.hello.media
      const stream = nextStream()
      slot.streams.set(stream, line)
      tellIfChanged(slot, told)
      dispatch({ type: 'called', at: Date.now(), device: remote, stream, resumes: doesResume(remote, line.hello) })
      await listen(remote, stream, line)
    },
    stop () {
      sending.stop()
      stopTracks()
      for (const device of [...slots.keys()]) disconnect(device, 'left')
      scope.end()
    }
  }
}
