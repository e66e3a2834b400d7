/** What each line is sent of the pictures of this device, by what it carries (media/adapt.ts): each is read again and again. */
import { settingsOf, stepSending, type SendState, type Sources } from './media/adapt.ts'
import type { MediaFlags } from './machine.ts'
import type { MediaConnection, Tracks } from './media/connection.ts'
import { readLine } from './media/line-reading.ts'
import type { LocalMedia } from './media/local.ts'
import { tuneSenders } from './media/tune-senders.ts'

/** Often enough to save a voice, seldom enough that a change shows in the next reading. */
const ADAPT_EVERY_MS = 2000

export interface SendingSlot {
  line: { connection: MediaConnection } | null
  sending: SendState
}

export interface Sending<Slot extends SendingSlot> {
  /** The line is too thin for the pictures of this device. */
  isPaused(slot: Slot): boolean
  /** A picture that is not sent is not on, so that nobody looks at its last frame. */
  mediaFor(slot: Slot | undefined): MediaFlags
  /** A line has come or gone: the others may take more, or less. */
  retune(): void
  stop(): void
}

export function createSending<Slot extends SendingSlot> ({ slots, media, local, onPaused, onError }: {
  slots: ReadonlyMap<unknown, Slot>
  media: () => MediaFlags
  local: LocalMedia
  /** Pictures to somebody are paused, or go on. */
  onPaused: (slot: Slot) => void
  onError: (error: unknown) => void
}): Sending<Slot> {
  const receivers = (): number => [...slots.values()].filter(({ line }) => line !== null).length
  const shown = (slot: Slot): { camera: boolean, screen: boolean } => {
    const { camera, screen } = settingsOf(slot.sending, receivers())
    return { camera: media().camera && camera.isOn, screen: media().screen && screen.isOn }
  }
  const isPaused = (slot: Slot): boolean => shown(slot).camera !== media().camera || shown(slot).screen !== media().screen

  const tune = async (slot: Slot): Promise<void> => {
    if (slot.line !== null) await tuneSenders(slot.line.connection.pc, settingsOf(slot.sending, receivers()))
  }
  const adapt = async (slot: Slot): Promise<void> => {
    const { line, sending } = slot
    if (line?.connection.pc.connectionState !== 'connected') return
    const wasPaused = isPaused(slot)
    const reading = await readLine(line.connection.pc)
    // Another connection has taken its place meanwhile.
    if (slot.line !== line) return
    slot.sending = stepSending(sending, reading, sourcesOf(local.tracks.peek()), receivers())
    if (slot.sending.level !== sending.level || slot.sending.sources !== sending.sources) await tune(slot)
    if (isPaused(slot) !== wasPaused) onPaused(slot)
  }
  const adapting = setInterval(() => { for (const slot of slots.values()) adapt(slot).catch(onError) }, ADAPT_EVERY_MS)

  return {
    isPaused,
    mediaFor: (slot) => ({ ...media(), ...slot && shown(slot) }),
    retune () { for (const slot of slots.values()) tune(slot).catch(onError) },
    stop: () => clearInterval(adapting)
  }
}

function sourcesOf ({ camera, screen }: Tracks): Sources {
  return { camera: camera !== null, screen: screen === null ? 'none' : screen.contentHint === 'motion' ? 'motion' : 'text' }
}
