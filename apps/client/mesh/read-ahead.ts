/**
 * Reads a stream ahead of whoever uses it, up to so many bytes, and drops what comes beyond them. Without it a flood waits in the stream until
 * libp2p resets it: nobody is charged for what was in it, and the sender begins again.
 */

/** Pieces after which the page may draw: about 3 ms where each is only dropped, and long apart at the rate of an honest peer. */
const AT_ONCE = 64

const untilDrawn = async (): Promise<void> => { await new Promise((resolve) => { setTimeout(resolve) }) }

export async function * readAhead<Piece extends { byteLength: number }> (pieces: AsyncIterable<Piece>, { maxBytes, mayKeep, onDropped }: {
  maxBytes: number
  /** Asked for each piece that there is room for. */
  mayKeep: (piece: Piece) => boolean
  /** There was no room for a piece. */
  onDropped: (piece: Piece) => void
}): AsyncGenerator<Piece> {
  const waiting: Piece[] = []
  let bytes = 0
  const stream: { isOver: boolean, failure: Error | null } = { isOver: false, failure: null }
  let news = Promise.withResolvers<undefined>()

  const read = async (): Promise<void> => {
    let left = AT_ONCE
    for await (const piece of pieces) {
      if (stream.isOver) return
      if (bytes + piece.byteLength > maxBytes) onDropped(piece)
      else if (mayKeep(piece)) {
        bytes += piece.byteLength
        waiting.push(piece)
        news.resolve(undefined)
      }
      if (--left > 0) continue
      await untilDrawn()
      left = AT_ONCE
    }
  }
  read().catch((error: unknown) => { stream.failure = error as Error }).finally(() => {
    stream.isOver = true
    news.resolve(undefined)
  }).catch(() => undefined)

  try {
    for (let left = AT_ONCE; ;) {
      const piece = waiting.shift()
      if (piece === undefined) {
        // What was read whole before the stream failed is still true.
        if (stream.isOver) break
        await news.promise
        news = Promise.withResolvers()
        continue
      }
      bytes -= piece.byteLength
      yield piece
      if (--left > 0) continue
      await untilDrawn()
      left = AT_ONCE
    }
  } finally {
    stream.isOver = true
  }
  if (stream.failure !== null) throw stream.failure
}
