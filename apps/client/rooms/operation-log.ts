/**
 * The operations of one room: opened as keys become known, checked, resolved. Keys open operations and operations bring keys, so both are
 * taken in turns until nothing new comes of it.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, DevTag, EnvelopeId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { computeDevTag, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { openBody, type Epoch } from '../crypto/index.ts'
import { checkOperation } from './check-operation.ts'
import type { Keyring } from './keyring.ts'
import { decodeOperation } from './membership/operation-codec.ts'
import type { MemberRecord, Operation, OperationBody } from './membership/operations.ts'
import { resolveMembership, type Membership } from './membership/resolve.ts'

export interface OperationLog {
  readonly membership: ReadonlySignal<Membership>
  /** Takes operations in; answers the epochs that were learned by them. Known ones are skipped. */
  take(envelopes: readonly VerifiedEnvelope[]): Promise<Epoch[]>
  lamportOf(id: EnvelopeId): number
  /** Every operation that was taken in, oldest first: what a newcomer is handed. */
  all(): VerifiedEnvelope[]
  readonly maxLamport: number
}

export function createOperationLog (roomTag: RoomTag, keyring: Keyring): OperationLog {
  const envelopes = new Map<EnvelopeId, VerifiedEnvelope>()
  const operations = new Map<EnvelopeId, Operation>()
  const inviteKeys = new Map<InviteId, Uint8Array<ArrayBuffer>>()
  const holders = new Map<DeviceKey, UserKey>()
  const devTags = new Map<DeviceKey, DevTag>()
  const resolve = (): Membership => {
    const resolved = resolveMembership([...operations.values()], (device) => devTags.get(device) ?? '' as DevTag)
    // The epoch a room began with is the one its first operation is sealed under; any other key without a rotation is a leftover.
    for (const epoch of resolved.epochs) if (epoch.rotation === null) epoch.epochId = envelopes.get(epoch.operation)?.header.epochId ?? null
    return resolved
  }
  const membership = signal(resolve())
  let maxLamport = 0

  /** Null while it cannot be opened or judged yet. What is malformed stands in the graph without effect. */
  const readBody = async (envelope: VerifiedEnvelope): Promise<OperationBody | null> => {
    const epoch = keyring.get(envelope.header.epochId)
    if (epoch === null) return null
    try {
      const body = decodeOperation(await openBody(epoch.logKey, envelope.headerBytes, envelope.body))
      const verdict = await checkOperation(body, { author: envelope.device, roomTag, inviteKeys, holders })
      return verdict === 'later' ? null : verdict === 'good' ? body : { type: 'unknown' }
    } catch (error) {
      if (error instanceof WireError) return { type: 'unknown' }
      throw error
    }
  }

  const noteKeys = async (body: OperationBody): Promise<void> => {
    if (body.type === 'invite') inviteKeys.set(body.inviteId, body.publicKey)
    const member: MemberRecord | null = body.type === 'create' ? body.creator : body.type === 'add' || body.type === 'adddev' ? body.member : null
    if (member === null) return
    holders.set(member.device, member.user)
    devTags.set(member.device, await computeDevTag(roomTag, member.device))
  }

  const openAll = async (): Promise<boolean> => {
    let isAnyNew = false
    const waiting = [...envelopes.values()].filter(({ id }) => !operations.has(id)).sort((a, b) => a.header.lamport - b.header.lamport)
    for (const envelope of waiting) {
      const body = await readBody(envelope)
      if (body === null) continue
      await noteKeys(body)
      const { devTag, seq, lamport, sentAt, heads } = envelope.header
      operations.set(envelope.id, { id: envelope.id, device: envelope.device, devTag, seq, lamport, sentAt, heads, body })
      isAnyNew = true
    }
    return isAnyNew
  }

  return {
    membership,
    async take (taken) {
      for (const envelope of taken) {
        envelopes.set(envelope.id, envelope)
        maxLamport = Math.max(maxLamport, envelope.header.lamport)
      }
      const learned: Epoch[] = []
      while (await openAll()) {
        membership.value = resolve()
        learned.push(...await keyring.learn(membership.value))
      }
      return learned
    },
    lamportOf: (id) => envelopes.get(id)?.header.lamport ?? 0,
    all: () => [...envelopes.values()].sort((a, b) => a.header.lamport - b.header.lamport),
    get maxLamport () { return maxLamport }
  }
}
