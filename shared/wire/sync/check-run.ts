/** Restoring a run and checking its signatures: the part of a session that costs most, and may run in another thread. */
import type { DeviceKey, DevTag, EpochId, RoomTag } from '../../ids.ts'
import { WireError } from '../cbor.ts'
import { importDeviceKey, signedBytes, type Envelope } from '../envelope.ts'
import { decodeMessage, type WantMode } from './messages.ts'
import { restoreRun } from './run.ts'

export interface RunJob {
  /** The RUN as it came. */
  frame: Uint8Array
  roomTag: RoomTag
  devTag: DevTag
  device: DeviceKey
  /** `all`: the last entry is checked, which authenticates the chain below it. `operations`: each one is. */
  mode: WantMode
  /** That the run's entries are sealed under. */
  epochs: readonly EpochId[]
}

export interface CheckedRun {
  /** One per segment, each a chain by construction. */
  chains: Envelope[][]
  isSigned: boolean
}

/** Rejects with a `WireError` for what cannot be an entry, or a key that is none; a wrong signature is an answer. */
export type RunChecker = (job: RunJob) => Promise<CheckedRun>

export const checkRun: RunChecker = async ({ frame, roomTag, devTag, device, mode }) => {
  const message = decodeMessage(frame)
  if (message.type !== 'run') throw new WireError('unexpected-message')
  const chains = restoreRun(message.run, roomTag, devTag)
  const entries = mode === 'operations' ? chains.flat() : chains.flatMap((chain) => chain.slice(-1))
  const signed = await Promise.all(entries.map(async (entry) => await isSigned(entry, device)))
  return { chains, isSigned: !signed.includes(false) }
}

/** @throws {WireError} `bad-device-key` (rejects) */
export async function isSigned (entry: Envelope, device: DeviceKey): Promise<boolean> {
  try {
    return await crypto.subtle.verify('Ed25519', await importDeviceKey(device), entry.signature, signedBytes(entry.id))
  } catch (cause) {
    throw new WireError('bad-device-key', { cause })
  }
}
