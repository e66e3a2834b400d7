/**
 * Calls: who is in the call of a room, one call of this device, and ringing. The machine (machine.ts) decides, `peers.ts` does, `media/`
 * touches devices and the browser's WebRTC; nothing of it knows React.
 *
 * Flow out: `join` → machine → announce on the room's gossip, streams to whoever is there → offer, answer, candidates → media.
 * Flow in: presence of the room → `heard` → roster and machine; a stream → `answer` → machine → media.
 *
 * @example
 *   const calls = createCalls({ mesh, self, rooms, iceServers, store, platform })
 *   const call = await calls.join(roomTag, { camera: true })
 *   await call.setMuted(true)
 */
import { effect, signal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CALL_MAX_DEVICES } from '#shared/limits.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { CallEvents, Calls } from '../api-calls.ts'
import type { Mesh } from '../mesh/types.ts'
import type { PrivacyParts } from '../privacy.ts'
import { answerCallStream, CALL_PROTOCOL } from '../protocols/call/index.ts'
import { createEvents } from '../state/events.ts'
import { createScope } from '../state/scope.ts'
import { createActiveCall, type ActiveCall } from './call.ts'
import type { CallPerson, CallPresence, CallRoom } from './call-room.ts'
import { listDevices } from './devices.ts'
import { hasMedia, idleCall, nextTickAt, NO_MEDIA, stepCall, type CallEvent, type CallState, type MediaFlags } from './machine.ts'
import { playTestSound, useSpeaker } from './media/test-sound.ts'
import { createOrdering } from './ordering.ts'
import { openPreferences, type PreferencesOptions } from './preferences.ts'
import { createRecordings } from './recording/index.ts'
import { recordable } from './recording/recorder.ts'
import { createRings } from './rings.ts'
import { createRosters } from './rosters.ts'
import { openVoices } from './voices.ts'

const SWEEP_EVERY_MS = 2000

export type { CallPerson, CallPresence, CallRoom } from './call-room.ts'

export interface CallsOptions extends PreferencesOptions {
  mesh: Mesh
  self: DeviceKey
  myUser: UserKey
  /** Null when this device is not a member. */
  roomOf: (tag: RoomTag) => CallRoom | null
  /** For a voice room that this device is no member of, and that a room of its own announces: who of that room is in it. Else null. */
  voiceRoomOf: (tag: RoomTag) => CallRoom['personOf'] | null
  /** Rejects when the node cannot be asked: then direct paths only. */
  iceServers: () => Promise<RTCIceServer[]>
  voices: Parameters<typeof openVoices>[0]
  onWake: (listener: () => void) => () => void
  privacy: Pick<PrivacyParts, 'hidesFrom' | 'isHiddenFrom' | 'blocked'>
}

export interface CallsParts extends Calls {
  /** Presence of a room that is about calls. */
  heard(tag: RoomTag, from: DeviceKey, presence: CallPresence): void
  /** Ends the call, and what was recorded on this device is gone for good. */
  eraseRecordings(): Promise<void>
  stop(): void
}

