/**
 * Long histories are checked, opened and stored by a worker, so that the page stays free while a hundred thousand messages come in. What the
 * worker cannot do, because there is none or it has died, is done here: slower, but done.
 *
 * Flow: a RUN of the sync protocol → `checkRun` → worker (jobs.ts: restore, verify, open) → envelopes and contents → the room's log judges
 * them, as it does all → `append` → worker (database).
 *
 * @example
 *   const background = createBackground(platform.spawnWorker, 'parley')
 *   const { chains, isSigned, contents } = await background.checkRun(job, keys)
 */
import type { ErrorCode } from '#shared/errors.ts'
import { ParleyError } from '#shared/errors.ts'
import type { EnvelopeId, EpochId } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { CheckedRun, RunJob } from '#shared/wire/sync/index.ts'
import { packRows, type Entries, type EntryRow, type LogRow, type PackedRows, type Store } from '../store/index.ts'
import type { Job, Response } from './jobs.ts'
import { unpackRun } from './pack.ts'

/** Fewer rows are written faster than they are handed over. */
const HAND_OVER_ROWS = 64

export interface Background {
  /** As `checkRun` of the sync protocol; `contents` is what messages say that a key was given for. */
  checkRun(run: RunJob, keys: ReadonlyMap<EpochId, CryptoKey>): Promise<CheckedRun & { contents: ReadonlyMap<EnvelopeId, Uint8Array<ArrayBuffer>> }>
  /** The same store, with large batches written by the worker. */
  storing(store: Store): Store
  /** Ends the worker. Idempotent. */
  stop(): void
}

/** The worker is not there, or not any more. */
class WorkerGone extends Error {}

type Answer = Exclude<Response, { failed: unknown }>

/** @param spawn starts the worker, with the first work for it; none: everything is done here */
export function createBackground (spawn: (() => Worker) | undefined, databaseName: string): Background {
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  let worker: Worker | null = null
  let isGone = spawn === undefined
  let lastId = 0

  const end = (): void => {
    isGone = true
    worker?.terminate()
    worker = null
    for (const { reject } of waiting.values()) reject(new WorkerGone())
    waiting.clear()
  }

  const hear = (response: Response): void => {
    const asked = waiting.get(response.id)
    waiting.delete(response.id)
    if (!('failed' in response)) asked?.resolve(response)
    else if (response.failed.kind === 'wire') asked?.reject(new WireError(response.failed.reason))
    else asked?.reject(new ParleyError(response.failed.reason as ErrorCode))
  }

  const start = (): Worker => {
    if (isGone || spawn === undefined) throw new WorkerGone()
    const started = attempt(spawn)
    started.addEventListener('message', ({ data }) => hear(data as Response))
    started.addEventListener('error', end)
    started.addEventListener('messageerror', end)
    return started
  }

  /** Where a page may have no worker, its constructor throws. */
  function attempt (constructWorker: () => Worker): Worker {
    try {
      return constructWorker()
    } catch (cause) {
      end()
      throw new WorkerGone('no worker', { cause })
    }
  }

  const ask = async (job: Job, transfer: Transferable[] = []): Promise<Answer> => {
    worker ??= start()
    const id = ++lastId
    const answer = Promise.withResolvers<Answer>()
    waiting.set(id, answer)
    worker.postMessage({ id, job }, transfer)
    return await answer.promise
  }

  /** Where the worker is gone, `here` does it. */
  const orHere = async <T>(there: () => Promise<T>, here: () => Promise<T>): Promise<T> => {
    if (isGone) return await here()
    try {
      return await there()
    } catch (error) {
      if (!(error instanceof WorkerGone)) throw error
      return await here()
    }
  }

  /** Copies of the rows: what is handed over is gone from here. */
  const handOver = async (packed: PackedRows, logs: readonly LogRow[], changed?: readonly EntryRow[]): Promise<void> => {
    await ask({ type: 'append', databaseName, packed, logs, changed }, packed.stretches.flatMap(({ places, bytes }) => [places.buffer, bytes.buffer]))
  }

  return {
    checkRun: async (run, keys) => await orHere(async () => {
      const answer = await ask({ type: 'check', run, keys })
      if (!('run' in answer)) throw new WorkerGone()
      return { ...unpackRun(answer.run), isSigned: answer.run.isSigned }
    }, async () => {
      const { checkRun } = await import('#shared/wire/sync/index.ts')
      return { ...await checkRun(run), contents: new Map() }
    }),
    storing (store) {
      const append: Entries['append'] = async (...batch) => {
        const [rows, logs, changed] = batch
        const here = async (): Promise<void> => await store.entries.append(...batch)
        if (rows.length < HAND_OVER_ROWS) await here()
        else await orHere(async () => await handOver(packRows(rows), logs, changed), here)
      }
      return { ...store, entries: { ...store.entries, append } }
    },
    stop: end
  }
}
