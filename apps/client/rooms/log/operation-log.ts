/**
 * The operations of one room: opened as keys become known, checked, resolved. Keys open operations and operations bring keys, so both are
 * taken in turns until nothing new comes of it.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, DevTag, EnvelopeId, EpochId, InviteId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { computeDevTag, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { openBody, type Epoch } from '../../crypto/index.ts'
import { checkOperation } from './check-operation.ts'
import type { SealedRotation } from './epochs/epoch-reach.ts'
import type { Keyring } from './epochs/keyring.ts'
import { agreementOf, type Agreement } from '../membership/agreement.ts'
import { decodeOperation } from '../membership/operation-codec.ts'
import type { MemberRecord, Operation, OperationBody, Rotation } from '../membership/operations.ts'
import { resolveMembership, type Law, type Membership } from '../membership/resolve.ts'
import { createShownClock, type ShownClock } from './shown-clock.ts'

export interface OperationLog {
  readonly membership: ReadonlySignal<Membership>
  /** What other devices should come to as well; computed when it is looked at. */
  readonly agreement: ReadonlySignal<Agreement>
  /**
   * Takes operations in and resolves them once; answers the epochs that were learned or checked by them. Known ones are skipped. Without any, looks again at what keys were added for.
   * @param envelopes messages among them show in which epochs something is sealed
   */
  take(envelopes: readonly VerifiedEnvelope[]): Promise<Epoch[]>
  has(id: EnvelopeId): boolean
  /** What a device wrote last; null for nothing. */
  newestOf: (device: DeviceKey) => EnvelopeId | null
  /** Returns the clock that an entry is shown by; null while an operation of its past is missing. */
  clockOf: ShownClock['of']
  /** Returns the clock of an operation; 0 while it, or an operation of its past, is missing. */
  clockAt: (id: EnvelopeId) => number
  /** Every operation that was taken in, oldest first: what a newcomer is handed. */
  all(): VerifiedEnvelope[]
  /** Returns the epochs that each device's operations make or are sealed in, newest first. */
  epochsOf(): Map<DeviceKey, EpochId[]>
  /** The clock of the newest operation that counts. */
  readonly newestClock: number
}

/** Operations opened at a time: enough to keep the threads of WebCrypto busy. */
const OPENED_AT_ONCE = 64

interface Opened { envelope: VerifiedEnvelope, body: OperationBody }

