/**
 * Recording a call on this device. It is announced to everybody before the first sound is kept (the `recording` bit of what this device says
 * of itself), written in pieces, and afterwards kept until the person has saved or discarded it; so is what a crash left.
 *
 * Flow: `start` → the flag is told → mix and picture → encoder → a piece every two seconds → shelf; `kept` lists what lies there.
 *
 * @example
 *   const recordings = createRecordings({ owner: userKey })
 *   await recordings.load()
 *   const recording = createCallRecording({ recordings, roomName: () => 'Kitchen', participants, ownSound })
 *   await recording.start({ withOwnVoice: true, picture: 'none' })
 */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { KeptRecording, Participant, RecordingChoice, RunningRecording } from '../../api-calls.ts'
import { recordable, startRecorder, type RecordedTracks, type Recorder } from './recorder.ts'
import { createRecordingShelf, type RecordingShelf, type ShelvedRecording } from './shelf.ts'

export interface Recordings {
  readonly kept: ReadonlySignal<readonly KeptRecording[]>
  readonly shelf: RecordingShelf
  /** Reads the shelf again. */
  load(): Promise<void>
  /** Everything of this person, for good. */
  erase(): Promise<void>
}

export function createRecordings ({ owner }: { owner: string }): Recordings {
  const shelf = createRecordingShelf(owner)
  const shelved = signal<readonly ShelvedRecording[]>([])
  const load = async (): Promise<void> => { if (recordable() !== 'nothing') shelved.value = await shelf.list() }
  return {
    shelf, load,
    async erase () {
      if (recordable() !== 'nothing') await shelf.erase()
      shelved.value = []
    },
    kept: computed(() => shelved.value.map(({ id, roomName, startedAt, bytes, endedAt, mimeType }) => ({
      id, roomName, startedAt, bytes,
      durationMs: endedAt === null ? null : endedAt - startedAt,
      fileName: `${nameFor(roomName, startedAt)}.webm`,
      hasPicture: mimeType.startsWith('video'),
      open: async () => await shelf.open(id),
      async discard () {
        await shelf.remove(id)
        await load()
      }
    })))
  }
}

/** What every file system takes. */
export function nameFor (roomName: string, startedAt: number): string {
  // eslint-disable-next-line no-control-regex -- just these are what a file name must not have
  const room = roomName.replaceAll(/[\u0000-\u001f\u007f<>:"/\\|?*]/g, ' ').replaceAll(/\s+/g, ' ').replaceAll(/^[ .]+|[ .]+$/g, '').slice(0, 60)
  const moment = new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ').replace(':', '.')
  return [room, moment].filter((part) => part !== '').join(' ')
}

export interface CallRecording {
  readonly running: ReadonlySignal<RunningRecording | null>
  readonly trouble: ReadonlySignal<ParleyError | null>
  /** @throws {ParleyError} `unsupported`, `recording-full`, `recording-failed` (rejects) */
  start(choice: RecordingChoice): Promise<void>
  stop(): Promise<void>
}

export function createCallRecording ({ recordings, roomName, participants, ownSound }: {
  recordings: Recordings
  roomName: () => string
  participants: ReadonlySignal<readonly Participant[]>
  /** What this device sends that can be heard: the microphone, and the sound of a shared screen. */
  ownSound: ReadonlySignal<{ microphone: MediaStreamTrack | null, screenSound: MediaStreamTrack | null }>
}): CallRecording {
  const running = signal<RunningRecording | null>(null)
  const trouble = signal<ParleyError | null>(null)
  let recorder: Promise<Recorder> | null = null
  let stopFollowing = (): void => {}

  const end = (why: ParleyError | null): void => {
    stopFollowing()
    recorder = null
    running.value = null
    trouble.value = why
    recordings.load().catch(() => undefined)
  }
  return {
    running, trouble,
    async start (choice) {
      if (recorder !== null) return
      const can = recordable()
      if (can === 'nothing' || (choice.picture !== 'none' && can === 'sound')) throw new ParleyError('unsupported')
      trouble.value = null
      // First it is told, then it begins.
      running.value = { startedAt: Date.now(), bytes: 0, hasPicture: choice.picture !== 'none' }
      const tracks = computed(() => tracksOf(choice, participants.value, ownSound.value))
      recorder = startRecorder({
        shelf: recordings.shelf, roomName: roomName(), hasPicture: choice.picture !== 'none', tracks: tracks.peek(),
        onBytes (bytes) {
          const now = running.peek()
          if (now !== null) running.value = { ...now, bytes }
        },
        onEnd: end
      })
      try {
        const started = await recorder
        stopFollowing = effect(() => started.set(tracks.value))
      } catch (error) {
        end(error instanceof ParleyError ? error : new ParleyError('recording-failed', { cause: error }))
        throw error
      }
    },
    async stop () {
      const started = await recorder?.catch(() => null)
      await started?.stop()
    }
  }
}

/** Everybody's sound, and the chosen pictures. */
function tracksOf (
  { withOwnVoice, picture }: RecordingChoice, participants: readonly Participant[],
  ownSound: { microphone: MediaStreamTrack | null, screenSound: MediaStreamTrack | null }
): RecordedTracks {
  const own = [withOwnVoice ? ownSound.microphone : null, ownSound.screenSound]
  const others = participants.filter(({ isMe }) => !isMe)
  const heard = others.flatMap(({ voice, screenSound }) => [...voice?.getAudioTracks() ?? [], ...screenSound?.getAudioTracks() ?? []])
  const shown = participants.flatMap(({ device, name, video, screenVideo }) => [
    ...screenVideo === null ? [] : [{ device, shown: 'screen' as const, name, track: screenVideo.getVideoTracks()[0] ?? null }],
    { device, shown: 'person' as const, name, track: video?.getVideoTracks()[0] ?? null }
  ])
  const isChosen = (one: { device: string, shown: 'screen' | 'person' }): boolean =>
    picture === 'everybody' || (picture !== 'none' && picture.device === one.device && picture.shown === one.shown)
  return {
    sound: [...own, ...heard].filter((track) => track !== null),
    pictures: shown.filter(isChosen).map((one) => ({ key: `${one.device}/${one.shown}`, name: one.name, track: one.track }))
  }
}
