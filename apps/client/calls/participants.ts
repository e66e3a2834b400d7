/** Everybody in a call as people see them: this device first, then in the order in which they came. */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { Participant, VoiceLevel } from '../api-calls.ts'
import { dependOn } from '../state/depend-on.ts'
import type { CallRoom } from './call-room.ts'
import { orderHands } from './hands.ts'
import { mediaStatus, NO_MEDIA, type CallState, type MediaFlags } from './machine.ts'
import type { Tracks } from './media/connection.ts'
import { createStreamCache } from './media/stream-cache.ts'
import { createVolumes } from './media/volumes.ts'
import type { PeerLine, Peers } from './peers.ts'
import type { Readings } from './readings.ts'

const SILENCE: Participant['played'] = { voice: null, screenSound: null }

export interface Participants {
  readonly all: ReadonlySignal<readonly Participant[]>
  /** Names of those to whom the line is too thin for the pictures of this device. */
  readonly pausedFor: ReadonlySignal<readonly string[]>
  /** The machine has moved on. */
  update(state: CallState): void
  close(): void
}

export function createParticipants ({ self, myUser, room, tracks, flags, peers, version, peerOf, isHiddenFrom, voices, readings }: {
  self: DeviceKey
  myUser: UserKey
  room: CallRoom
  tracks: ReadonlySignal<Tracks>
  /** What this device tells others of itself. */
  flags: ReadonlySignal<MediaFlags>
  peers: Pick<Peers, 'lines'>
  /** Changes when `peers` or the machine do. */
  version: ReadonlySignal<number>
  peerOf: (device: DeviceKey) => Parameters<typeof mediaStatus>[0]
  isHiddenFrom: (device: DeviceKey) => boolean
  voices: ReadonlySignal<ReadonlyMap<UserKey, VoiceLevel>>
  readings: Pick<Readings, 'speaking' | 'qualities'>
}): Participants {
  const streams = createStreamCache()
  const volumes = createVolumes()
  const devices = signal<readonly DeviceKey[]>([])
  const linesNow = (): ReadonlyMap<DeviceKey, PeerLine> => {
    dependOn(version)
    return peers.lines
  }
  const signsOf = (device: DeviceKey, { microphone, camera, screen, hand, recording }: MediaFlags): Pick<Participant, 'microphone' | 'camera' | 'screen' | 'hand' | 'isRecording' | 'isSpeaking' | 'handPlace'> =>
    ({ microphone, camera, screen, hand, isRecording: recording, isSpeaking: readings.speaking.value.has(device), handPlace: null })

  const me = computed<Participant>(() => {
    const { camera, screen } = tracks.value
    return {
      device: self, user: myUser, name: room.personOf(self)?.name ?? '', nameMark: null, isMe: true, media: 'connected', ...signsOf(self, flags.value), isHiddenFrom: false,
      voice: null, screenSound: null, played: SILENCE, video: streams.of('me/video', [camera]), screenVideo: streams.of('me/screen', [screen]), quality: null
    }
  })
  const describe = (device: DeviceKey, line: PeerLine | undefined): Participant | null => {
    const person = room.personOf(device)
    if (person === null) return null
    const theirs = line?.media ?? NO_MEDIA
    const remote = line?.connection.remote
    const streamOf = (name: string, isOn: boolean, ...of: (MediaStreamTrack | null | undefined)[]): MediaStream | null =>
      isOn ? streams.of(`${device}/${name}`, of) : null
    const voice = streamOf('voice', true, remote?.microphone)
    const screenSound = streamOf('sound', theirs.screen, remote?.screenSound)
    const level = voices.value.get(person.user)
    return {
      device, ...person, isMe: false, media: mediaStatus(peerOf(device)), ...signsOf(device, theirs),
      isHiddenFrom: isHiddenFrom(device),
      voice, screenSound,
      played: { voice: volumes.of(`${device}/voice`, voice, level), screenSound: volumes.of(`${device}/sound`, screenSound, level) },
      video: streamOf('video', theirs.camera, remote?.camera),
      screenVideo: streamOf('screen', theirs.screen, remote?.screen),
      quality: readings.qualities.value.get(device) ?? null
    }
  }

  let hands: readonly DeviceKey[] = []
  const all = computed(() => {
    const lines = linesNow()
    const everybody = [me.value, ...devices.value.flatMap((device) => describe(device, lines.get(device)) ?? [])]
    hands = orderHands(hands, everybody.flatMap(({ device, hand }) => hand ? [device] : []))
    return everybody.map((one) => one.hand ? { ...one, handPlace: hands.indexOf(one.device) + 1 } : one)
  })

  return {
    all,
    pausedFor: computed(() => {
      const lines = linesNow()
      return all.value.filter(({ device }) => lines.get(device)?.isVideoPaused === true).map(({ name }) => name)
    }),
    update (state) {
      const known = [...state.peers.keys()]
      if (known.join() !== devices.peek().join()) devices.value = known
      volumes.keep((name) => known.some((device) => name.startsWith(`${device}/`)))
    },
    close: () => volumes.close()
  }
}
