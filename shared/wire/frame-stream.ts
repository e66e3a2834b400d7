/**
 * A stream of whole frames, each with its length before it (unsigned varint): what every stream protocol of ours speaks, between peers
 * and with the node.
 */
export interface FrameStream {
  /** Sends frames, all in one write. Resolves when the stream can take more. Rejects when it is closed, or when a frame is longer than its limit: then none is sent. */
  send(...frames: readonly Uint8Array[]): Promise<void>
  /** The next frame, or null when the other side has closed. Rejects on abort, on a frame above the limit and after `timeoutMs`; null waits as long as the stream lives. */
  receive(options?: { timeoutMs?: number | null, signal?: AbortSignal }): Promise<Uint8Array | null>
  /** Closes our side after what was sent. Idempotent, never rejects. */
  close(): Promise<void>
  /** Drops the stream at once. Idempotent. */
  abort(reason: Error): void
}
