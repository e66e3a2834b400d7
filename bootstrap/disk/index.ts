/**
 * How much of its disk the node has used: the database against `DISK_MAX_MB`, and the space that is left against a reserve, since other
 * programs fill disks too. Above nine tenths people and whoever runs the node are told; when it is full nothing new is kept, and what is
 * there can be read, synced and signed in to.
 *
 * @example
 * const disk = await createDisk({ usedBytes: () => store.usedBytes(), dataDir, maxBytes, reserveBytes, log })
 * if (disk.storage() === 'full') throw new ParleyError('node-full')
 */
import { statfs } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { NodeStorage } from '#shared/http/index.ts'
import { isOutOfSpace } from '../store/engines/index.ts'

export interface Disk {
  storage(): NodeStorage
  /** Counts what was just written, until the next measurement. */
  grow(bytes: number): void
  /** Judges a failed write: one that the disk refused makes it full at once. Returns whether it was that. */
  judge(error: unknown): boolean
  /** Measures now. */
  measure(): Promise<void>
  stop(): void
}

export interface DiskOptions {
  /** Returns the bytes that the database has in use. */
  usedBytes: () => Promise<number>
  dataDir: string
  /** Bytes that the database may have. */
  maxBytes: number
  /** Bytes of the disk that are left to others, at most a tenth of it. */
  reserveBytes: number
  log: Logger
  /** Writes something small. Rejects while the disk takes nothing. */
  write: () => Promise<void>
}

const NEARLY = 0.9
/** A flood at 20 MB/s fills a tenth of the reserve within one period. */
const MEASURE_EVERY_MS = 5000
const MiB = 1024 * 1024

export async function createDisk (options: DiskOptions): Promise<Disk> {
  const { dataDir, maxBytes, reserveBytes, log, write } = options
  let measured = { usedBytes: 0, freeBytes: Infinity, reserveBytes }
  let grownBytes = 0
  let isRefused = false
  let told: NodeStorage = 'ok'

  const storage = (): NodeStorage => {
    const used = measured.usedBytes + grownBytes
    const free = measured.freeBytes - grownBytes
    if (isRefused || used >= maxBytes || free <= measured.reserveBytes) return 'full'
    return used >= maxBytes * NEARLY || free <= measured.reserveBytes * 2 ? 'nearly-full' : 'ok'
  }
  const tell = (): void => {
    const now = storage()
    if (now === told) return
    told = now
    const figures = {
      usedMB: Math.round((measured.usedBytes + grownBytes) / MiB), maxMB: Math.round(maxBytes / MiB), freeMB: Math.round((measured.freeBytes - grownBytes) / MiB)
    }
    if (now === 'full') log.error(figures, 'the disk is full: nothing new is kept; what is there can be read. Make room, or raise DISK_MAX_MB')
    else if (now === 'nearly-full') log.warn(figures, 'the disk is nearly full: soon nothing new will be kept. Make room, or raise DISK_MAX_MB')
    else log.info(figures, 'the disk has room again')
  }

  const measure = async (): Promise<void> => {
    const [usedBytes, disk] = await Promise.all([options.usedBytes(), statfs(dataDir)])
    const size = disk.blocks * disk.bsize
    measured = { usedBytes, freeBytes: disk.bavail * disk.bsize, reserveBytes: Math.min(reserveBytes, size / 10) }
    grownBytes = 0
    if (isRefused) isRefused = await write().then(() => false, isOutOfSpace)
    tell()
  }

  await measure()
  const timer = setInterval(() => {
    measure().catch((error: unknown) => log.error({ err: error }, 'the disk could not be measured'))
  }, MEASURE_EVERY_MS).unref()
  return {
    storage,
    measure,
    grow (bytes) {
      grownBytes += bytes
      tell()
    },
    judge (error) {
      if (!isOutOfSpace(error)) return false
      isRefused = true
      tell()
      return true
    },
    stop: () => clearInterval(timer)
  }
}