export async function createCalls (options: CallsOptions): Promise<CallsParts> {
  const { mesh, self, myUser, roomOf, privacy } = options
  const scope = createScope(() => mesh.drop('call-job-failed'))
  const voices = await openVoices(options.voices)
  const events = createEvents<CallEvents>()
  const current = signal<ActiveCall | null>(null)
  const preferences = await openPreferences(options, { scope, events, current })
  const recordings = createRecordings({ owner: myUser })
  scope.run(recordings.load())
  let state: CallState = idleCall(self)
  let joinedAt = 0
  let cancelTick = (): void => {}

  const dispatch = (event: CallEvent): void => {
    const [next, effects] = stepCall(state, event)
    state = next
    for (const action of effects) {
      if (action.type === 'announce') announce(action.roomTag, action.media)
      else current.peek()?.peers.run(action)
    }
    current.peek()?.update(state)
    cancelTick()
    const dueInMs = nextTickAt(state) - Date.now()
    cancelTick = dueInMs === Infinity ? () => {} : scope.later(Math.max(0, dueInMs), () => dispatch({ type: 'tick', at: Date.now() }))
  }

  const announce = (tag: RoomTag, media: MediaFlags | null): void => {
    roomOf(tag)?.say({ type: 'call', joinedAt, media })
    if (media !== null) ordering.repeat(tag)
  }

  const rosters = createRosters({
    personIn: (tag, device) => personIn(tag, device),
    blocked: privacy.blocked,
    onChange: (tag) => ordering.rosterChanged(tag)
  })
  const goneFrom = (tag: RoomTag, device: DeviceKey): void => {
    rosters.drop(tag, device)
    if (state.roomTag === tag) dispatch({ type: 'absent', device })
  }

  const isBlocked = (tag: RoomTag, device: DeviceKey): boolean => {
    const user = roomOf(tag)?.personOf(device)?.user
    return user !== undefined && privacy.blocked.peek().has(user)
  }

  const leave = (): void => {
    const call = current.peek()
    if (call === null) return
    dispatch({ type: 'leave' })
    current.value = null
    call.close()
    rings.step({ type: 'hung-up', roomTag: call.roomTag })
    ordering.rosterChanged(call.roomTag)
  }

  const ordering = createOrdering({
    self, myUser, roomOf,
    rosterOf: rosters.of,
    joinedAt: (tag) => current.peek()?.roomTag === tag ? joinedAt : null,
    onMute () { current.peek()?.setMuted(true).catch(() => mesh.drop('call-job-failed')) },
    onRemoved (tag, user) {
      if (user === myUser && current.peek()?.roomTag === tag) leave()
      for (const device of rosters.of(tag).keys()) if (roomOf(tag)?.personOf(device)?.user === user) goneFrom(tag, device)
    },
    onNotice: (notice) => events.emit('moderated', notice)
  })

  /** RULE: where this device is a member, only members count; a voice room it may enter is told of by members of the room around it. */
  const personIn = (tag: RoomTag, device: DeviceKey): CallPerson | null => {
    const room = roomOf(tag)
    return room === null ? options.voiceRoomOf(tag)?.(device) ?? null : room.personOf(device)
  }

  const join: Calls['join'] = async (tag, { camera = false, isMuted = false } = {}) => {
    const room = roomOf(tag)
    if (room === null) throw new ParleyError('not-allowed')
    const before = current.peek()
    if (before?.roomTag === tag) return before
    if (rosters.of(tag).size >= CALL_MAX_DEVICES) throw new ParleyError('call-full')
    const whyNot = ordering.whyNotIn(tag, myUser)
    if (whyNot !== null) throw new ParleyError(`call-${whyNot}`)
    const iceServers = await options.iceServers().catch(() => [])
    if (privacy.hidesFrom.peek() === 'everybody' && iceServers.length === 0) throw new ParleyError('relay-missing')
    leave()
    joinedAt = Date.now()
    const call: ActiveCall = createActiveCall({
      mesh, room, recordings, self, myUser, ownDevices: preferences.ownDevices(), roomTag: tag, iceServers, ring: rings.state, privacy, ordering, voices: voices.levels,
      renewIceServers: options.iceServers,
      media: () => state.media,
      peerOf: (device) => state.peers.get(device),
      nextStream: () => state.nextStream,
      camerasOn: () => [...rosters.of(tag).values()].filter(({ media }) => media.camera).length,
      screensOn: () => [...rosters.of(tag).values()].filter(({ media }) => media.screen).length,
      dispatch,
      leave
    })
    current.value = call
    // The links are made while the devices are being opened: whichever is slower.
    dispatch({ type: 'join', at: joinedAt, roomTag: tag, media: NO_MEDIA, present: [...rosters.of(tag).keys()].filter((device) => room.personOf(device) !== null && !isBlocked(tag, device)) })
    rings.step({ type: 'joined', roomTag: tag })
    if (room.peer !== null && rosters.of(tag).size === 0) rings.step({ type: 'call', at: joinedAt, roomTag: tag, to: room.peer })
    await call.openDevices({ camera, microphone: !isMuted })
    return call
  }

  const rings = createRings({ roomOf, running: rosters.running, join })

  const heard: CallsParts['heard'] = (tag, from, presence) => {
    const at = Date.now()
    const room = roomOf(tag)
    const person = personIn(tag, from)
    if (person === null) return
    if (presence.type === 'ring') {
      if (presence.user === myUser && !isBlocked(tag, from) && room?.peer === person.user) rings.step({ type: 'heard', at, roomTag: tag, from: person.user, action: presence.action, isInCall: current.peek() !== null })
      return
    }
    // Who is blocked is in the call for the others, not for this device.
    if (presence.type === 'order') { ordering.heard(tag, from, presence); return }
    // Whoever was removed, or comes to a locked call, is not in it, whatever their device says.
    if (presence.media !== null && ordering.whyNotIn(tag, person.user) !== null) return
    const isNewcomer = !rosters.of(tag).has(from)
    // Late or played again: what the roster does not believe ends nobody's call.
    if (!rosters.hear(tag, from, presence, at)) return
    if (presence.media === null) goneFrom(tag, from)
    else if (state.roomTag === tag && !isBlocked(tag, from)) {
      dispatch({ type: 'present', at, device: from, isNewcomer })
      if (isNewcomer) announce(tag, state.media)
      rings.step({ type: 'met', roomTag: tag })
    }
  }

  const answer = async (frames: FrameStream, remote: DeviceKey): Promise<void> => {
    const call = current.peek()
    if (call === null) await answerCallStream(frames, () => 'not-in-call', { signal: scope.signal })
    else await call.peers.answer(frames, remote)
  }

  const sweep = (): void => {
    const at = Date.now()
    // Where the only way is by the node, and the node is away, nobody is heard of: whom media comes from is there.
    for (const { tag, device } of rosters.silent(at)) if (tag !== state.roomTag || !hasMedia(state, device)) goneFrom(tag, device)
    rings.step({ type: 'tick', at })
    scope.later(SWEEP_EVERY_MS, sweep)
  }
  sweep()
  scope.defer(mesh.handle(CALL_PROTOCOL, answer))
  scope.defer(options.onWake(() => dispatch({ type: 'wake', at: Date.now() })))
  scope.defer(mesh.node.subscribe((node) => { if (node === 'online') dispatch({ type: 'reachable', at: Date.now() }) }))
  // Whoever is blocked in the middle of a call is gone from it at once, for this device.
  scope.defer(privacy.blocked.subscribe(() => {
    const { roomTag } = state
    if (roomTag !== null) for (const device of state.peers.keys()) if (isBlocked(roomTag, device)) dispatch({ type: 'absent', device })
  }))
  // Whoever is removed from the room is out of its call at once.
  scope.defer(effect(() => {
    const call = current.value
    if (call === null) return
    return call.room.onMembersChanged(() => {
      if (roomOf(call.roomTag) === null) { leave(); return }
      for (const device of state.peers.keys()) if (call.room.personOf(device) === null) goneFrom(call.roomTag, device)
    })
  }))

  return {
    current, join, heard, listDevices, events,
    running: rosters.running,
    incoming: rings.incoming,
    voices: voices.levels,
    setVoice: async (user, change) => await voices.set(user, change),
    recordable: recordable(),
    recordings: recordings.kept,
    settings: preferences.settings,
    changeSettings: preferences.changeSettings,
    openPreview: preferences.openPreview,
    picture: preferences.picture,
    choosePicture: preferences.choosePicture,
    playTestSound: async () => await playTestSound(preferences.settings.peek().speakerId),
    useSpeaker: async (element) => await useSpeaker(element, preferences.settings.peek().speakerId),
    async eraseRecordings () {
      leave()
      await recordings.erase()
    },
    stop () {
      leave()
      scope.end()
    }
  }
}
