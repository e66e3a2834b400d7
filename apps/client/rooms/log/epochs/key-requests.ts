/**
 * Keys that this device should have and has not: because its wrap was missing or garbage, or because it was let in after the rotation.
 * Members are asked one after the other, ever more rarely, linked ones first; who asks us is given what the history policy allows.
 */
import { effect, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, EpochId } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { decodeEnvelope } from '#shared/wire/envelope.ts'
import type { Device } from '../../../identity/index.ts'
import type { Mesh } from '../../../mesh/types.ts'
import { askForKeys, ASKED_EPOCHS_MAX, KEYS_FRAME_MAX_BYTES, KEYS_PROTOCOL, type KeysBundle } from '../../../protocols/keys/index.ts'
import type { Scope } from '../../../state/scope.ts'
import type { Store } from '../../../store/index.ts'
import { toEpochs } from '../../entry/at-node/join-at-node.ts'
import { bundleFor, openBundle, secretsFor } from './key-bundle.ts'
import { mayReadEpoch } from '../../membership/history.ts'
import { memberOf } from '../../membership/resolve.ts'
import type { RoomLog } from '../room-log.ts'

/** What is on its way arrives meanwhile: the operation that carries the key is often a moment behind. */
const DELAY_MS = 700
const DELAY_MAX_MS = 5 * 60_000
const ASK_TIMEOUT_MS = 15_000
/** Who has a key is not known; in a small room all others. */
const HOLDERS_PER_ROUND = 8

const contextOf = (log: Pick<RoomLog, 'roomTag'>): string => `keys/${log.roomTag}`

/** RULE: a member's device is given what that member may read, and nobody else anything. */
export async function answerKeys (log: RoomLog, epochIds: readonly EpochId[], asker: DeviceKey): Promise<KeysBundle | null> {
  const member = memberOf(log.membership.peek(), asker)
  const record = member?.devices.get(asker)
  if (member === null || record === undefined) return null
  const secrets = secretsFor(log, member.user).filter(({ epochId }) => epochIds.includes(epochId))
  return secrets.length === 0 ? null : await bundleFor(record.encryptionKey, contextOf(log), secrets)
}

/**
 * Returns the epochs that this device lacks keys of and is entitled to, as far as it can tell: those of counting rotations first,
 * the newest of them first.
 */
export async function missingEpochs (log: RoomLog, store: Pick<Store, 'entries'>, device: DeviceKey): Promise<EpochId[]> {
  const membership = log.membership.peek()
  const me = memberOf(membership, device)
  if (me === null) return []
  const missing = new Set<EpochId>()
  for (const { epochId, recipients } of membership.epochs.toReversed()) {
    if (epochId !== null && recipients.includes(device) && log.keyring.get(epochId)?.messageKey == null) missing.add(epochId)
  }
  for (const { header: { epochId } } of log.operations.all().reverse()) {
    if (log.keyring.get(epochId) === null) missing.add(epochId)
  }
  const isKnown = new Set(membership.epochs.map(({ epochId }) => epochId))
  for (const row of await store.entries.pending(log.roomTag)) {
    const { header: { epochId } } = await decodeEnvelope(row.bytes)
    if (log.keyring.get(epochId)?.messageKey != null) continue
    if (!isKnown.has(epochId) || mayReadEpoch(membership, epochId, me.user)) missing.add(epochId)
  }
  return [...missing]
}

/** Asks as long as something is missing. Looks again after each change of the log, and when a member comes into reach. */
export function startKeyRequests ({ log, store, mesh, present, device, scope }: {
  log: RoomLog
  store: Pick<Store, 'entries'>
  mesh: Mesh
  /** Devices in the room that can be reached. */
  present: ReadonlySignal<ReadonlySet<DeviceKey>>
  device: Device
  scope: Scope
}): void {
  let failures = 0
  let cancel: (() => void) | null = null
  /** Failed requests per epoch. */
  const tries = new Map<EpochId, number>()
  const triesOf = (id: EpochId): number => tries.get(id) ?? 0

  const ask = async (holder: DeviceKey, epochIds: EpochId[]): Promise<void> => {
    const signal = AbortSignal.any([scope.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
    const stream = await mesh.open(holder, KEYS_PROTOCOL, { signal, maxFrameBytes: KEYS_FRAME_MAX_BYTES })
    try {
      const bundle = await askForKeys(stream, { roomTag: log.roomTag, epochIds, signal })
      if (bundle === null) return
      const secrets = await openBundle(bundle, contextOf(log), device.encryption.all())
      // Only what was asked for: nobody plants other keys by the way.
      await log.addEpochs(await toEpochs(secrets.filter(({ epochId }) => epochIds.includes(epochId))))
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('asking for keys failed'))
      if (error instanceof WireError) mesh.drop(`keys-${error.reason}`)
      else throw error
    }
  }

  /** Not everybody asks the same one first. For those who are only at the node a connection has to be made. */
  const holders = (): DeviceKey[] => {
    const isLinked = (key: DeviceKey): number => Number(mesh.links.peek().has(key))
    return [...new Set([...mesh.links.peek().keys(), ...present.peek()])]
      .filter((key) => memberOf(log.membership.peek(), key) !== null)
      .sort(() => Math.random() - 0.5)
      .sort((a, b) => isLinked(b) - isLinked(a))
      .slice(0, HOLDERS_PER_ROUND)
  }

  /** RULE: what was asked for least often comes first: epochs that nobody has keep no others from being asked for. */
  const round = async (): Promise<void> => {
    let missing = await missingEpochs(log, store, device.key)
    const before = missing.length
    for (const holder of holders()) {
      if (missing.length === 0) break
      const asked = missing.toSorted((a, b) => triesOf(a) - triesOf(b)).slice(0, ASKED_EPOCHS_MAX)
      for (const id of asked) tries.set(id, triesOf(id) + 1)
      await ask(holder, asked).catch(() => mesh.drop('keys-not-asked'))
      missing = await missingEpochs(log, store, device.key)
    }
    for (const id of tries.keys()) if (!missing.includes(id)) tries.delete(id)
    // Who gets some keys asks for the others as soon as at first.
    failures = missing.length === 0 ? 0 : missing.length < before ? 1 : failures + 1
    if (failures > 0) soon()
  }

  const soon = (): void => {
    if (cancel !== null) return
    const delayMs = Math.min(DELAY_MS * 2 ** failures, DELAY_MAX_MS)
    const stop = scope.later(delayMs, () => {
      cancel = null
      scope.run(round())
    })
    cancel = stop
  }
  /** Something is new: the next question need not wait as long as the last ones failed. */
  const again = (): void => {
    failures = Math.min(failures, 1)
    cancel?.()
    cancel = null
    soon()
  }

  scope.defer(log.events.on('appended', ({ rows }) => {
    if (rows.some(({ pendingIn, operationOf }) => pendingIn !== undefined || operationOf !== undefined)) soon()
  }))
  soon()
  let inReach: ReadonlySet<DeviceKey> = new Set()
  scope.defer(effect(() => {
    const now = new Set([...mesh.links.value.keys(), ...present.value])
    const isNew = [...now].some((key) => !inReach.has(key))
    inReach = now
    // Where nothing is missing somebody's coming is no reason to look.
    if (isNew && failures > 0) again()
  }))
}
