/** The public types of calls: what the UI sees of them. */
import type { NameMark } from './api-names.ts'
import type { ReadonlySignal } from '@preact/signals-core'
import type { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { HidesFrom } from './api-privacy.ts'
import type { Background } from './calls/media/effects/backgrounds.ts'
import type { EventSource } from './state/events.ts'

export interface Calls {
  /** The call this device is in; one at a time. */
  readonly current: ReadonlySignal<Call | null>
  /** Calls that run now in rooms of this device, whether it takes part or not. */
  readonly running: ReadonlySignal<ReadonlyMap<RoomTag, RunningCall>>
  /** Somebody rings; null when nobody does. */
  readonly incoming: ReadonlySignal<IncomingCall | null>
  /**
   * Starts the call of a room, or joins the one that runs; leaves another one first. Rings in direct rooms. Without a microphone one
   * listens: `Call.trouble` says why.
   * @throws {ParleyError} `call-full`, `call-locked`, `call-removed`, `not-allowed`, `relay-missing` (rejects)
   */
  join(tag: RoomTag, options?: { camera?: boolean, isMuted?: boolean }): Promise<Call>
  /** What this host can record; a picture only where the browser gives its frames to the page. */
  readonly recordable: 'nothing' | 'sound' | 'sound-and-picture'
  /** Recordings on this device that were neither saved nor discarded, those that a crash cut off among them; without the one that runs. */
  readonly recordings: ReadonlySignal<readonly KeptRecording[]>
  readonly settings: ReadonlySignal<CallSettings>
  /** How people are played here, where it is not as they come; kept on this device. */
  readonly voices: ReadonlySignal<ReadonlyMap<UserKey, VoiceLevel>>
  setVoice(user: UserKey, change: Partial<VoiceLevel>): Promise<void>
  /** In a call or a preview that runs as well. @throws {ParleyError} `microphone-…`, `camera-…`, when a device is opened again for it (rejects) */
  changeSettings(change: Partial<CallSettings>): Promise<void>
  /** What is plugged in; names only after a capture was allowed once. */
  listDevices(): Promise<readonly MediaDevice[]>
  /** How one would be heard and seen. Opens the microphone, not the camera. */
  openPreview(): DevicePreview
  /** A short sound out of the chosen speaker. Resolves when it has faded. */
  playTestSound(): Promise<void>
  /** Plays an element on the chosen speaker, or on the system's default where that one is gone. */
  useSpeaker(element: HTMLMediaElement): Promise<void>
  /** The person's own background; kept on this device only. */
  readonly picture: ReadonlySignal<Blob | null>
  /** Keeps it, scaled down, and shows it behind this person. @throws {ParleyError} `background-picture` (rejects) */
  choosePicture(file: Blob): Promise<void>
  readonly events: EventSource<CallEvents>
}

export type DeviceKind = 'microphone' | 'camera' | 'speaker'
export interface MediaDevice { kind: DeviceKind, deviceId: string, label: string }

/** What happens to the devices of a call or a preview. */
export interface CallEvents {
  /** A moderator has done something to this person. */
  'moderated': CallNotice
  /** It was unplugged, and the system's default (`instead`) is used. Where there is none, that is the call's trouble. */
  'device-lost': { kind: 'microphone' | 'camera', label: string, instead: string }
  /** The chosen one was plugged in again, and is used. */
  'device-returned': { device: MediaDevice }
  /** One that is not chosen was plugged in. */
  'device-found': { device: MediaDevice }
  /** An effect is off: `noise-suppression-failed`, `background-unsupported`, `background-failed`, `background-too-slow`. */
  'effect-stopped': { error: ParleyError }
}

export interface DevicePreview {
  /** Null while the camera is off. */
  readonly video: ReadonlySignal<MediaStream | null>
  /** Level of the microphone, 0 to 1. */
  readonly level: ReadonlySignal<number>
  readonly trouble: ReadonlySignal<ParleyError | null>
  /** @throws {ParleyError} `camera-denied`, `camera-missing`, `camera-busy` (rejects) */
  setCamera(isOn: boolean): Promise<void>
  /** Gives the devices back. */
  close(): void
}

export interface CallSettings {
  microphoneId: string | null
  cameraId: string | null
  speakerId: string | null
  echoCancellation: boolean
  /** `strong`: RNNoise in place of the browser's own. */
  noiseSuppression: 'off' | 'browser' | 'strong'
  autoGainControl: boolean
  /** What is seen behind this person. */
  background: Background
  /** The microphone is open only while a key is held. */
  pushToTalk: boolean
  /** Which one, as `KeyboardEvent.code`. */
  talkKey: string
  /** What a shared screen is kept good for where the line is thin: sharp text, or smooth motion. */
  sharesAs: 'detail' | 'motion'
  /** When somebody comes, goes or raises their hand. */
  playsSounds: boolean
  playsRinging: boolean
  /** Single letters steer a running call. */
  hasKeys: boolean
  /** Keys of the whole system, where the host has them. */
  hasGlobalKeys: boolean
  /** One listens first when one enters a voice room. */
  entersVoiceMuted: boolean
}

export interface VoiceLevel {
  /** 0 to 2; 1 as it comes. Louder than that it is mostly distorted. */
  volume: number
  /** Not heard on this device, whatever the volume. */
  isSilenced: boolean
}

export interface RecordingChoice {
  withOwnVoice: boolean
  /** Beside the sound: nothing, all pictures in a grid, or one of them, for as long as it is there. */
  picture: 'none' | 'everybody' | { device: DeviceKey, shown: 'person' | 'screen' }
}

export interface RunningRecording { startedAt: number, bytes: number, hasPicture: boolean }

export interface KeptRecording {
  id: string
  roomName: string
  startedAt: number
  /** Null when it was cut off. */
  durationMs: number | null
  bytes: number
  hasPicture: boolean
  fileName: string
  /** A WebM file; read from the disk as it is read. */
  open(): Promise<Blob>
  discard(): Promise<void>
}

export interface CallNotice { kind: 'muted' | 'removed', byName: string, roomTag: RoomTag }

/** What a moderator may do about somebody in a call; null for what they may not. */
export interface ParticipantActions { mute: (() => void) | null, remove: (() => void) | null }

export interface RunningCall { participants: readonly { user: UserKey, name: string, nameMark: NameMark | null, isMuted: boolean }[], startedAt: number }

export interface IncomingCall {
  roomTag: RoomTag
  from: UserKey
  fromName: string
  fromMark: NameMark | null
  accept(options?: { camera?: boolean }): Promise<Call>
  decline(): void
}

export interface Call {
  readonly roomTag: RoomTag
  /** This device first, then in the order in which they came. */
  readonly participants: ReadonlySignal<readonly Participant[]>
  readonly isMuted: ReadonlySignal<boolean>
  readonly isCameraOn: ReadonlySignal<boolean>
  readonly isSharing: ReadonlySignal<boolean>
  readonly isDeafened: ReadonlySignal<boolean>
  readonly isHandUp: ReadonlySignal<boolean>
  /** With push to talk: whether the key is held. */
  readonly isTalking: ReadonlySignal<boolean>
  /** Level of the own microphone, 0 to 1, also while muted. */
  readonly inputLevel: ReadonlySignal<number>
  /** What keeps this device from being heard or seen; null when nothing does. */
  readonly trouble: ReadonlySignal<ParleyError | null>
  /** While ringing: whether the other side rings, has declined or is busy. Null in rooms that do not ring. */
  readonly ring: ReadonlySignal<'ringing' | 'declined' | 'busy' | 'unanswered' | null>
  /** From whom this device's address is hidden, in this call and elsewhere. */
  readonly hidesFrom: ReadonlySignal<HidesFrom>
  /** @throws {ParleyError} `microphone-denied`, `microphone-missing`, `microphone-busy` (rejects) */
  setMuted(isMuted: boolean): Promise<void>
  /** @throws {ParleyError} `camera-denied`, `camera-missing`, `camera-busy`, `call-video-full` (rejects) */
  setCamera(isOn: boolean): Promise<void>
  /** @throws {ParleyError} `screen-failed`, `call-screen-full` (rejects) */
  setSharing(isOn: boolean, content?: CallSettings['sharesAs']): Promise<void>
  /** Nobody is heard, and the own microphone is closed with it; afterwards it is as before. */
  setDeafened(isDeafened: boolean): void
  /** With push to talk: the key goes down or up. */
  setTalking(isTalking: boolean): void
  setHandUp(isUp: boolean): void
  /** Names of those to whom the line is too thin for the pictures of this device: they hear it only. Comes back by itself. */
  readonly pausedFor: ReadonlySignal<readonly string[]>
  /** What this device keeps of the call; null while it keeps nothing. */
  readonly recording: ReadonlySignal<RunningRecording | null>
  /** What ended the last recording before it was asked to; null when nothing did. What was recorded is kept. */
  readonly recordingTrouble: ReadonlySignal<ParleyError | null>
  /**
   * Keeps the call on this device from now on, after everybody was told. Ends with the call.
   * @throws {ParleyError} `unsupported`, `recording-full`, `recording-failed` (rejects)
   */
  startRecording(choice: RecordingChoice): Promise<void>
  /** Resolves when all of it is on the disk, and listed in `Calls.recordings`. */
  stopRecording(): Promise<void>
  /** Whether newcomers are kept out, and whether this device does that. Who was in before may come back, and moderators come in. */
  readonly lock: ReadonlySignal<'open' | 'mine' | 'theirs'>
  /** Null for who does not moderate. The lock lasts as long as this device stays. */
  readonly setLocked: ReadonlySignal<((isLocked: boolean) => void) | null>
  actionsOn(device: DeviceKey): ParticipantActions
  leave(): void
}

export interface Participant {
  device: DeviceKey
  user: UserKey
  name: string
  nameMark: NameMark | null
  isMe: boolean
  media: 'connecting' | 'connected' | 'failed'
  microphone: boolean
  camera: boolean
  screen: boolean
  hand: boolean
  /** Says that they record the call. */
  isRecording: boolean
  isSpeaking: boolean
  /** Whether this device's address is hidden from them: media goes through the TURN server. */
  isHiddenFrom: boolean
  /** Which of the raised hands it is, from 1, in the order in which this device learned of them; null while it is down. */
  handPlace: number | null
  /** What they say; null for oneself. */
  voice: MediaStream | null
  /** The sound of the screen they share; null where it comes without. */
  screenSound: MediaStream | null
  /** Both as loud as they are wanted here, null while silenced. Played by whoever shows the call. */
  played: { voice: MediaStream | null, screenSound: MediaStream | null }
  /** Null while the camera is off. The same object as long as it is on. */
  video: MediaStream | null
  screenVideo: MediaStream | null
  quality: CallQuality | null
}

export interface CallQuality {
  level: 'good' | 'fair' | 'poor'
  path: 'direct' | 'relayed'
  roundTripMs: number | null
  jitterMs: number | null
  /** 0 to 1, of what they send. */
  loss: number
  receivedKbps: number
  codecs: readonly string[]
}