/** @param law another one in tests */
export function createOperationLog (roomTag: RoomTag, keyring: Keyring, law?: Law): OperationLog {
  const envelopes = new Map<EnvelopeId, VerifiedEnvelope>()
  const newest = new Map<DeviceKey, VerifiedEnvelope>()
  /** By the epoch whose key is not known yet. */
  const sealed = new Map<EpochId, VerifiedEnvelope[]>()
  /** By the epoch they are sealed in, opened or not. */
  const usedIn = new Map<EpochId, EnvelopeId[]>()
  /** Opened, and not to be judged before something that they name is known. */
  const unjudged = new Set<Opened>()
  const operations = new Map<EnvelopeId, Operation>()
  const inviteKeys = new Map<InviteId, Uint8Array<ArrayBuffer>>()
  const devTags = new Map<DeviceKey, DevTag>()
  const resolve = (): Membership => {
    const resolved = resolveMembership([...operations.values()], (device) => devTags.get(device) ?? '' as DevTag, law)
    // The epoch a room began with is the one its first operation is sealed under; any other key without a rotation is a leftover.
    const first = resolved.epochs.find((epoch) => epoch.rotation === null)
    if (first === undefined) return resolved
    first.epochId = envelopes.get(first.operation)?.header.epochId ?? null
    // RULE: an epoch is made once, the first one too.
    return { ...resolved, epochs: resolved.epochs.filter((epoch) => epoch === first || epoch.epochId !== first.epochId) }
  }
  const membership = signal(resolve())
  const agreement = computed(() => agreementOf(membership.value, operations.keys()))
  const clock = createShownClock()
  const clockAt = (id: EnvelopeId): number => clock.at(id) ?? 0

  /** Null while its key is not known. What is malformed stands in the graph without effect. */
  const open = async (envelope: VerifiedEnvelope): Promise<Opened | null> => {
    const epoch = keyring.get(envelope.header.epochId)
    if (epoch === null) return null
    try {
      const body = decodeOperation(await openBody(epoch.logKey, envelope.headerBytes, envelope.body))
      return { envelope, body: isOfOneLength(body, envelope.header.epochId) ? body : { type: 'unknown' } }
    } catch (error) {
      if (error instanceof WireError) return { envelope, body: { type: 'unknown' } }
      throw error
    }
  }

  /** Opens all that can be opened now. */
  const openAll = async (): Promise<Opened[]> => {
    const opened: Opened[] = []
    for (const [epochId, waiting] of [...sealed]) {
      if (keyring.get(epochId) === null) continue
      sealed.delete(epochId)
      for (let i = 0; i < waiting.length; i += OPENED_AT_ONCE) {
        opened.push(...(await Promise.all(waiting.slice(i, i + OPENED_AT_ONCE).map(open))).filter((one) => one !== null))
      }
    }
    return opened
  }

  const keep = ({ envelope, body }: Opened): void => {
    if (body.type === 'invite') inviteKeys.set(body.inviteId, body.publicKey)
    const member: MemberRecord | null = body.type === 'create' ? body.creator : body.type === 'add' || body.type === 'adddev' ? body.member : null
    if (member !== null) devTags.set(member.device, computeDevTag(roomTag, member.device))
    const { devTag, seq, lamport, sentAt, heads } = envelope.header
    operations.set(envelope.id, { id: envelope.id, device: envelope.device, devTag, seq, lamport, sentAt, heads, body })
  }

  /** Checks what was opened, as often as what one of them brings lets another be judged. */
  const judge = async (opened: readonly Opened[]): Promise<void> => {
    for (const one of opened) unjudged.add(one)
    for (let isAnyNew = true; isAnyNew;) {
      isAnyNew = false
      const waiting = [...unjudged].sort((a, b) => a.envelope.header.lamport - b.envelope.header.lamport)
      for (let i = 0; i < waiting.length; i += OPENED_AT_ONCE) {
        await Promise.all(waiting.slice(i, i + OPENED_AT_ONCE).map(async (one) => {
          const verdict = await checkOperation(one.body, { author: one.envelope.device, roomTag, inviteKeys })
          if (verdict === 'later') return
          unjudged.delete(one)
          keep(verdict === 'good' ? one : { envelope: one.envelope, body: { type: 'unknown' } })
          isAnyNew = true
        }))
      }
    }
  }

  const all = (): VerifiedEnvelope[] => [...envelopes.values()].sort((a, b) => clockAt(a.id) - clockAt(b.id))

  return {
    membership,
    agreement,
    async take (taken) {
      const named = new Set(taken.map(({ header }) => header.epochId))
      for (const envelope of taken) {
        if (envelope.header.kind !== 'operation' || envelopes.has(envelope.id)) continue
        envelopes.set(envelope.id, envelope)
        if (envelope.header.seq > (newest.get(envelope.device)?.header.seq ?? 0)) newest.set(envelope.device, envelope)
        clock.add(envelope)
        const { epochId } = envelope.header
        const used = usedIn.get(epochId)
        if (used === undefined) usedIn.set(epochId, [envelope.id])
        else used.push(envelope.id)
        const waiting = sealed.get(epochId)
        if (waiting === undefined) sealed.set(epochId, [envelope])
        else waiting.push(envelope)
      }
      const learned: Epoch[] = []
      const before = operations.size
      let opened: Opened[] = []
      // Keys open operations and operations bring keys.
      do {
        learned.push(...await keyring.learn(opened.flatMap(sealedRotationOf), (id) => usedIn.has(id) || named.has(id)))
        opened = await openAll()
        await judge(opened)
      } while (opened.length > 0)
      if (operations.size > before || taken.length === 0) {
        const resolved = operations.size > before ? resolve() : membership.peek()
        // Whoever is told of a membership can send in it.
        learned.push(...await keyring.judge(resolved, usedIn))
        membership.value = resolved
      }
      return learned
    },
    has: (id) => envelopes.has(id),
    newestOf: (device) => newest.get(device)?.id ?? null,
    clockOf: (header) => clock.of(header),
    clockAt,
    all,
    epochsOf () {
      const found = new Map<DeviceKey, Set<EpochId>>()
      for (const { id, device, header } of all().reverse()) {
        const body = operations.get(id)?.body, rotation = body === undefined ? null : rotationOf(body)
        const epochs = found.get(device) ?? new Set()
        if (rotation !== null) epochs.add(rotation.epochId)
        found.set(device, epochs.add(header.epochId))
      }
      return new Map([...found].map(([device, epochs]) => [device, [...epochs]]))
    },
    get newestClock () { return membership.value.heads.reduce((newest, head) => Math.max(newest, clockAt(head)), 0) }
  }
}

/** RULE: a rotation's ids are as long as that of the epoch it is sealed in: from the first one on, all ids of a room have one length. */
function isOfOneLength (body: OperationBody, { length }: EpochId): boolean {
  const rotation = rotationOf(body)
  return rotation === null || (rotation.epochId.length === length && rotation.previous.length === length)
}

function sealedRotationOf ({ envelope, body }: Opened): SealedRotation[] {
  const rotation = rotationOf(body)
  return rotation === null ? [] : [{ rotation, by: envelope.device, sealedIn: envelope.header.epochId }]
}

function rotationOf (body: OperationBody): Rotation | null {
  return body.type === 'rotate' || body.type === 'remove' || body.type === 'rmdev' ? body.rotation : null
}
