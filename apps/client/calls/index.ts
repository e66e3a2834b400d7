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
import { computed, effect, signal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CALL_MAX_DEVICES } from '#shared/limits.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { CallEvents, Calls, CallSettings, RunningCall } from '../api-calls.ts'
import type { Mesh } from '../mesh/types.ts'
import type { EffectFiles } from '../platform.ts'
import type { PrivacyParts } from '../privacy.ts'
import { answerCallStream, CALL_PROTOCOL } from '../protocols/call/index.ts'
import { createEvents } from '../state/events.ts'
import { createScope } from '../state/scope.ts'
import { createActiveCall, type ActiveCall } from './call.ts'
import type { CallPresence, CallRoom } from './call-room.ts'
import { listDevices } from './devices.ts'
import { idleCall, nextTickAt, NO_MEDIA, stepCall, type CallEvent, type CallState, type MediaFlags } from './machine.ts'
import { scalePicture } from './media/scale-picture.ts'
import { playTestSound, useSpeaker } from './media/test-sound.ts'
import type { OwnDevicesOptions } from './own-devices.ts'
import { createPreview, type ActivePreview } from './preview.ts'
import { createOrdering } from './ordering.ts'
import { quiet, stepRing, type RingEvent, type RingState } from './ringing.ts'
import { createRecordings } from './recording/index.ts'
import { recordable } from './recording/recorder.ts'
import { dropSilent, hearAnnouncement, without, type Roster } from './roster.ts'
import { readCallSettings } from './settings.ts'
import { openVoices } from './voices.ts'

const SWEEP_EVERY_MS = 2000

export type { CallPresence, CallRoom } from './call-room.ts'

export interface CallsOptions {
  mesh: Mesh
  self: DeviceKey
  myUser: UserKey
  /** Null when this device is not a member. */
  roomOf: (tag: RoomTag) => CallRoom | null
  /** For a voice room that this device is no member of, and that a room of its own announces: who of that room is in it. Else null. */
  voiceRoomOf: (tag: RoomTag) => CallRoom['personOf'] | null
  /** Rejects when the node cannot be asked: then direct paths only. */
  iceServers: () => Promise<RTCIceServer[]>
  settings: { load(): Promise<Readonly<Record<string, unknown>>>, save(settings: CallSettings): Promise<void> }
  voices: Parameters<typeof openVoices>[0]
  picture: { load(): Promise<Blob | null>, save(picture: Blob): Promise<void> }
  effects: (() => Promise<EffectFiles>) | null
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
  const settings = signal<CallSettings>(readCallSettings(await options.settings.load()))
  const voices = await openVoices(options.voices)
  const picture = signal(await options.picture.load())
  const events = createEvents<CallEvents>()
  const previews = new Set<ActivePreview>()
  const rosters = signal<ReadonlyMap<RoomTag, Roster>>(new Map())
  const current = signal<ActiveCall | null>(null)
  const ring = signal<RingState>(quiet)
  const recordings = createRecordings({ owner: myUser })
  scope.run(recordings.load())
  let state: CallState = idleCall(self)
  let joinedAt = 0
  let cancelTick = (): void => {}

  const ownDevices = (): OwnDevicesOptions => ({
    settings: settings.peek(), picture: () => picture.peek(), effects: options.effects, tell: (name, payload) => events.emit(name, payload)
  })

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

  const stepRings = (event: RingEvent): void => {
    const [next, effects] = stepRing(ring.peek(), event)
    ring.value = next
    for (const { roomTag, to, action } of effects) roomOf(roomTag)?.say({ type: 'ring', user: to, action })
  }

