/** The call that this device is in: its own devices, and everybody in it as people see them. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CALL_MAX_CAMERAS, CALL_MAX_SCREENS } from '#shared/limits.ts'
import type { Call, CallQuality, CallSettings, Participant, VoiceLevel } from '../api-calls.ts'
import type { Mesh } from '../mesh/types.ts'
import type { PrivacyParts } from '../privacy.ts'
import { createScope } from '../state/scope.ts'
import type { CallRoom } from './call-room.ts'
import { orderHands } from './hands.ts'
import { mediaStatus, type CallEvent, type CallState, type MediaFlags, type Peer, type StreamId } from './machine.ts'
import { createInputMeter, receivedLevel, SPEAKING_LEVEL, type LevelMeter } from './media/levels.ts'
import { createStreamCache } from './media/stream-cache.ts'
import { createVolumes } from './media/volumes.ts'
import { createOwnDevices, type OwnDevicesOptions } from './own-devices.ts'
import { createOwnVoice } from './own-voice.ts'
import { createCallRecording, type Recordings } from './recording/index.ts'
import type { Ordering } from './ordering.ts'
import { createPeers, type PeerLine, type Peers } from './peers.ts'
import type { RingState } from './ringing.ts'

const LEVEL_EVERY_MS = 150
const QUALITY_EVERY_MS = 2000
/** Credentials of a TURN server are renewed with an hour to spare: a look now and then is enough. */
const SERVERS_EVERY_MS = 600_000

const SILENCE: Participant['played'] = { voice: null, screenSound: null }

export interface ActiveCall extends Call {
  readonly room: CallRoom
  readonly peers: Peers
  /** The machine has moved on. */
  update(state: CallState): void
  openDevices(choice: { camera: boolean, microphone: boolean }): Promise<void>
  useSettings(settings: CallSettings): Promise<void>
  close(): void
}

export interface ActiveCallOptions {
  mesh: Mesh
  room: CallRoom
  recordings: Recordings
  self: DeviceKey
  myUser: UserKey
  roomTag: RoomTag
  ownDevices: OwnDevicesOptions
  iceServers: RTCIceServer[]
  /** As they are later on: credentials end, and a call may last longer. */
  renewIceServers: () => Promise<RTCIceServer[]>
  privacy: Pick<PrivacyParts, 'hidesFrom' | 'isHiddenFrom' | 'blocked'>
  ring: ReadonlySignal<RingState>
  voices: ReadonlySignal<ReadonlyMap<UserKey, VoiceLevel>>
  media: () => MediaFlags
  peerOf: (device: DeviceKey) => Peer | undefined
  nextStream: () => StreamId
  /** How many others send a picture, or share a screen. */
  camerasOn: () => number
  screensOn: () => number
  ordering: Ordering
  dispatch: (event: CallEvent) => void
  leave: () => void
}

