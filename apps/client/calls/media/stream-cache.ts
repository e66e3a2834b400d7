/** One `MediaStream` per name and tracks, so that an element that plays it is not restarted by every change of something else. */
export function createStreamCache (): { of(name: string, tracks: readonly (MediaStreamTrack | null | undefined)[]): MediaStream | null } {
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
