/**
 * The data folder: made when it is missing, locked for this process, and closed to other users of the machine.
 *
 * @example
 * const folder = await openFolder(config.dataDir, log)
 * folder.release()
 */
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { lockFolder } from './lock.ts'

export interface DataFolder {
  /** Lets other processes use the folder. Idempotent. */
  release(): void
}

/** Whatever else lies in a folder shows that it is not only ours. */
const OUR_FILES = /^(?:parley\.db(?:-wal|-shm)?|secret|relay\.key|lock\.(?:db(?:-journal)?|pid)|lost\+found|\.[0-9a-f]{12}\.tmp)$/
const OTHERS = 0o077

/** @throws {ConfigError} when another node uses the folder (rejects) */
export async function openFolder (dataDir: string, log: Logger): Promise<DataFolder> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const release = lockFolder(dataDir)
  try {
    await closeToOthers(dataDir, log)
  } catch (error) {
    release()
    throw error
  }
  let isReleased = false
  return {
    release () {
      if (isReleased) return
      isReleased = true
      release()
    }
  }
}

async function closeToOthers (dataDir: string, log: Logger): Promise<void> {
  const names = await readdir(dataDir)
  for (const name of names.filter((name) => OUR_FILES.test(name) && name !== 'lost+found')) await restrict(join(dataDir, name), log)
  // RULE: a folder that others use too (a home folder, /var/lib) keeps its permissions.
  if (names.every((name) => OUR_FILES.test(name))) await restrict(dataDir, log)
  else if (((await stat(dataDir)).mode & OTHERS) !== 0) {
    log.warn('other users of this machine can list PARLEY_DATA, which holds files of other programs: use a folder for Parley alone')
  }
}

async function restrict (path: string, log: Logger): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & OTHERS) === 0) return
  try {
    await chmod(path, mode & 0o700)
  } catch (error) {
    log.warn({ err: error }, 'other users of this machine may read a file of PARLEY_DATA: make the user of this process its owner')
  }
}
