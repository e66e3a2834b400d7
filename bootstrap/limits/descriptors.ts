/**
 * Fits the bounds of connections into the descriptors that the system allows the process, so that the node always has some for itself: its
 * database, mail, and connections that are accepted only to be refused.
 */
import { readFileSync } from 'node:fs'
import type { LimitChanges } from './index.ts'
import { LIMITS } from './table.ts'

/** What the node needs beside connections, several times over. */
const OWN = 256
/** Where the system does not say: the default of most. */
const UNKNOWN = 1024

/** Reads how many descriptors the process may have. Node has raised the soft limit to the hard one when it started. */
export function readDescriptorLimit (): number {
  return readProc() ?? readReport() ?? (process.platform === 'win32' ? Infinity : UNKNOWN)
}

function readProc (): number | null {
  try {
    return parse(/^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  } catch {
    // Only Linux has that file.
    return null
  }
}

function readReport (): number | null {
  // Else it looks up the names of all peers.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } }
  return parse(userLimits?.open_files?.soft)
}

function parse (limit: number | string | undefined): number | null {
  if (limit === 'unlimited') return Infinity
  const value = Number(limit)
  return limit === undefined || !Number.isSafeInteger(value) || value <= 0 ? null : value
}

/** Divides the descriptors among WebSockets and other connections, as the table does. Changes nothing when there are enough. */
export function fitDescriptors (limit: number): LimitChanges {
  const [connections, sockets, guests] = [LIMITS['node-connections'].max, LIMITS['node-sockets'].max, LIMITS['node-pending-sockets'].max]
  const free = limit - Math.min(OWN, Math.floor(limit / 4))
  if (free >= connections + sockets) return {}
  const share = free / (connections + sockets)
  const part = (most: number): { max: number } => ({ max: Math.max(1, Math.floor(most * share)) })
  return { 'node-connections': part(connections), 'node-sockets': part(sockets), 'node-pending-sockets': part(guests) }
}
