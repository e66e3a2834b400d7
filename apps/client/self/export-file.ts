/**
 * The file of an export: a header in the clear, then chunks that are sealed each by itself, so that neither side holds more than one.
 *
 *     header = 'PARLEYEX' ‖ version (1) ‖ memory KiB (4) ‖ passes (4) ‖ salt (16) ‖ key check (16) ‖ first 8 bytes of SHA-256 of what is before
 *     chunk  = length (4) ‖ is last (1) ‖ AES-256-GCM(seal key, nonce = 0 (7) ‖ is last (1) ‖ index (4), records), bound to the header
 *     records = CBOR array
 *
 * Numbers are big-endian. The seal key and the key check derive from Argon2id(passphrase, salt). A chunk that is missing, moved, repeated or
 * cut off does not open, and without the last one the file is not whole.
 */
import { ParleyError } from '#shared/errors.ts'
import { PASSPHRASE_MIN_CHARS } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, type Cbor } from '#shared/wire/cbor.ts'
import { concat, sha256 } from '#shared/wire/envelope.ts'
import { hkdf, hkdfAesKey } from '../crypto/index.ts'
import { SLOW_KEY_COST, slowKeyOf, type SlowKeyCost } from './slow-key.ts'

const MAGIC = new TextEncoder().encode('PARLEYEX')
const VERSION = 1
const SALT_AT = 17, CHECK_AT = 33, HASH_AT = 49, HEADER_BYTES = 57
/** A chunk is sealed when its records are larger than this: few enough bytes for a phone, many enough that the overhead does not count. */
const CHUNK_BYTES = 256 * 1024
/** What one record adds at most beyond that, with room to spare. */
const CHUNK_MAX_BYTES = 4 * CHUNK_BYTES
/** What a header may ask of this device: four times what we ask, so that a file cannot hang it. */
const COST_MAX: SlowKeyCost = { memoryKiB: 256 * 1024, passes: 12 }

export interface ExportWriter {
  write(record: Cbor): Promise<void>
  finish(): Promise<Blob>
}

/** @throws {ParleyError} `passphrase-short` (rejects) */
export async function createExportWriter (passphrase: string, cost: SlowKeyCost = SLOW_KEY_COST): Promise<ExportWriter> {
  if (Array.from(passphrase).length < PASSPHRASE_MIN_CHARS) {
    throw new ParleyError('passphrase-short', { details: { minChars: PASSPHRASE_MIN_CHARS } })
  }
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const secret = await slowKeyOf(passphrase, salt, cost)
  const start = concat(MAGIC, Uint8Array.of(VERSION), uint32(cost.memoryKiB), uint32(cost.passes), salt, await keyCheckOf(secret))
  const header = concat(start, (await sha256(start)).subarray(0, HEADER_BYTES - HASH_AT))
  const key = await sealKeyOf(secret)
  const parts: Blob[] = [new Blob([header])]
  let records: Cbor[] = []
  let bytes = 0, index = 0

  const seal = async (isLast: boolean): Promise<void> => {
    const sealed = new Uint8Array(await crypto.subtle.encrypt(paramsOf(header, index++, isLast), key, encodeCbor(records)))
    // As a blob of its own, which the browser may keep on disk.
    parts.push(new Blob([uint32(sealed.length), Uint8Array.of(Number(isLast)), sealed]))
    records = []
    bytes = 0
  }

  return {
    async write (record) {
      records.push(record)
      bytes += sizeOf(record)
      if (bytes >= CHUNK_BYTES) await seal(false)
    },
    async finish () {
      await seal(true)
      return new Blob(parts, { type: 'application/octet-stream' })
    }
  }
}

/** One chunk's records, and how many bytes of the file were read with it. */
export interface ExportChunk { records: unknown[], doneBytes: number }

/**
 * Reads chunk after chunk; nothing of a chunk is handed over before it was authenticated.
 * @throws {ParleyError} `export-foreign`, `export-newer`, `passphrase-wrong` before the first chunk; `export-damaged` (reject)
 */
export async function openExport (file: Blob, passphrase: string): Promise<() => AsyncGenerator<ExportChunk>> {
  const header = await bytesOf(file, 0, HEADER_BYTES)
  if (header.length < MAGIC.length || MAGIC.some((byte, i) => header[i] !== byte)) throw new ParleyError('export-foreign')
  if (header.length > 8 && (header[8] ?? 0) > VERSION) throw new ParleyError('export-newer')
  const hash = (await sha256(header.slice(0, HASH_AT))).subarray(0, HEADER_BYTES - HASH_AT)
  if (header.length < HEADER_BYTES || !isSame(hash, header.subarray(HASH_AT))) throw new ParleyError('export-damaged')
  if (passphrase === '') throw new ParleyError('passphrase-wrong')
  const cost = { memoryKiB: readUint32(header, 9), passes: readUint32(header, 13) }
  if (cost.memoryKiB > COST_MAX.memoryKiB || cost.passes > COST_MAX.passes || cost.memoryKiB < 8 || cost.passes < 1) throw new ParleyError('export-damaged')
  const secret = await slowKeyOf(passphrase, header.slice(SALT_AT, CHECK_AT), cost)
  if (!isSame(await keyCheckOf(secret), header.subarray(CHECK_AT, HASH_AT))) throw new ParleyError('passphrase-wrong')
  const key = await sealKeyOf(secret)
  return () => readChunks(file, header, key)
}

async function * readChunks (file: Blob, header: Uint8Array<ArrayBuffer>, key: CryptoKey): AsyncGenerator<ExportChunk> {
  let at = HEADER_BYTES
  for (let index = 0; ; index++) {
    const head = await bytesOf(file, at, 5)
    if (head.length < 5) throw new ParleyError('export-damaged')
    const length = readUint32(head, 0), isLast = head[4] === 1
    if (length > CHUNK_MAX_BYTES) throw new ParleyError('export-damaged')
    const sealed = await bytesOf(file, at + 5, length)
    at += 5 + length
    let records: unknown[]
    try {
      records = readArray(decodeCbor(new Uint8Array(await crypto.subtle.decrypt(paramsOf(header, index, isLast), key, sealed))), 'records')
    } catch (cause) {
      throw new ParleyError('export-damaged', { cause })
    }
    yield { records, doneBytes: at }
    if (!isLast) continue
    if (at !== file.size) throw new ParleyError('export-damaged')
    return
  }
}

const paramsOf = (header: Uint8Array<ArrayBuffer>, index: number, isLast: boolean): AesGcmParams =>
  ({ name: 'AES-GCM', iv: concat(new Uint8Array(7), Uint8Array.of(Number(isLast)), uint32(index)), additionalData: header })

const keyCheckOf = async (secret: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => await hkdf(secret, 'parley/export-check/1', 16)
const sealKeyOf = async (secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> => await hkdfAesKey(secret, 'parley/export-seal/1')
const bytesOf = async (file: Blob, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await file.slice(at, at + length).arrayBuffer())
const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

const sizeOf = (record: Cbor): number => {
  if (record instanceof Uint8Array) return record.length
  return Array.isArray(record) ? record.reduce<number>((sum, field) => sum + sizeOf(field), 4) : typeof record === 'string' ? record.length : 8
}

function uint32 (value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

const readUint32 = (bytes: Uint8Array<ArrayBuffer>, at: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
