/** The call that this device is in: its own devices, and everybody in it as people see them. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import { CALL_MAX_CAMERAS, CALL_MAX_SCREENS } from '#shared/limits.ts'
import type { Call, CallSettings, VoiceLevel } from '../api-calls.ts'
import type { Mesh } from '../mesh/types.ts'
import type { PrivacyParts } from '../privacy.ts'
import { dependOn } from '../state/depend-on.ts'
import { onChange } from '../state/on-change.ts'
import { createScope } from '../state/scope.ts'
import type { CallRoom } from './call-room.ts'
import type { CallEvent, CallState, MediaFlags, Peer, StreamId } from './machine.ts'
import { createOwnDevices, type OwnDevicesOptions } from './own-devices.ts'
import { createOwnVoice } from './own-voice.ts'
import type { Ordering } from './ordering.ts'
import { createParticipants } from './participants.ts'
import { createPeers, type Peers } from './peers.ts'
import { createReadings } from './readings.ts'
import { createCallRecording, type Recordings } from './recording/index.ts'
import type { RingState } from './ringing.ts'

/** Credentials of a TURN server are kept until they have to be renewed: most looks ask nobody. */
const SERVERS_EVERY_MS = 5000

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
    recordings: options.recordings, roomName: () => room.name(), participants: computed(() => participants.all.value), ownSound: local.tracks
  })

  scope.defer(onChange(privacy.hidesFrom, () => {
    noRelay.value = null
    peers.useServers()
  }))
  const renewServers = (): void => {
    scope.run(options.renewIceServers().then((servers) => peers.useServers(servers)).finally(() => scope.later(SERVERS_EVERY_MS, renewServers)))
  }
  scope.later(SERVERS_EVERY_MS, renewServers)

  // What is told to others follows from what is really on.
  const flags = computed<MediaFlags>(() => {
    const { microphone, camera, screen } = local.tracks.value
    return {
      microphone: microphone !== null && ownVoice.isOpen.value, camera: camera !== null, screen: screen !== null, hand: isHandUp.value, recording: recording.running.value !== null
    }
  })
  scope.defer(effect(() => {
    const now = flags.value
    const before = media()
    if ((Object.keys(now) as (keyof MediaFlags)[]).some((key) => now[key] !== before[key])) dispatch({ type: 'media', at: Date.now(), media: now })
  }))

  const readings = createReadings({ scope, self, local, peers, isOpen: ownVoice.isOpen })
  const participants = createParticipants({
    self, room, flags, peers, version, isHiddenFrom, readings,
    myUser: options.myUser,
    tracks: local.tracks,
    peerOf: options.peerOf,
    voices: options.voices
  })

  const setCamera: Call['setCamera'] = async (isOn) => {
    if (!isOn) { local.closeCamera(); return }
    if (options.camerasOn() >= CALL_MAX_CAMERAS) throw new ParleyError('call-video-full')
    await own.openCamera()
  }

  return {
    room, peers, roomTag, isHandUp,
    participants: participants.all,
    pausedFor: participants.pausedFor,
    inputLevel: readings.inputLevel,
    isMuted: ownVoice.isMuted, isDeafened: ownVoice.isDeafened, isTalking: ownVoice.isTalking,
    trouble: computed(() => own.trouble.value ?? noRelay.value),
    isCameraOn: computed(() => local.tracks.value.camera !== null),
    isSharing: computed(() => local.tracks.value.screen !== null),
    ring: computed(() => options.ring.value.outgoing?.roomTag === roomTag ? options.ring.value.outgoing.status : null),
    hidesFrom: privacy.hidesFrom,
    update (state) {
      participants.update(state)
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
    recording: recording.running,
    recordingTrouble: recording.trouble,
    startRecording: async (choice) => await recording.start(choice),
    stopRecording: async () => await recording.stop(),
    lock: computed(() => options.ordering.lockOf(roomTag)),
    setLocked: computed(() => {
      dependOn(version)
      return options.ordering.setLocked(roomTag)
    }),
    actionsOn: (device) => options.ordering.actionsOn(roomTag, device),
    leave: options.leave,
    close () {
      // Before the tracks end; what is left to write is written after the call.
      recording.stop().catch(() => mesh.drop('recording-not-ended'))
      peers.stop()
      scope.end()
      participants.close()
      own.close()
    }
  }
}
