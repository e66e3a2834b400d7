/** What the call machine decides, done: signalling streams and media connections, one of each per device in the call. */
import { effect as react } from '@preact/signals-core'
import { WireError } from '#shared/wire/cbor.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { Mesh } from '../mesh/types.ts'
import {
  answerCallStream, CALL_FRAME_MAX_BYTES, CALL_PROTOCOL, CallRefused, openCallStream, type ByeReason, type CallHello, type CallMessage, type CallStream
} from '../protocols/call/index.ts'
import { createMutex } from '../state/mutex.ts'
import { NO_MEDIA, type CallEffect, type CallEvent, type MediaFlags, type StreamId } from './machine.ts'
import { fullSending, settingsOf, stepSending, type SendState, type Sources } from './media/adapt.ts'
import { createMediaConnection, SECTIONS, type MediaConnection, type Tracks } from './media/connection.ts'
import { readLine } from './media/line-reading.ts'
import type { LocalMedia } from './media/local.ts'
import { createQualityMeter, type QualityMeter } from './media/quality.ts'
import { tuneSenders } from './media/tune-senders.ts'

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

interface Slot {
  locked: ReturnType<typeof createMutex>
  streams: Map<StreamId, CallStream>
  line: Omit<PeerLine, 'isVideoPaused'> | null
  media: MediaFlags
  sending: SendState
  /** Which end sends through a TURN server; of this one null while it is not known. */
  isRelayed: { mine: boolean | null, theirs: boolean }
}

