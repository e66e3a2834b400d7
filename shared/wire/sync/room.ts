/** What a session is about and how it is run: given by the caller, known to both halves. */
import type { DeviceKey, DevTag } from '../../ids.ts'
import type { Access } from './access.ts'
import type { RunChecker } from './check-run.ts'
import type { LogRange, Replica } from './replica.ts'

/** A room as sync sees it. */
export interface SyncRoom {
  replica: Replica
  access: Access
  /**
   * Whose logs are taken from the other side; all by default. Asked again after each batch of entries, since an operation of this session
   * may make a device known.
   */
  accepts?: ((device: DeviceKey) => boolean) | undefined
  /** What this side has let go of on purpose (retention): not asked for again. Ascending, disjoint. */
  unwanted?: ((devTag: DevTag) => readonly LogRange[]) | undefined
  /** Checks runs elsewhere than on this thread. Called as they arrive, several at a time. */
  checkRun?: RunChecker | undefined
}

export interface SyncOptions {
  /** Raw Ed25519 public key of the other end (32 bytes), as Noise authenticated it. */
  remoteKey: Uint8Array
  signal?: AbortSignal | undefined
  /** Silence of the other side after which the session ends, in ms. Default `SYNC_TIMEOUT_MS`. */
  timeoutMs?: number | undefined
  /** After each batch that became durable here, in entries. */
  onProgress?: ((progress: { received: number, total: number }) => void) | undefined
}