  const setRoster = (tag: RoomTag, roster: Roster): void => {
    const next = new Map(rosters.peek())
    if (roster.size === 0) next.delete(tag)
    else next.set(tag, roster)
    rosters.value = next
    ordering.rosterChanged(tag)
  }
  const rosterOf = (tag: RoomTag): Roster => rosters.peek().get(tag) ?? new Map()
  const goneFrom = (tag: RoomTag, device: DeviceKey): void => {
    setRoster(tag, without(rosterOf(tag), device))
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
    stepRings({ type: 'hung-up', roomTag: call.roomTag })
    ordering.rosterChanged(call.roomTag)
  }

  const ordering = createOrdering({
    self, myUser, roomOf, rosterOf,
    joinedAt: (tag) => current.peek()?.roomTag === tag ? joinedAt : null,
    onMute () { current.peek()?.setMuted(true).catch(() => mesh.drop('call-job-failed')) },
    onRemoved (tag, user) {
      if (user === myUser && current.peek()?.roomTag === tag) leave()
      for (const device of rosterOf(tag).keys()) if (roomOf(tag)?.personOf(device)?.user === user) goneFrom(tag, device)
    },
    onNotice: (notice) => events.emit('moderated', notice)
  })

  /** RULE: where this device is a member, only members count; a voice room it may enter is told of by members of the room around it. */
  const personIn = (tag: RoomTag, device: DeviceKey): { user: UserKey, name: string } | null => {
    const room = roomOf(tag)
    return room === null ? options.voiceRoomOf(tag)?.(device) ?? null : room.personOf(device)
  }

  const join: Calls['join'] = async (tag, { camera = false, isMuted = false } = {}) => {
    const room = roomOf(tag)
    if (room === null) throw new ParleyError('not-allowed')
    const before = current.peek()
    if (before?.roomTag === tag) return before
    if (rosterOf(tag).size >= CALL_MAX_DEVICES) throw new ParleyError('call-full')
    const whyNot = ordering.whyNotIn(tag, myUser)
    if (whyNot !== null) throw new ParleyError(`call-${whyNot}`)
    const iceServers = await options.iceServers().catch(() => [])
    if (privacy.hidesFrom.peek() === 'everybody' && iceServers.length === 0) throw new ParleyError('relay-missing')
    leave()
    joinedAt = Date.now()
    const call: ActiveCall = createActiveCall({
      mesh, room, recordings, self, myUser, ownDevices: ownDevices(), roomTag: tag, iceServers, ring, privacy, ordering, voices: voices.levels,
      renewIceServers: options.iceServers,
      media: () => state.media,
      peerOf: (device) => state.peers.get(device),
      nextStream: () => state.nextStream,
      camerasOn: () => [...rosterOf(tag).values()].filter(({ media }) => media.camera).length,
      screensOn: () => [...rosterOf(tag).values()].filter(({ media }) => media.screen).length,
      dispatch,
      leave
    })
    current.value = call
    // The links are made while the devices are being opened: whichever is slower.
    dispatch({ type: 'join', at: joinedAt, roomTag: tag, media: NO_MEDIA, present: [...rosterOf(tag).keys()].filter((device) => room.personOf(device) !== null && !isBlocked(tag, device)) })
    if (room.peer !== null && rosterOf(tag).size === 0) stepRings({ type: 'call', at: joinedAt, roomTag: tag, to: room.peer })
    await call.openDevices({ camera, microphone: !isMuted })
    return call
  }

  const heard: CallsParts['heard'] = (tag, from, presence) => {
    const at = Date.now()
    const room = roomOf(tag)
    const person = personIn(tag, from)
    if (person === null) return
    if (presence.type === 'ring') {
      if (presence.user === myUser && !isBlocked(tag, from) && room?.peer === person.user) stepRings({ type: 'heard', at, roomTag: tag, from: person.user, action: presence.action, isInCall: current.peek() !== null })
      return
    }
    // Who is blocked is in the call for the others, not for this device.
    if (presence.type === 'order') { ordering.heard(tag, from, presence); return }
    // Whoever was removed, or comes to a locked call, is not in it, whatever their device says.
    if (presence.media !== null && ordering.whyNotIn(tag, person.user) !== null) return
    const before = rosterOf(tag)
    const isNewcomer = !before.has(from)
    const roster = hearAnnouncement(before, from, presence, at)
    // Late or played again: what the roster does not believe ends nobody's call.
    if (roster === before) return
    setRoster(tag, roster)
    if (presence.media === null) goneFrom(tag, from)
    else if (state.roomTag === tag && !isBlocked(tag, from)) {
      dispatch({ type: 'present', at, device: from, isNewcomer })
      if (isNewcomer) announce(tag, state.media)
      stepRings({ type: 'met', roomTag: tag })
    }
  }

