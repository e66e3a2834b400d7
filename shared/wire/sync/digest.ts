/**
 * Digests of a state vector, by which two replicas see in one frame whether they hold the same, and where not. Logs lie in 1 to 32 buckets,
 * as the low bits of their tag's first byte say; whoever calls chooses how many, so that neither the digests of a small room nor the vector
 * of one bucket of a large one make up most of what travels.
 *
 *     bucket = SHA-256 of each log by ascending tag: devTag (16 B) ‖ n (4 B) ‖ n × (from (8 B) ‖ to (8 B)) ‖ head (32 B);  zeros when empty
 *     root   = SHA-256 of all whole buckets
 *
 * The head is in it, so that two logs of equal length but different content (equivocation) differ.
 */
import { fromHex, type DevTag } from '../../ids.ts'
import { concat, sha256 } from '../envelope.ts'
import type { DeviceLog } from './replica.ts'

/** As many as a mask of 32 bits can name. */
export const BUCKETS_MAX = 32
/** An accidental match of one bucket has a chance of 1 in 4 billion, and the root shows it. */
export const BUCKET_DIGEST_BYTES = 4
export const ROOT_DIGEST_BYTES = 8
/** About what one log costs in a vector and in the answer to it. */
const LOG_BYTES = 60

export interface VectorDigest {
  /** 8 bytes. */
  root: Uint8Array<ArrayBuffer>
  /** 4 bytes for each of 1, 2, 4, … 32 buckets. */
  buckets: Uint8Array<ArrayBuffer>
}

/**
 * The number of buckets, a power of two, with which the usual case costs least: one log of so many differs, and the others of its bucket
 * travel with it.
 */
export function bucketCountFor (logs: number): number {
  let count = 1
  // Twice the buckets cost 4 B each and save half of the others' logs.
  while (count < BUCKETS_MAX && BUCKET_DIGEST_BYTES * count < LOG_BYTES * (logs - 1) / (2 * count)) count *= 2
  return count
}

export const bucketCountOf = ({ buckets }: VectorDigest): number => buckets.length / BUCKET_DIGEST_BYTES

const bucketOf = (devTag: DevTag, count: number): number => Number.parseInt(devTag.slice(0, 2), 16) % count

/** @param count of buckets: a power of two up to 32 */
export async function digestVector (vector: ReadonlyMap<DevTag, DeviceLog>, count: number): Promise<VectorDigest> {
  const parts = Array.from({ length: count }, (): Uint8Array[] => [])
  for (const log of [...vector.values()].sort((a, b) => a.devTag < b.devTag ? -1 : 1)) parts[bucketOf(log.devTag, count)]?.push(logBytes(log))
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

/**
 * The buckets in which two vectors differ, as a mask with bit n for bucket n. All of them when only the roots differ.
 * Both digests have the same number of buckets.
 */
export function differingBuckets (a: VectorDigest, b: VectorDigest): number {
  if (equalBytes(a.root, b.root)) return 0
  let mask = 0
  for (let n = 0; n < bucketCountOf(a); n++) {
    const at = n * BUCKET_DIGEST_BYTES
    if (!equalBytes(a.buckets.subarray(at, at + 4), b.buckets.subarray(at, at + 4))) mask |= 1 << n
  }
  return mask === 0 ? 0xffffffff : mask >>> 0
}

/** @param count of buckets that the mask is over */
export const inBuckets = (mask: number, devTag: DevTag, count: number): boolean => (mask >>> bucketOf(devTag, count) & 1) === 1

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
