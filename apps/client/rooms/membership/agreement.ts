/**
 * What two devices compare to see whether they agree on a room: a hash of the operations they have, and a hash of what those come to by
 * the law. The same law makes the same of the same operations, so where the first are equal and the second are not, one has a fault or lies.
 *
 * Costs a few milliseconds for 10,000 operations, so it is computed when somebody asks, and once per membership.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { fromHex, toHex, type EnvelopeId } from '#shared/ids.ts'
import { encodeCbor, type Cbor } from '#shared/wire/cbor.ts'
import { AGREEMENT_HASH_BYTES } from '../../protocols/presence/index.ts'
import { LAW_VERSION } from './law/version.ts'
import type { Membership, ResolvedEpoch, ResolvedMember } from './membership.ts'

export interface Agreement {
  /** `LAW_VERSION` of who computed it. */
  law: number
  /** Of the operations that were judged, in hex. */
  set: string
  /** Of what they come to, in hex. */
  result: string
  /** How many were judged. */
  operations: number
}

const encoder = new TextEncoder()

/** @param ids of all operations that the membership was resolved from, in any order */
export function agreementOf (membership: Membership, ids: Iterable<EnvelopeId>): Agreement {
  const sorted = [...ids].sort()
  return {
    law: LAW_VERSION,
    set: hashOf('parley/agreement-set/1', [joined(sorted)]),
    result: hashOf('parley/agreement-result/1', resultOf(membership)),
    operations: sorted.length
  }
}

const hashOf = (context: string, value: Cbor): string => toHex(sha256(encodeCbor([encoder.encode(context), value])).subarray(0, AGREEMENT_HASH_BYTES))

/** Ids one after the other: they are of one length, so this says which they are. */
const joined = (ids: readonly EnvelopeId[]): Uint8Array => fromHex(ids.join(''))

/** RULE: everything that the law gives is in here. What is only shown (who is online, what was read) is not. */
function resultOf (membership: Membership): Cbor {
  const { name, topic, kind, peer, parent, policy, members, cuts, departed, bans, mutes, invites, parties } = membership
  return [
    joined(membership.counting()),
    [name, topic, kind, peer, parent],
    [policy.slowModeMs, policy.history, policy.retentionMs, policy.retentionCount, policy.invites],
    byKey(members, memberFields),
    newestEpochFields(membership.epochs),
    byKey(cuts, (seq) => seq),
    byKey(departed, (how) => how),
    byKey(bans, (as) => as),
    byKey(mutes, (until) => until),
    byKey(invites, ({ role, createdBy, uses, isRevoked }) => [role, createdBy, uses, isRevoked]),
    byKey(parties, ({ name: called, createdBy, isVoice }) => [called, createdBy, isVoice])
  ]
}

const byKey = <Key extends string, Value>(map: ReadonlyMap<Key, Value>, fieldsOf: (value: Value) => Cbor): Cbor =>
  [...map].sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => [key, fieldsOf(value)])

const memberFields = ({ name, role, admittedBy, devices }: ResolvedMember): Cbor =>
  [name, role, admittedBy, byKey(devices, ({ encryptionKey }) => encryptionKey)]

/** The deepest, as senders choose it, and whether it may be sent in. */
function newestEpochFields (epochs: readonly ResolvedEpoch[]): Cbor {
  const newest = epochs.reduce<ResolvedEpoch | null>((best, epoch) =>
    best === null || epoch.depth > best.depth || (epoch.depth === best.depth && epoch.operation > best.operation) ? epoch : best, null)
  return newest === null ? null : [newest.operation, newest.depth, newest.isOpen]
}
