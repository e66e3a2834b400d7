/**
 * Compresses the files of a web build once, as small as it goes, so that a node sends them without compressing anything at run time:
 * `index.js.br` and `index.js.gz` beside `index.js`. Results are kept by content, because most files are the same after most builds.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { cache } from './run.ts'

/** Text and WebAssembly. Fonts and pictures are compressed in themselves; source maps are read by few, who can wait. */
const COMPRESSED = new Set(['.html', '.js', '.css', '.svg', '.json', '.webmanifest', '.txt', '.wasm', '.tflite'])
/** Above it the slowest level takes a minute and saves a tenth; the next one takes seconds. */
const LARGE_BYTES = 1024 * 1024
/** Less is not worth a second file. */
const SAVED_MIN = 0.05

const encodings: Record<'br' | 'gz', (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > LARGE_BYTES ? 9 : constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length
    }
  }),
  gz: (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION })
}

/** Compresses what is in a folder and below. `store` keeps the results of this folder, and nothing else. */
export async function compressFolder (folder: string, store = join(cache, 'compressed')): Promise<void> {
  mkdirSync(store, { recursive: true })
  const files = globSync('**/*', { cwd: folder }).filter((file) => COMPRESSED.has(extname(file)) && statSync(join(folder, file)).isFile())
  const used = await Promise.all(files.flatMap((file) => (['br', 'gz'] as const).map(async (encoding) => {
    const bytes = readFileSync(join(folder, file))
    const name = `${createHash('sha256').update(bytes).digest('hex')}.${encoding}`
    const kept = join(store, name)
    if (!existsSync(kept)) writeFileSync(kept, await encodings[encoding](bytes))
    const small = readFileSync(kept)
    if (small.length <= bytes.length * (1 - SAVED_MIN)) writeFileSync(join(folder, `${file}.${encoding}`), small)
    return name
  })))
  for (const name of readdirSync(store)) if (!used.includes(name)) rmSync(join(store, name))
}
