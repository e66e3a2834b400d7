/** The epochs that a room's log is written in: which one is for exactly the members, and how a new one is made and told. */
import type { DeviceKey, EpochId, RoomTag } from '#shared/ids.ts'
import type { VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Epoch } from '../../../crypto/index.ts'
import type { Store } from '../../../store/index.ts'
import type { Keyring } from './keyring.ts'
import { needsBarrier } from '../../membership/history.ts'
import type { KnownBody, Rotation } from '../../membership/operations.ts'
import type { OperationLog } from '../operation-log.ts'

/** Nothing here takes the room's lock: who calls it holds it. */
export interface LogEpochs {
  /** For the next operation: a new one where those who were put out could read what is not broken. */
  toSealIn(): Promise<Epoch>
  /** For the next message: a new one where the newest is not for exactly the members, or worn. */
  toSendIn(): Promise<Epoch>
  /** Makes an epoch for exactly the members. `hasBarrier`: nobody gets by it to what was said before. */
  rotate(options?: { hasBarrier?: boolean }): Promise<Epoch>
  /** Writes an operation that carries an epoch for the members' devices but those that it removes. */
  writeRemoval(isRemoved: (device: DeviceKey) => boolean, describe: (rotation: Rotation) => KnownBody): Promise<VerifiedEnvelope>
}

export function createLogEpochs ({ tag, store, keyring, operations, now, countEntries, writeOperation }: {
  tag: RoomTag
  store: Store
  keyring: Keyring
  operations: OperationLog
  now: () => number
  /** Entries that are held of an epoch. */
  countEntries: (epochId: EpochId) => number
  writeOperation: (epoch: Epoch, body: KnownBody) => Promise<VerifiedEnvelope>
}): LogEpochs {
  const newest = (): Epoch => {
    const epoch = keyring.forOperations(operations.membership.value)?.epoch ?? keyring.all().at(-1)
    if (epoch === undefined) throw new Error('a room that was entered has at least one epoch')
    return epoch
  }

  /** The new epoch is durable before anybody is told of it; the operation that brings it is sealed under one that everybody can read. */
  const writeRotation = async (
    describe: (rotation: Rotation) => KnownBody, isRemoved: (of: DeviceKey) => boolean, hasBarrier: boolean
  ): Promise<{ epoch: Epoch, envelope: VerifiedEnvelope }> => {
    const staying = [...operations.membership.value.members.values()].flatMap((member) => [...member.devices.values()]).filter(({ device: of }) => !isRemoved(of))
    const sealing = newest(), previous = keyring.toFollow(operations.membership.value) ?? sealing
    const isBarred = hasBarrier || needsBarrier(operations.membership.value, previous.epochId, staying.map(({ user }) => user))
    const handedOn = isBarred ? { ...previous, parts: { ...previous.parts, messageSecret: null } } : previous
    const { rotation, epoch } = await keyring.rotate(handedOn, new Map(staying.map((record) => [record.device, record.encryptionKey])))
    await store.saveEpochs(tag, [epoch.parts])
    return { epoch, envelope: await writeOperation(sealing, describe(rotation)) }
  }

  const rotate = async ({ hasBarrier = false } = {}): Promise<Epoch> =>
    (await writeRotation((rotation) => ({ type: 'rotate', rotation }), () => false, hasBarrier)).epoch

  /**
   * RULE: where newer epochs are passed over because not everyone can read them, nothing but a rotation is sealed in one that somebody has who was
   * put out since, nor in the room's first: everyone has that who ever had a link.
   */
  const isSetBack = (): boolean => {
    const membership = operations.membership.value, chosen = keyring.forOperations(membership)
    if (chosen?.isSkipping !== true) return false
    const { rotation, operation } = chosen.resolved
    return rotation === null || membership.departures.some((departure) => !membership.isBefore(departure, operation))
  }
  const toSealIn = async (): Promise<Epoch> => isSetBack() ? await rotate() : newest()

  return {
    toSealIn,
    async toSendIn () {
      const membership = operations.membership.value
      const epoch = keyring.forSending(membership)
      return epoch === null || isSetBack() || keyring.isWorn(membership, now(), countEntries) ? await rotate() : epoch
    },
    rotate,
    async writeRemoval (isRemoved, describe) {
      await toSealIn()
      return (await writeRotation(describe, isRemoved, false)).envelope
    }
  }
}