/** Often enough to save a voice, seldom enough that a change shows in the next reading. */
const ADAPT_EVERY_MS = 2000
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
  const controller = new AbortController()
  let servers = iceServers
  const slots = new Map<DeviceKey, Slot>()
  const slotOf = (device: DeviceKey): Slot => {
    const slot = slots.get(device) ?? { locked: createMutex(), streams: new Map(), line: null, media: NO_MEDIA, sending: fullSending(Date.now()), isRelayed: { mine: null, theirs: false } }
    slots.set(device, slot)
    return slot
  }
  const lines = (): Map<DeviceKey, PeerLine> =>
    new Map([...slots].flatMap(([device, slot]) => slot.line === null ? [] : [[device, { ...slot.line, media: slot.media, isVideoPaused: isPaused(slot) }]]))

  const receivers = (): number => [...slots.values()].filter(({ line }) => line !== null).length
  const shown = (slot: Slot): { camera: boolean, screen: boolean } => {
    const { camera, screen } = settingsOf(slot.sending, receivers())
    return { camera: media().camera && camera.isOn, screen: media().screen && screen.isOn }
  }
  const isPaused = (slot: Slot): boolean => shown(slot).camera !== media().camera || shown(slot).screen !== media().screen
  /** A picture that is not sent is not on, so that nobody looks at its last frame. */
  const mediaFor = (slot: Slot | undefined): MediaFlags => ({ ...media(), ...slot && shown(slot) })

  const tellMedia = (slot: Slot): void => {
    const { mine } = slot.isRelayed
    for (const stream of slot.streams.values()) stream.send({ type: 'media', media: mediaFor(slot), ...mine === null ? {} : { isRelayed: mine } })
  }

  const fail = (error: unknown): void => {
    if (!(error instanceof CallRefused)) mesh.drop(error instanceof WireError ? `call-${error.reason}` : 'call-failed')
  }

  const helloTo = (device: DeviceKey): CallHello => ({ roomTag, media: mediaFor(slots.get(device)), session: slots.get(device)?.line?.connection.session ?? null })
  const doesResume = (device: DeviceKey, hello: CallHello): boolean =>
    hello.session !== null && hello.session === (slots.get(device)?.line?.connection.session ?? null)

  const open = async (device: DeviceKey, stream: StreamId): Promise<void> => {
    try {
      const frames = await mesh.open(device, CALL_PROTOCOL, { signal: controller.signal, maxFrameBytes: CALL_FRAME_MAX_BYTES })
      const line = await openCallStream(frames, helloTo(device), { signal: controller.signal })
      if (line.hello.roomTag !== roomTag) throw new WireError('call-other-room')
      const slot = slotOf(device)
      slot.media = line.hello.media
      slot.streams.set(stream, line)
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
    try {
      for await (const message of line.messages()) {
        if (message.type === 'bye') {
          // What an earlier stream says late is not of now: the other side may be here again by a later one.
          if (message.reason === 'left' && slots.get(device)?.streams.get(stream) === line) dispatch({ type: 'absent', device })
          break
        }
        if (message.type === 'media') {
          slot.media = message.media
          if (message.isRelayed !== undefined) slot.isRelayed.theirs = message.isRelayed
          onChange()
        } else {
          await slot.locked(async () => await slot.line?.connection.handle(message))
        }
      }
    } catch (error) {
      if (!controller.signal.aborted) fail(error)
    } finally {
      line.end('left')
      slot.streams.delete(stream)
      if (!controller.signal.aborted) dispatch({ type: 'ended', at: Date.now(), device, stream })
    }
  }

  const connect = async (device: DeviceKey, stream: StreamId, offers: boolean): Promise<void> => {
    const slot = slotOf(device)
    slot.line?.connection.close()
    slot.line = null
    const line = slot.streams.get(stream)
    if (line === undefined) return
    const isRelayOnly = isHiddenFrom(device)
    if (isRelayOnly && servers.length === 0) onNoRelay()
    const send = (message: CallMessage): void => line.send(message)
    const connection: MediaConnection = await createMediaConnection({
      offers, iceServers: servers, isRelayOnly, send,
      tracks: local.tracks.peek(),
      onState (state) {
        if (slots.get(device)?.line?.connection.pc !== connection.pc) return
        if (state === 'connected') retune()
        // Most likely the network: whether one still has the other, and the node to find them by, is to be known before that times out.
        else mesh.doubt(device)
        dispatch({ type: 'link', at: Date.now(), device, state })
      },
      onTrack: onChange
    })
    if (controller.signal.aborted || slots.get(device) !== slot) {
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
  }

  const disconnect = (device: DeviceKey, reason: ByeReason): void => {
    const slot = slots.get(device)
    if (slot === undefined) return
    slots.delete(device)
    for (const line of slot.streams.values()) line.end(reason)
    slot.locked(() => {
      slot.line?.connection.close()
      slot.line = null
      return Promise.resolve()
    }).catch(fail)
    onChange()
    retune()
  }

  /** Ends media; a fresh connection follows with the next stream. */
  const giveUp = (slot: Slot): void => {
    slot.line?.connection.close()
    slot.line = null
    for (const stream of slot.streams.values()) stream.end('replaced')
    onChange()
  }

  const retune = (): void => { for (const slot of slots.values()) tune(slot).catch(fail) }
  const tune = async (slot: Slot): Promise<void> => {
    if (slot.line !== null) await tuneSenders(slot.line.connection.pc, settingsOf(slot.sending, receivers()))
  }

  /** Each line is read, and what it carries is sent over it. */
  const adapt = async (slot: Slot): Promise<void> => {
    const { line, sending } = slot
    if (line?.connection.pc.connectionState !== 'connected') return
    const wasPaused = isPaused(slot)
    const reading = await readLine(line.connection.pc)
    // Another connection has taken its place meanwhile.
    if (slot.line !== line) return
    slot.sending = stepSending(sending, reading, sourcesOf(local.tracks.peek()), receivers())
    if (slot.sending.level !== sending.level || slot.sending.sources !== sending.sources) await tune(slot)
    if (isPaused(slot) === wasPaused) return
    tellMedia(slot)
    onChange()
  }
  const adapting = setInterval(() => { for (const slot of slots.values()) adapt(slot).catch(fail) }, ADAPT_EVERY_MS)

  // A switch is a track that changes, for everybody at once.
  const stopTracks = react(() => {
    const tracks = local.tracks.value
    for (const slot of slots.values()) {
      slot.locked(async () => {
        for (const section of SECTIONS) await slot.line?.connection.replace(section, tracks[section])
      }).catch(fail)
    }
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
          slot.line?.connection.attach((message) => line.send(message))
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
      for (const [device, slot] of slots) {
        slot.locked(async () => {
          const isRelayOnly = isHiddenFrom(device)
          if (isRelayOnly && servers.length === 0) onNoRelay()
          // RULE: whoever hides is hidden at once. Another search would leave the direct path in use until a relayed one is found, or for good.
          if (isRelayOnly && slot.line?.connection.isRelayOnly === false) giveUp(slot)
          else await slot.line?.connection.useServers({ iceServers: servers, isRelayOnly })
        }).catch(fail)
      }
    },
    async answer (frames, remote) {
      const accept = (hello: CallHello): CallHello | ByeReason =>
        hello.roomTag !== roomTag ? 'not-in-call' : refusalOf(remote) ?? helloTo(remote)
      const line = await answerCallStream(frames, accept, { signal: controller.signal })
      const slot = slotOf(remote)
      slot.media = line.hello.media
      const stream = nextStream()
      slot.streams.set(stream, line)
      dispatch({ type: 'called', at: Date.now(), device: remote, stream, resumes: doesResume(remote, line.hello) })
      await listen(remote, stream, line)
    },
    stop () {
      clearInterval(adapting)
      stopTracks()
      for (const device of [...slots.keys()]) disconnect(device, 'left')
      controller.abort()
    }
  }
}

function sourcesOf ({ camera, screen }: Tracks): Sources {
  return { camera: camera !== null, screen: screen === null ? 'none' : screen.contentHint === 'motion' ? 'motion' : 'text' }
}