  const answer = async (frames: FrameStream, remote: DeviceKey): Promise<void> => {
    const call = current.peek()
    if (call === null) await answerCallStream(frames, () => 'not-in-call', { signal: scope.signal }).catch(() => undefined)
    else await call.peers.answer(frames, remote)
  }

  const changeSettings: Calls['changeSettings'] = async (change) => {
    settings.value = { ...settings.peek(), ...change }
    await options.settings.save(settings.peek())
    for (const one of [current.peek(), ...[...previews].map((preview) => preview.own)]) await one?.useSettings(settings.peek())
  }
  // What is off says so in the settings too.
  scope.defer(events.on('effect-stopped', ({ error }) => {
    scope.run(changeSettings(error.code === 'noise-suppression-failed' ? { noiseSuppression: 'browser' } : { background: 'none' }))
  }))

  const sweep = (): void => {
    const at = Date.now()
    for (const [tag, roster] of rosters.peek()) {
      const left = dropSilent(roster, at)
      for (const device of roster.keys()) if (!left.has(device)) goneFrom(tag, device)
    }
    stepRings({ type: 'tick', at })
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

  const running = computed(() => new Map([...rosters.value].flatMap(([tag, roster]): [RoomTag, RunningCall][] => {
    const entries = [...roster.values()].sort((a, b) => a.joinedAt - b.joinedAt)
    const participants = entries.flatMap(({ device, media }) => {
      const person = personIn(tag, device)
      return person === null ? [] : [{ ...person, isMuted: !media.microphone }]
    })
    return participants.length === 0 ? [] : [[tag, { participants, startedAt: entries[0]?.joinedAt ?? 0 }]]
  })))

  return {
    current, running, join, heard, settings,
    voices: voices.levels,
    setVoice: async (user, change) => await voices.set(user, change),
    recordable: recordable(),
    recordings: recordings.kept,
    incoming: computed(() => {
      const { incoming } = ring.value
      if (incoming === null) return null
      const { roomTag, from } = incoming
      return {
        roomTag,
        fromName: nameOf(roomOf(roomTag), from, rosters.value.get(roomTag)),
        accept: async (choice) => {
          stepRings({ type: 'accept', at: Date.now() })
          return await join(roomTag, choice)
        },
        decline: () => stepRings({ type: 'decline', at: Date.now() })
      }
    }),
    changeSettings,
    listDevices,
    openPreview () {
      const preview = createPreview(ownDevices(), () => previews.delete(preview))
      previews.add(preview)
      return preview
    },
    playTestSound: async () => await playTestSound(settings.peek().speakerId),
    useSpeaker: async (element) => await useSpeaker(element, settings.peek().speakerId),
    picture,
    async choosePicture (file) {
      picture.value = await scalePicture(file)
      await options.picture.save(picture.value)
      await changeSettings({ background: 'picture' })
    },
    events,
    async eraseRecordings () {
      leave()
      await recordings.erase()
    },
    stop () {
      leave()
      for (const preview of previews) preview.close()
      scope.end()
    }
  }
}

/** The ringing person is in the call already; their device tells their name. */
function nameOf (room: CallRoom | null, user: UserKey, roster: Roster | undefined): string {
  for (const device of roster?.keys() ?? []) {
    const person = room?.personOf(device)
    if (person?.user === user) return person.name
  }
  return ''
}