export function createActiveCall (options: ActiveCallOptions): ActiveCall {
  const { mesh, room, self, roomTag, media, dispatch, privacy } = options
  const scope = createScope(() => mesh.drop('call-job-failed'))
  let { settings } = options.ownDevices
  const own = createOwnDevices(options.ownDevices)
  const { local, telling } = own
  const ownVoice = createOwnVoice(settings.pushToTalk)
  const isHandUp = signal(false)
  const inputLevel = signal(0)
  const speaking = signal<ReadonlySet<DeviceKey>>(new Set())
  const qualities = signal<ReadonlyMap<DeviceKey, CallQuality>>(new Map())
  const version = signal(0)
  const noRelay = signal<ParleyError | null>(null)
  const bump = (): void => { version.value++ }

  const isHiddenFrom = (device: DeviceKey): boolean => {
    const user = room.personOf(device)?.user
    return user === undefined || privacy.isHiddenFrom(user)
  }
  const peers = createPeers({
    mesh, local, roomTag, media, dispatch,
    nextStream: options.nextStream,
    iceServers: options.iceServers,
    isHiddenFrom,
    onNoRelay: () => { noRelay.value = new ParleyError('relay-missing') },
    refusalOf (device) {
      const user = room.personOf(device)?.user
      if (user === undefined) return 'not-a-member'
      // Not told apart from a device that is in no call.
      return privacy.blocked.peek().has(user) ? 'not-in-call' : options.ordering.whyNotIn(roomTag, user)
    },
    onChange: bump
  })

  scope.defer(effect(() => {
    if (local.tracks.value.microphone !== null) local.setMuted(!ownVoice.isOpen.value)
  }))
  const recording = createCallRecording({
    recordings: options.recordings, roomName: () => room.name(), participants: computed(() => participants.value), ownSound: local.tracks
  })

  let isFirst = true
  scope.defer(effect(() => {
    const { value: _ } = privacy.hidesFrom
    if (!isFirst) {
      noRelay.value = null
      peers.useServers()
    }
    isFirst = false
  }))
  const renewServers = (): void => {
    scope.run(options.renewIceServers().then((servers) => peers.useServers(servers)))
    scope.later(SERVERS_EVERY_MS, renewServers)
  }
  scope.later(SERVERS_EVERY_MS, renewServers)

  // What is told to others follows from what is really on.
  scope.defer(effect(() => {
    const { microphone, camera, screen } = local.tracks.value
    const flags: MediaFlags = {
      microphone: microphone !== null && ownVoice.isOpen.value, camera: camera !== null, screen: screen !== null, hand: isHandUp.value, recording: recording.running.value !== null
    }
    const before = media()
    if ((Object.keys(flags) as (keyof MediaFlags)[]).some((key) => flags[key] !== before[key])) dispatch({ type: 'media', at: Date.now(), media: flags })
  }))

  let meter: LevelMeter | null = null
  scope.defer(effect(() => {
    const { microphone } = local.tracks.value
    meter?.close()
    meter = microphone === null ? null : createInputMeter(microphone)
  }))
  const readLevels = (): void => {
    inputLevel.value = meter?.read() ?? 0
    const loud = [...peers.lines].filter(([, { connection }]) => receivedLevel(connection.pc, connection.remote.microphone) > SPEAKING_LEVEL).map(([device]) => device)
    if (ownVoice.isOpen.peek() && inputLevel.peek() > SPEAKING_LEVEL) loud.push(self)
    if (loud.length !== speaking.peek().size || loud.some((device) => !speaking.peek().has(device))) speaking.value = new Set(loud)
    scope.later(LEVEL_EVERY_MS, readLevels)
  }
  const readQualities = (): void => {
    scope.run(Promise.all([...peers.lines].map(async ([device, { quality }]) => [device, await quality.read()] as const)).then((read) => {
      qualities.value = new Map(read.flatMap(([device, quality]) => quality === null ? [] : [[device, quality]]))
    }))
    scope.later(QUALITY_EVERY_MS, readQualities)
  }
  readLevels()
  readQualities()

  const streams = createStreamCache()
  const volumes = createVolumes()
  const me = computed<Participant>(() => {
    const { camera, screen } = local.tracks.value
    return {
      device: self, user: options.myUser, name: room.personOf(self)?.name ?? '', isMe: true, media: 'connected',
      microphone: local.tracks.value.microphone !== null && ownVoice.isOpen.value, camera: camera !== null, screen: screen !== null, hand: isHandUp.value,
      isRecording: recording.running.value !== null, isSpeaking: speaking.value.has(self), isHiddenFrom: false, handPlace: null,
      voice: null, screenSound: null, played: SILENCE, video: streams.of('me/video', [camera]), screenVideo: streams.of('me/screen', [screen]), quality: null
    }
  })
  const devices = signal<readonly DeviceKey[]>([])
  const describe = (device: DeviceKey, line: PeerLine | undefined): Participant | null => {
    const person = room.personOf(device)
    if (person === null) return null
    const flags = line?.media
    const remote = line?.connection.remote
    const streamOf = (name: string, isOn: boolean, ...tracks: (MediaStreamTrack | null | undefined)[]): MediaStream | null =>
      isOn ? streams.of(`${device}/${name}`, tracks) : null
    const voice = streamOf('voice', true, remote?.microphone)
    const screenSound = streamOf('sound', flags?.screen ?? false, remote?.screenSound)
    const level = options.voices.value.get(person.user)
    return {
      device, ...person, isMe: false, media: mediaStatus(options.peerOf(device)),
      microphone: flags?.microphone ?? false, camera: flags?.camera ?? false, screen: flags?.screen ?? false, hand: flags?.hand ?? false,
      isRecording: flags?.recording ?? false,
      isSpeaking: speaking.value.has(device), handPlace: null,
      isHiddenFrom: isHiddenFrom(device),
      voice, screenSound,
      played: { voice: volumes.of(`${device}/voice`, voice, level), screenSound: volumes.of(`${device}/sound`, screenSound, level) },
      video: streamOf('video', flags?.camera ?? false, remote?.camera),
      screenVideo: streamOf('screen', flags?.screen ?? false, remote?.screen),
      quality: qualities.value.get(device) ?? null
    }
  }
  let hands: readonly DeviceKey[] = []
  const participants = computed(() => {
    const lines = version.value >= 0 ? peers.lines : new Map<DeviceKey, PeerLine>()
    const all = [me.value, ...devices.value.flatMap((device) => describe(device, lines.get(device)) ?? [])]
    hands = orderHands(hands, all.flatMap(({ device, hand }) => hand ? [device] : []))
    return all.map((one) => one.hand ? { ...one, handPlace: hands.indexOf(one.device) + 1 } : one)
  })

  const setCamera: Call['setCamera'] = async (isOn) => {
    if (!isOn) { local.closeCamera(); return }
    if (options.camerasOn() >= CALL_MAX_CAMERAS) throw new ParleyError('call-video-full')
    await own.openCamera()
  }

  return {
    room, peers, roomTag, participants, isHandUp, inputLevel,
    isMuted: ownVoice.isMuted, isDeafened: ownVoice.isDeafened, isTalking: ownVoice.isTalking,
    trouble: computed(() => own.trouble.value ?? noRelay.value),
    isCameraOn: computed(() => local.tracks.value.camera !== null),
    isSharing: computed(() => local.tracks.value.screen !== null),
    ring: computed(() => options.ring.value.outgoing?.roomTag === roomTag ? options.ring.value.outgoing.status : null),
    hidesFrom: privacy.hidesFrom,
    update (state) {
      const known = [...state.peers.keys()]
      if (known.join() !== devices.peek().join()) devices.value = known
      volumes.keep((name) => known.some((device) => name.startsWith(`${device}/`)))
      bump()
    },
    async openDevices ({ camera, microphone }) {
      // Muted from the start: the microphone stays closed until it is wanted.
      ownVoice.setMuted(!microphone)
      await Promise.all([
        microphone ? own.openMicrophone().catch(() => undefined) : null,
        camera ? setCamera(true).catch(() => undefined) : null
      ])
    },
    async useSettings (next) {
      settings = next
      ownVoice.setPushToTalk(next.pushToTalk)
      local.setScreenContent(next.sharesAs)
      await own.useSettings(next)
    },
    async setMuted (muted) {
      if (!muted && local.tracks.peek().microphone === null) await own.openMicrophone()
      ownVoice.setMuted(muted)
    },
    setCamera,
    async setSharing (isOn, content = settings.sharesAs) {
      if (!isOn) { local.closeScreen(); return }
      if (options.screensOn() >= CALL_MAX_SCREENS) throw new ParleyError('call-screen-full')
      await telling(async () => { await local.openScreen(content) })
    },
    setDeafened: (isDeafened) => ownVoice.setDeafened(isDeafened),
    setTalking: (isTalking) => ownVoice.setTalking(isTalking),
    setHandUp (isUp) { isHandUp.value = isUp },
    pausedFor: computed(() => participants.value.filter(({ device }) => version.value >= 0 && peers.lines.get(device)?.isVideoPaused === true).map(({ name }) => name)),
    recording: recording.running,
    recordingTrouble: recording.trouble,
    startRecording: async (choice) => await recording.start(choice),
    stopRecording: async () => await recording.stop(),
    lock: computed(() => options.ordering.lockOf(roomTag)),
    setLocked: computed(() => version.value >= 0 ? options.ordering.setLocked(roomTag) : null),
    actionsOn: (device) => options.ordering.actionsOn(roomTag, device),
    leave: options.leave,
    close () {
      // Before the tracks end; what is left to write is written after the call.
      recording.stop().catch(() => mesh.drop('recording-not-ended'))
      peers.stop()
      scope.end()
      meter?.close()
      volumes.close()
      own.close()
    }
  }
}
