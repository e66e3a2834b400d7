import { Uint8ArrayList } from 'uint8arraylist'

/** Pieces that are shorter share a block of this size. */
const BLOCK_BYTES = 4096

/** A part of `Uint8ArrayList` that is not in its public type; `packed-list.test.ts` fails when it changes. */
interface ListInside { bufs: Uint8Array[] }

/**
 * A list of bytes that can be packed. A piece that a device sent is a view of the whole WebSocket message, up to a megabyte: kept as it is, one
 * byte would keep all of that, and 256 kB of single bytes cost as many objects. What is passed on at once is not copied.
 */
export class PackedList extends Uint8ArrayList {
  /** Bytes at the end that may not be packed yet. */
  #loose = 0
  #block = new Uint8Array(0)
  #used = 0

  override append (...pieces: (Uint8Array | Uint8ArrayList)[]): void {
    this.appendAll(pieces)
  }

  override appendAll (pieces: (Uint8Array | Uint8ArrayList)[]): void {
    const before = this.length
    super.appendAll(pieces)
    this.#loose += this.length - before
  }

  /** Copies what was appended since the last time and is still here: it is going to be kept. */
  pack (): void {
    const { bufs } = this as unknown as ListInside
    const pieces: Uint8Array[] = []
    let left = Math.min(this.#loose, this.length)
    this.#loose = 0
    this.length -= left
    for (let last = left > 0 ? bufs.pop() : undefined; last !== undefined; last = left > 0 ? bufs.pop() : undefined) {
      const from = Math.max(0, last.byteLength - left)
      if (from > 0) bufs.push(last.subarray(0, from))
      pieces.push(last.subarray(from))
      left -= last.byteLength - from
    }
    for (const piece of pieces.reverse()) this.#copy(piece, bufs)
  }

  #copy (bytes: Uint8Array, bufs: Uint8Array[]): void {
    for (let at = 0; at < bytes.byteLength;) {
      if (this.#used === this.#block.byteLength) {
        this.#block = new Uint8Array(Math.max(BLOCK_BYTES, bytes.byteLength - at))
        this.#used = 0
      }
      const part = bytes.subarray(at, at + this.#block.byteLength - this.#used)
      this.#block.set(part, this.#used)
      at += part.byteLength
      // As a longer last piece, where that ends at the same place.
      const last = bufs.at(-1)
      const isNext = last?.buffer === this.#block.buffer && last.byteOffset + last.byteLength === this.#used
      const from = isNext ? last.byteOffset : this.#used
      this.#used += part.byteLength
      if (isNext) bufs.pop()
      bufs.push(this.#block.subarray(from, this.#used))
      this.length += part.byteLength
    }
  }
}
