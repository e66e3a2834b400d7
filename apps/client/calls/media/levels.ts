/** How loud somebody is: measured on the own microphone, read from the received packets for everybody else. */

export interface LevelMeter {
  /** 0 (silence) to 1. */
  read(): number
  close(): void
}

/** @see https://webaudio.github.io/web-audio-api/#dom-audiocontextoptions-sinkid, which TypeScript does not know yet */
const UNHEARD: AudioContextOptions & { sinkId: { type: 'none' } } = { latencyHint: 'playback', sinkId: { type: 'none' } }

/** Speech on a usual microphone; breathing and fans stay below it. */
export const SPEAKING_LEVEL = 0.02

/** Measures also a muted microphone: `track` is cloned, and the clone stays enabled. */
export function createInputMeter (track: MediaStreamTrack): LevelMeter {
  const heard = track.clone()
  heard.enabled = true
  // Nothing is to be played, and nobody waits for a reading: an output device at its shortest delay would wake a core hundreds of times a second.
  const context = new AudioContext(UNHEARD)
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(new MediaStream([heard])).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    read () {
      analyser.getFloatTimeDomainData(samples)
      return Math.min(1, Math.sqrt(samples.reduce((total, sample) => total + sample * sample, 0) / samples.length))
    },
    close () {
      heard.stop()
      context.close().catch(() => undefined)
    }
  }
}

/** What the newest received packet says of itself. @see RFC 6464 */
export function receivedLevel (pc: RTCPeerConnection, track: MediaStreamTrack | null): number {
  const receiver = pc.getReceivers().find((one) => one.track === track)
  return receiver?.getSynchronizationSources()[0]?.audioLevel ?? 0
}
