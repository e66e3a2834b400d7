import { expect, it } from 'vitest'
import { readAhead } from './read-ahead.ts'

const piece = (bytes: number): Uint8Array => new Uint8Array(bytes)
async function * all (pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  yield * pieces
}
const keepAll = { maxBytes: 1000, mayKeep: () => true, onDropped: () => { throw new Error('nothing is to be dropped') } }

it('hands on everything in order while its reader keeps up', async () => {
  const pieces = Array.from({ length: 500 }, (_, at) => piece(at % 7))
  const got: Uint8Array[] = []
  // Empty pieces take no room, and the others are small: all of them wait at once.
  for await (const one of readAhead(all(pieces), { ...keepAll, maxBytes: 10_000 })) got.push(one)
  expect(got).toEqual(pieces)
})

it('drops what there is no room for, and goes on once there is', async () => {
  const dropped: number[] = []
  const source = Promise.withResolvers<undefined>()
  async function * pieces (): AsyncGenerator<Uint8Array> {
    yield * [piece(400), piece(500), piece(200), piece(100)]
    await source.promise
    yield piece(900)
  }
  const got: number[] = []
  for await (const { byteLength } of readAhead(pieces(), { ...keepAll, onDropped: (one) => { dropped.push(one.byteLength) } })) {
    got.push(byteLength)
    // The first is out before the rest has come; while it is used, 1000 bytes may wait.
    if (got.length === 1) await expect.poll(() => dropped.length + got.length).toBeGreaterThan(0)
    if (got.length === 2) source.resolve(undefined)
  }
  expect([...got, ...dropped].sort((a, b) => a - b)).toEqual([100, 200, 400, 500, 900])
  expect(got.at(-1)).toBe(900)
})

it('drops more of a flood than it keeps when nobody reads', async () => {
  let droppedBytes = 0
  const flood = readAhead(all(Array.from({ length: 200 }, () => piece(100))), { ...keepAll, onDropped: (one) => { droppedBytes += one.byteLength } })
  await flood.next()
  await expect.poll(() => droppedBytes).toBeGreaterThanOrEqual(20_000 - 1000 - 200)
  let kept = 0
  for await (const { byteLength } of flood) kept += byteLength
  expect(kept).toBeLessThanOrEqual(1000)
})

it('leaves out what may not be kept', async () => {
  const got: number[] = []
  for await (const { byteLength } of readAhead(all([piece(1), piece(2), piece(3)]), { ...keepAll, mayKeep: (one) => one.byteLength !== 2 })) got.push(byteLength)
  expect(got).toEqual([1, 3])
})

it('fails with its stream, after what came before', async () => {
  async function * pieces (): AsyncGenerator<Uint8Array> {
    yield piece(1)
    await Promise.resolve()
    throw new Error('the stream was reset')
  }
  const got: number[] = []
  await expect((async () => { for await (const one of readAhead(pieces(), keepAll)) got.push(one.byteLength) })()).rejects.toThrow('the stream was reset')
  expect(got).toEqual([1])
})
