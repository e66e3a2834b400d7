/** What the page asks its worker to do, and the worker's side of it. */
import type { EpochId } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { Envelope } from '#shared/wire/envelope.ts'
import { checkRun, type RunJob } from '#shared/wire/sync/index.ts'
import { openBody } from '../crypto/index.ts'
import { openEntries, toStorageError, type EntryRow, type LogRow, type OpenEntries, type PackedRows } from '../store/index.ts'
import { packRun, type PackedRun } from './pack.ts'

export type Job =
  /** `keys`: those of messages that are known, by epoch. */
  | { type: 'check', run: RunJob, keys: ReadonlyMap<EpochId, CryptoKey> }
  | { type: 'append', databaseName: string, packed: PackedRows, logs: readonly LogRow[], changed: readonly EntryRow[] | undefined }

export interface Request { id: number, job: Job }

/** A failure crosses the border as its name, since errors of our own do not. */
export type Response = { id: number } & (
  | { run: PackedRun } | { isDone: true } | { failed: { kind: 'wire' | 'storage', reason: string } }
)

/** A worker's global scope, or one end of a channel: as much of it as is needed. */
export interface Port {
  postMessage(message: Response, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

/** Does what comes in. The worker's whole program. */
export function serve (port: Port): void {
  const open = new Map<string, Promise<OpenEntries>>()

  const entriesOf = async (databaseName: string): Promise<OpenEntries> => {
    const known = open.get(databaseName) ?? openEntries(databaseName)
    open.set(databaseName, known)
    // A database that could not be opened is tried again with the next batch.
    known.catch(() => open.delete(databaseName))
    return await known
  }

  const work = async ({ id, job }: Request): Promise<void> => {
    if (job.type === 'append') {
      await (await entriesOf(job.databaseName)).appendPacked(job.packed, job.logs, job.changed)
      port.postMessage({ id, isDone: true }, [])
      return
    }
    const { chains, isSigned } = await checkRun(job.run)
    const contents = await Promise.all(chains.flat().map(async (entry) => await contentOf(entry, job.keys)))
    const run = packRun(chains, isSigned, contents)
    port.postMessage({ id, run }, [run.bytes.buffer, run.lengths.buffer, run.numbers.buffer])
  }

  port.addEventListener('message', ({ data }) => {
    const request = data as Request
    work(request).catch((error: unknown) => {
      const failed = error instanceof WireError
        ? { kind: 'wire' as const, reason: error.reason }
        : { kind: 'storage' as const, reason: toStorageError(error).code }
      port.postMessage({ id: request.id, failed }, [])
    })
  })
}

/** Null for what cannot be opened here: the log, which has to say why, tries again. */
async function contentOf ({ header, headerBytes, body }: Envelope, keys: ReadonlyMap<EpochId, CryptoKey>): Promise<Uint8Array | null> {
  const key = header.kind === 'message' ? keys.get(header.epochId) : undefined
  return key === undefined ? null : await openBody(key, headerBytes, body).catch(() => null)
}
