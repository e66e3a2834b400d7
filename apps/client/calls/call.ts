/** The call that this device is in: its own devices, and everybody in it as people see them. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CALL_MAX_CAMERAS, CALL_MAX_SCREENS } from '#shared/limits.ts'
import type { Call, CallQuality, Participant } from '../api-calls.ts'
import type { Mesh } from '../mesh/types.ts'
import type { PrivacyParts } from '../privacy.ts'
import { createScope } from '../state/scope.ts'
import type { CallRoom } from './call-room.ts'
import { mediaStatus, type CallEvent, type CallState, type MediaFlags, type Peer, type StreamId } from './machine.ts'
import { createInputMeter, receivedLevel, SPEAKING_LEVEL, type LevelMeter } from './media/levels.ts'
import { createOwnDevices, type OwnDevices, type OwnDevicesOptions } from './own-devices.ts'
import { createCallRecording, type Recordings } from './recording/index.ts'
import type { Ordering } from './ordering.ts'
import { createPeers, type PeerLine, type Peers } from './peers.ts'
import type { RingState } from './ringing.ts'

const LEVEL_EVERY_MS = 150
const QUALITY_EVERY_MS = 2000
/** Credentials of a TURN server are renewed with an hour to spare: a look now and then is enough. */
const SERVERS_EVERY_MS = 600_000

export interface ActiveCall extends Call {
  readonly room: CallRoom
  readonly peers: Peers
  readonly own: OwnDevices
  /** The machine has moved on. */
  update(state: CallState): void
  openDevices(choice: { camera: boolean }): Promise<void>
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
  const own = createOwnDevices(options.ownDevices)
  const { local, telling } = own
  const isMuted = signal(false)
  const isHandUp = signal(false)
  const isDeafened = signal(false)
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
      microphone: microphone !== null && !isMuted.value, camera: camera !== null, screen: screen !== null, hand: isHandUp.value, recording: recording.running.value !== null
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
    if (!isMuted.peek() && inputLevel.peek() > SPEAKING_LEVEL) loud.push(self)
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
  const me = computed<Participant>(() => {
    const { camera, screen } = local.tracks.value
    return {
      device: self, user: options.myUser, name: room.personOf(self)?.name ?? '', isMe: true, media: 'connected',
      microphone: local.tracks.value.microphone !== null && !isMuted.value, camera: camera !== null, screen: screen !== null, hand: isHandUp.value,
      isRecording: recording.running.value !== null,
      isSpeaking: speaking.value.has(self), isHiddenFrom: false, voice: null, video: streams.of('me/video', [camera]), screenVideo: streams.of('me/screen', [screen]), quality: null
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
    return {
      device, ...person, isMe: false, media: mediaStatus(options.peerOf(device)),
      microphone: flags?.microphone ?? false, camera: flags?.camera ?? false, screen: flags?.screen ?? false, hand: flags?.hand ?? false,
      isRecording: flags?.recording ?? false,
      isSpeaking: speaking.value.has(device),
      isHiddenFrom: isHiddenFrom(device),
      voice: streamOf('voice', true, remote?.microphone),
      video: streamOf('video', flags?.camera ?? false, remote?.camera),
      screenVideo: streamOf('screen', flags?.screen ?? false, remote?.screen, remote?.screenSound),
      quality: qualities.value.get(device) ?? null
    }
  }
  const participants = computed(() => {
    const lines = version.value >= 0 ? peers.lines : new Map<DeviceKey, PeerLine>()
    return [me.value, ...devices.value.flatMap((device) => describe(device, lines.get(device)) ?? [])]
  })

  const setCamera: Call['setCamera'] = async (isOn) => {
    if (!isOn) { local.closeCamera(); return }
    if (options.camerasOn() >= CALL_MAX_CAMERAS) throw new ParleyError('call-video-full')
    await own.openCamera()
  }

  return {
    room, peers, own, roomTag, participants, isMuted, isDeafened, isHandUp, inputLevel,
    trouble: computed(() => own.trouble.value ?? noRelay.value),
    isCameraOn: computed(() => local.tracks.value.camera !== null),
    isSharing: computed(() => local.tracks.value.screen !== null),
    ring: computed(() => options.ring.value.outgoing?.roomTag === roomTag ? options.ring.value.outgoing.status : null),
    hidesFrom: privacy.hidesFrom,
    update (state) {
      const known = [...state.peers.keys()]
      if (known.join() !== devices.peek().join()) devices.value = known
      bump()
    },
    async openDevices ({ camera }) {
      await Promise.all([
        own.openMicrophone().catch(() => undefined),
        camera ? setCamera(true).catch(() => undefined) : null
      ])
    },
    async setMuted (muted) {
      if (!muted && local.tracks.peek().microphone === null) await own.openMicrophone()
      local.setMuted(muted)
      isMuted.value = muted
    },
    setCamera,
    async setSharing (isOn, content = 'detail') {
      if (!isOn) { local.closeScreen(); return }
      if (options.screensOn() >= CALL_MAX_SCREENS) throw new ParleyError('call-screen-full')
      await telling(async () => { await local.openScreen(content) })
    },
    setDeafened (deafened) { isDeafened.value = deafened },
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
      own.close()
    }
  }
}

/** One `MediaStream` per name and tracks, so that an element that plays it is not restarted by every change of something else. */
function createStreamCache (): { of(name: string, tracks: readonly (MediaStreamTrack | null | undefined)[]): MediaStream | null } {
  const known = new Map<string, MediaStream>()
  return {
    of (name, wanted) {
      const tracks = wanted.filter((track) => track != null)
      const before = known.get(name)
      const have = before?.getTracks() ?? []
      if (before !== undefined && have.length === tracks.length && tracks.every((track) => have.includes(track))) return before
      if (tracks.length === 0) {
        known.delete(name)
        return null
      }
      const stream = new MediaStream(tracks)
      known.set(name, stream)
      return stream
    }
  }
}
