/** A track made of another one. */
export interface Effect {
  readonly track: MediaStreamTrack
  /** Ends the track that was made; the one it is made of goes on. */
  close(): void
}
