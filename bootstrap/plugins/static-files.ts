/**
 * Sends the files of a folder from memory. They are read once: a request costs neither a descriptor nor a look at the disk, and a response that
 * is not read holds no copy. Compressed files that the build left beside others (`index.js.br`) are sent in place of them to who reads that.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The best first. */
const ENCODINGS = [['br', '.br'], ['gzip', '.gz']] as const

const TYPES: Readonly<Record<string, string | undefined>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2'
}

const CHUNK_BYTES = 64 * 1024

interface Variant { encoding: string | null, bytes: Buffer, etag: string }

export interface StaticFiles {
  /** Sends a file by its path in the folder, with `/` between the parts. Returns null, and sends nothing, when there is none. */
  send(path: string, request: FastifyRequest, reply: FastifyReply): FastifyReply | null
}

export interface StaticFilesOptions {
  /** Is told how many bytes are about to be sent. Throws when that is too much. */
  charge: (request: FastifyRequest, bytes: number) => void
}

/** Reads all files of a folder and below. */
export async function readStaticFiles (root: string, { charge }: StaticFilesOptions): Promise<StaticFiles> {
  const inTurn = createTurns()
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const contents = new Map(await Promise.all(entries.filter((entry) => entry.isFile()).map(async ({ parentPath, name }) => {
    const file = join(parentPath, name)
    return [relative(root, file).replaceAll(sep, '/'), await readFile(file)] as const
  })))
  const files = new Map([...contents].map(([path, bytes]) => {
    const compressed = ENCODINGS.flatMap(([encoding, ending]) => {
      const variant = contents.get(path + ending)
      return variant === undefined ? [] : [toVariant(encoding, variant)]
    })
    return [path, [...compressed, toVariant(null, bytes)]] as const
  }))

  return {
    send (path, request, reply) {
      const variants = files.get(path)
      if (variants === undefined) return null
      const variant = choose(variants, request.headers['accept-encoding'])
      if (variants.length > 1) reply.header('vary', 'accept-encoding')
      reply.header('etag', variant.etag)
      if (isKnown(request.headers['if-none-match'], variant.etag)) return reply.status(304).send()
      const { encoding, bytes } = variant
      if (request.method !== 'HEAD') charge(request, bytes.length)
      if (encoding !== null) reply.header('content-encoding', encoding)
      reply.type(TYPES[extname(path)] ?? 'application/octet-stream').header('content-length', bytes.length)
      return reply.send(request.method === 'HEAD' || bytes.length <= CHUNK_BYTES ? bytes : inChunks(bytes, inTurn))
    }
  }
}

const toVariant = (encoding: string | null, bytes: Buffer): Variant =>
  ({ encoding, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` })

/** Runs a function in a turn of the event loop of its own, after those that wait already. */
function createTurns (): (run: () => void) => void {
  const waiting: (() => void)[] = []
  let isDue = false
  const schedule = (): void => {
    if (isDue || waiting.length === 0) return
    isDue = true
    setImmediate(() => {
      isDue = false
      waiting.shift()?.()
      schedule()
    })
  }
  return (run) => {
    waiting.push(run)
    schedule()
  }
}

/**
 * Makes a stream of views of a file. RULE: all large files together give the system one piece in each turn of the event loop. It copies what it is given,
 * megabytes of each response: a few hundred responses at once would keep everyone else waiting for seconds.
 */
function inChunks (bytes: Buffer, inTurn: (run: () => void) => void): Readable {
  let at = 0
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read () {
      inTurn(() => {
        if (this.destroyed) return
        this.push(bytes.subarray(at, at + CHUNK_BYTES))
        at += CHUNK_BYTES
        if (at >= bytes.length) this.push(null)
      })
    }
  })
}

/** The first that the caller reads; the last one, which is not compressed, otherwise. */
function choose (variants: readonly Variant[], accepted = ''): Variant {
  const weights = new Map(accepted.toLowerCase().split(',').map((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return [name, weight === undefined ? 1 : Number(weight.slice(2))] as const
  }))
  const reads = (encoding: string): boolean => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0
  const found = variants.find(({ encoding }) => encoding === null || reads(encoding))
  if (found === undefined) throw new TypeError('a file has no variant that is not compressed')
  return found
}

/** RFC 9110 section 13.1.2: weak comparison. */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((tag) => [etag, '*'].includes(tag.trim().replace(/^W\//, ''))) ?? false
