import { expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import { encodeCbor, type Cbor } from '#shared/wire/cbor.ts'
import { createExportWriter, openExport } from './export-file.ts'

const PASSPHRASE = 'correct horse battery'
/** Quick to derive: what is tested is the file. */
const CHEAP = { memoryKiB: 64, passes: 1 }

const bytesOf = async (file: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await file.arrayBuffer())

async function write (records: readonly Cbor[]): Promise<Blob> {
  const writer = await createExportWriter(PASSPHRASE, CHEAP)
  for (const record of records) await writer.write(record)
  return await writer.finish()
}

async function read (file: Blob, passphrase = PASSPHRASE): Promise<unknown[]> {
  const chunks = await openExport(file, passphrase)
  const records: unknown[] = []
  for await (const chunk of chunks()) records.push(...chunk.records)
  return records
}

const codeOf = async (file: Blob, passphrase?: string): Promise<string> => await read(file, passphrase).then(() => 'read', (error: unknown) => {
  if (error instanceof ParleyError) return error.code
  throw error
})

/** Three chunks and a bit. */
const many = Array.from({ length: 14 }, (_, i): Cbor => [i, new Uint8Array(64 * 1024).fill(i)])

it('comes back as it was written, in one chunk or in several, read as often as one likes', async () => {
  for (const records of [[], [[1, 'one']], many]) {
    // Compared as bytes: the matchers look at each by itself.
    expect(Buffer.from(encodeCbor(await read(await write(records)) as Cbor[])).equals(encodeCbor(records))).toBe(true)
  }
  const chunks = await openExport(await write(many), PASSPHRASE)
  let count = 0
  for (let pass = 0; pass < 2; pass++) for await (const { records } of chunks()) count += records.length
  expect(count).toBe(2 * many.length)
})

it('says nothing of what is in it, and never the same twice', async () => {
  const [one, other] = [await bytesOf(await write([['the cake is in the cellar']])), await bytesOf(await write([['the cake is in the cellar']]))]
  expect(Buffer.from(one).includes('cake')).toBe(false)
  expect(one.subarray(57)).not.toEqual(other.subarray(57))
})

it('wants a passphrase of eight characters, and the same one again, however it is composed', async () => {
  await expect(createExportWriter('1234567')).rejects.toMatchObject({ code: 'passphrase-short' })
  await expect(createExportWriter('🦦🦦🦦🦦🦦🦦🦦')).rejects.toMatchObject({ code: 'passphrase-short' })
  const file = await write([[1]])
  expect(await codeOf(file, 'Correct horse battery')).toBe('passphrase-wrong')
  expect(await codeOf(file, '')).toBe('passphrase-wrong')
  const composed = await createExportWriter('caf\u00e9 caf\u00e9')
  expect(await codeOf(await composed.finish(), 'cafe\u0301 cafe\u0301')).toBe('read')
})

it('is told from the file of another app, and of a later version', async () => {
  expect(await codeOf(new Blob(['%PDF-1.7 and more and more and more and more and more and more'] ))).toBe('export-foreign')
  expect(await codeOf(new Blob([]))).toBe('export-foreign')
  const later = await bytesOf(await write([]))
  later[8] = 2
  expect(await codeOf(new Blob([later]))).toBe('export-newer')
})

it('that was cut off anywhere is damaged, also between two chunks', async () => {
  const whole = await bytesOf(await write(many))
  const second = 57 + 5 + new DataView(whole.buffer).getUint32(57)
  for (const length of [9, 56, 57, 60, second, second + 3, whole.length - 1]) {
    expect(await codeOf(new Blob([whole.slice(0, length)])), String(length)).toBe('export-damaged')
  }
  expect(await codeOf(new Blob([whole, Uint8Array.of(0)]))).toBe('export-damaged')
})

it('in which anything was changed is damaged, and says so before it hands over what was changed', async () => {
  const whole = await bytesOf(await write(many))
  for (const at of [10, 20, 40, 50, 57, 61, 62, 100, Math.floor(whole.length / 2), whole.length - 1]) {
    const changed = whole.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(await codeOf(new Blob([changed])), String(at)).toBe('export-damaged')
  }
})

it('whose chunks were exchanged, repeated or left out is damaged', async () => {
  const whole = await bytesOf(await write(many))
  const header = whole.slice(0, 57)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for (let at = 57; at < whole.length;) {
    const end = at + 5 + new DataView(whole.buffer).getUint32(at)
    chunks.push(whole.slice(at, end))
    at = end
  }
  expect(chunks.length).toBeGreaterThan(2)
  const [first, second, ...rest] = chunks as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]
  for (const order of [[second, first, ...rest], [first, first, second, ...rest], [first, ...rest], chunks.slice(0, -1)]) {
    expect(await codeOf(new Blob([header, ...order]))).toBe('export-damaged')
  }
})
