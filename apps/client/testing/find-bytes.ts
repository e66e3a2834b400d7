/** Looks for bytes where somebody who has taken over a machine would: in the memory of a process (Linux), and in all files below a folder. */
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const CHUNK_BYTES = 4 * 1024 * 1024

/** The names of those that are there. @param needles by name; what is looked for is not longer than a page of memory */
export type Needles = Readonly<Record<string, Buffer>>

/** A text as programs keep it: one byte or two for each character, or as UTF-8. */
export const asText = (name: string, text: string): Needles => ({ [name]: Buffer.from(text, 'utf8'), [`${name}, in two bytes`]: Buffer.from(text, 'utf16le') })

/** Bytes, or a text of them. */
export const asBytes = (name: string, bytes: Uint8Array): Needles => ({
  [name]: Buffer.from(bytes), ...asText(`${name}, hex`, Buffer.from(bytes).toString('hex')), ...asText(`${name}, base64url`, Buffer.from(bytes).toString('base64url'))
})

export async function findInMemory (pid: number, needles: Needles): Promise<string[]> {
  const overlap = Math.max(...Object.values(needles).map(({ length }) => length))
  const memory = await open(`/proc/${pid}/mem`, 'r')
  const found = new Set<string>()
  try {
    for (const line of (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      if (from === undefined || to === undefined) continue
      const end = Number.parseInt(to, 16)
      for (let at = Number.parseInt(from, 16); at < end; at += CHUNK_BYTES - overlap) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, end - at))
        // Some pages are promised and not there.
        const { bytesRead } = await memory.read(chunk, 0, chunk.length, at).catch(() => ({ bytesRead: 0 }))
        for (const name of containedIn(chunk.subarray(0, bytesRead), needles)) found.add(name)
      }
    }
  } finally {
    await memory.close()
  }
  return [...found].sort()
}

export async function findInFiles (folder: string, needles: Needles): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile())
  const found = await Promise.all(files.map(async ({ parentPath, name }) => containedIn(await readFile(join(parentPath, name)), needles)))
  return [...new Set(found.flat())].sort()
}

const containedIn = (bytes: Buffer, needles: Needles): string[] => Object.entries(needles).flatMap(([name, needle]) => bytes.includes(needle) ? [name] : [])
