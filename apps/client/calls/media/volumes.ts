/** Voices as loud as they are wanted here. What is wanted as it comes is played as it comes, without a detour. */
import type { VoiceLevel } from '../../api-calls.ts'

export interface Volumes {
  /** The stream to be played of what came under this name; the same object as long as the source is. Null when nothing is to be heard. */
  of(name: string, source: MediaStream | null, level: VoiceLevel | undefined): MediaStream | null
  /** Lets go of all names but these. */
  keep(isKept: (name: string) => boolean): void
  close(): void
}

interface Chain { source: MediaStream, gain: GainNode, played: MediaStream, end: () => void }

export function createVolumes (): Volumes {
  const chains = new Map<string, Chain>()
  let context: AudioContext | null = null

  const end = (name: string): void => {
    chains.get(name)?.end()
    chains.delete(name)
  }
  const begin = (name: string, source: MediaStream): Chain => {
    context ??= new AudioContext()
    const gain = context.createGain()
    const destination = context.createMediaStreamDestination()
    const input = context.createMediaStreamSource(source)
    input.connect(gain).connect(destination)
    // Chromium decodes what comes over WebRTC only for an element.
    const puller = new Audio()
    puller.muted = true
    puller.srcObject = source
    const chain = {
      source, gain, played: destination.stream,
      end () {
        input.disconnect()
        gain.disconnect()
        puller.srcObject = null
      }
    }
    chains.set(name, chain)
    return chain
  }

  return {
    of (name, source, level = { volume: 1, isSilenced: false }) {
      if (source === null || level.isSilenced) {
        end(name)
        return null
      }
      const before = chains.get(name)
      if (before !== undefined && before.source !== source) end(name)
      if (level.volume === 1 && !chains.has(name)) return source
      const chain = chains.get(name) ?? begin(name, source)
      chain.gain.gain.value = level.volume
      return chain.played
    },
    keep (isKept) {
      for (const name of [...chains.keys()]) if (!isKept(name)) end(name)
    },
    close () {
      for (const name of [...chains.keys()]) end(name)
      context?.close().catch(() => undefined)
    }
  }
}
