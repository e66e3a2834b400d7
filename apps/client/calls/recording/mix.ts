/** Many voices as one track. They may come and go while it plays. */

export interface Mix {
  readonly track: MediaStreamTrack
  /** What is heard from now on. */
  set(tracks: readonly MediaStreamTrack[]): void
  close(): void
}

export function createMix (): Mix {
  const context = new AudioContext()
  const out = context.createMediaStreamDestination()
  const [track] = out.stream.getAudioTracks()
  if (track === undefined) throw new Error('a destination has a track')
  const sources = new Map<MediaStreamTrack, MediaStreamAudioSourceNode>()
  // The recording has a sound from its first moment on, also where nobody speaks yet.
  const silence = context.createConstantSource()
  silence.offset.value = 0
  silence.connect(out)
  silence.start()
  return {
    track,
    set (tracks) {
      for (const [known, source] of sources) {
        if (tracks.includes(known)) continue
        source.disconnect()
        sources.delete(known)
      }
      for (const wanted of tracks) {
        if (sources.has(wanted)) continue
        const source = context.createMediaStreamSource(new MediaStream([wanted]))
        source.connect(out)
        sources.set(wanted, source)
      }
    },
    close () {
      track.stop()
      context.close().catch(() => undefined)
    }
  }
}
