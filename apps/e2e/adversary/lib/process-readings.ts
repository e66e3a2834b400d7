/** What a process of this machine holds, as the system counts it. */
import { readdir, readFile } from 'node:fs/promises'

/** Open file descriptors: sockets, files, pipes. */
export const countDescriptors = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length

/** Resident memory in MiB. */
export async function readMemoryMiB (pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
