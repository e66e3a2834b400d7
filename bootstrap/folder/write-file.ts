import { randomBytes } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Writes a new file, readable by its owner only, whole or not at all: a crash or a full disk leaves no half of a key behind. Rejects with
 * `EEXIST` when the file is there already.
 */
export async function writeNewFile (path: string, content: string | Uint8Array): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike `rename`, never takes the place of what is there: a lost secret orphans every account.
    await link(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
