import { describe, expect, it } from 'vitest'
import { PackedList } from './packed-list.ts'

const MESSAGE_BYTES = 1024 * 1024

/** A piece as it arrives: a view of a large message. */
function piece (length: number, first = 0): Uint8Array {
  return new Uint8Array(MESSAGE_BYTES).subarray(0, length).map((_, at) => (first + at) % 251)
}
/** What the list keeps alive, and in how many pieces. */
function costOf (list: PackedList): { bytes: number, pieces: number } {
  const pieces = [...list]
  return { bytes: [...new Set(pieces.map(({ buffer }) => buffer))].reduce((sum, buffer) => sum + buffer.byteLength, 0), pieces: pieces.length }
}

describe('a list that is packed', () => {
  it('keeps single bytes of large messages in about as much memory as they are', () => {
    const list = new PackedList()
    for (let n = 0; n < 10_000; n++) {
      list.append(new Uint8Array(100_000).subarray(0, 1).fill(n % 251))
      list.pack()
    }
    expect([...list.slice()]).toEqual(Array.from({ length: 10_000 }, (_, n) => n % 251))
    expect(costOf(list).bytes).toBeLessThanOrEqual(10_000 + 4096)
    expect(costOf(list).pieces).toBeLessThanOrEqual(3)
  })

  it.each([[1, 1], [4095, 2], [4096, 1], [4097, 4096], [5000, 70_000], [70_000, 3]])('has the same bytes in the same order (%i, then %i, some taken)', (one, other) => {
    const list = new PackedList()
    const all = [...piece(one), ...piece(other, 7), ...piece(one, 13)]
    list.append(piece(one), piece(other, 7))
    list.pack()
    list.append(piece(one, 13))
    list.consume(1)
    list.pack()
    expect([list.byteLength, [...list.slice()]]).toEqual([all.length - 1, all.slice(1)])
    const rest = list.sublist(1)
    list.consume(list.byteLength)
    list.prepend(rest)
    list.append(piece(9))
    list.pack()
    expect([...list.slice()]).toEqual([...all.slice(2), ...piece(9)])
  })

  it('copies nothing that has gone before', () => {
    const list = new PackedList()
    const bytes = piece(10)
    list.append(bytes)
    const out = list.sublist()
    list.consume(10)
    list.pack()
    expect([list.byteLength, [...out][0]?.buffer === bytes.buffer]).toEqual([0, true])
  })
})
