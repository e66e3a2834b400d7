/**
 * Digests of a state vector, by which two replicas see in one frame whether they hold the same, and where not. A device's log lies in the
 * bucket that the low 5 bits of its tag's first byte name: with 32 buckets, one changed log of a room of 500 devices costs about 16 logs
 * of vector rather than 500.
 *
 *     bucket = SHA-256 of each log by ascending tag: devTag (16 B) ‖ n (4 B) ‖ n × (from (8 B) ‖ to (8 B)) ‖ head (32 B);  zeros when empty
 *     root   = SHA-256 of the 32 whole buckets
 *
 * The head is in it, so that two logs of equal length but different content (equivocation) differ.
 */
import { fromHex, type DevTag } from '../../ids.ts'
import { concat, sha256 } from '../envelope.ts'
import type { DeviceLog } from './replica.ts'

export const BUCKETS = 32
/** An accidental match of one bucket has a chance of 1 in 4 billion, and the root shows it. */
export const BUCKET_DIGEST_BYTES = 4
export const ROOT_DIGEST_BYTES = 8

export interface VectorDigest {
  /** 8 bytes. */
  root: Uint8Array<ArrayBuffer>
  /** 32 × 4 bytes. */
  buckets: Uint8Array<ArrayBuffer>
}

export const bucketOf = (devTag: DevTag): number => Number.parseInt(devTag.slice(0, 2), 16) % BUCKETS

export async function digestVector (vector: ReadonlyMap<DevTag, DeviceLog>): Promise<VectorDigest> {
  const parts = Array.from({ length: BUCKETS }, (): Uint8Array[] => [])
  for (const log of [...vector.values()].sort((a, b) => a.devTag < b.devTag ? -1 : 1)) parts[bucketOf(log.devTag)]?.push(logBytes(log))
  const whole = await Promise.all(parts.map(async (logs) => logs.length === 0 ? new Uint8Array(32) : await sha256(concat(...logs))))
  return {
    root: (await sha256(concat(...whole))).slice(0, ROOT_DIGEST_BYTES),
    buckets: concat(...whole.map((digest) => digest.subarray(0, BUCKET_DIGEST_BYTES)))
  }
}

function logBytes ({ devTag, have, head }: DeviceLog): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(52 + 16 * have.length)
  const view = new DataView(bytes.buffer)
  bytes.set(fromHex(devTag))
  view.setUint32(16, have.length)
  have.forEach(({ from, to }, i) => {
    view.setBigUint64(20 + 16 * i, BigInt(from))
    view.setBigUint64(28 + 16 * i, BigInt(to))
  })
  bytes.set(fromHex(head), 20 + 16 * have.length)
  return bytes
}

/** The buckets in which two vectors differ, as a mask with bit n for bucket n. All of them when only the roots differ. */
export function differingBuckets (a: VectorDigest, b: VectorDigest): number {
  if (equalBytes(a.root, b.root)) return 0
  let mask = 0
  for (let n = 0; n < BUCKETS; n++) {
    const at = n * BUCKET_DIGEST_BYTES
    if (!equalBytes(a.buckets.subarray(at, at + 4), b.buckets.subarray(at, at + 4))) mask |= 1 << n
  }
  return mask === 0 ? 0xffffffff : mask >>> 0
}

export const inBuckets = (mask: number, devTag: DevTag): boolean => (mask >>> bucketOf(devTag) & 1) === 1

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
