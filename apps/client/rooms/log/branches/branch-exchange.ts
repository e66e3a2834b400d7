/** Hands other members what this device has of devices that were copied, and takes what they have. Asks as long as there is such a device. */
import { effect, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Mesh } from '../../../mesh/types.ts'
import { askForBranches, BRANCHES_FRAME_MAX_BYTES, BRANCHES_PROTOCOL, type BranchHolder } from '../../../protocols/branches/index.ts'
import { dependOn } from '../../../state/depend-on.ts'
import type { Scope } from '../../../state/scope.ts'
import { memberOf } from '../../membership/resolve.ts'
import type { RoomLog } from '../room-log.ts'

/** What gossip brings arrives meanwhile. */
const DELAY_MS = 1500
const TIMEOUT_MS = 60_000
/** What one has been told they tell others: not everybody has to be asked. */
const ASKED_AT_ONCE = 8

/** RULE: who is no member is given nothing. */
export const branchesFor = (log: RoomLog, asker: DeviceKey): BranchHolder | null =>
  memberOf(log.membership.peek(), asker) === null ? null : branchesIn(log)

export function branchesIn (log: RoomLog): BranchHolder {
  return {
    copied: () => log.copied.peek().keys(),
    operationsOf: (device) => operationsOf(log, device),
    async take (operations) {
      await log.append(operations.filter(({ header }) => log.membership.peek().authors.has(header.devTag)).toSorted((a, b) => a.header.lamport - b.header.lamport))
    }
  }
}

const operationsOf = (log: RoomLog, device: DeviceKey): VerifiedEnvelope[] => log.operations.all().filter((operation) => operation.device === device)

export function startBranchExchange ({ log, mesh, present, scope }: {
  log: RoomLog
  mesh: Mesh
  /** Devices in the room that can be reached. */
  present: ReadonlySignal<ReadonlySet<DeviceKey>>
  scope: Scope
}): void {
  /** How many operations of copied devices there were here when the two last told each other. */
  const agreed = new Map<DeviceKey, number>()
  let isWaiting = false
  const countNow = (): number => [...log.copied.peek().keys()].reduce((sum, device) => sum + operationsOf(log, device).length, 0)

  const ask = async (remote: DeviceKey): Promise<void> => {
    const signal = AbortSignal.any([scope.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const stream = await mesh.open(remote, BRANCHES_PROTOCOL, { signal, maxFrameBytes: BRANCHES_FRAME_MAX_BYTES })
    try {
      await askForBranches(stream, { roomTag: log.roomTag, branches: branchesIn(log), signal })
      agreed.set(remote, countNow())
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('asking for branches failed'))
      if (!(error instanceof WireError)) throw error
      mesh.drop(`branches-${error.reason}`)
    }
  }

  const round = async (): Promise<void> => {
    const now = countNow()
    const isLinked = (key: DeviceKey): number => Number(mesh.links.peek().has(key))
    const remotes = [...new Set([...mesh.links.peek().keys(), ...present.peek()])]
      .filter((key) => memberOf(log.membership.peek(), key) !== null && agreed.get(key) !== now)
      .sort(() => Math.random() - 0.5)
      .sort((a, b) => isLinked(b) - isLinked(a))
    for (const remote of remotes.slice(0, ASKED_AT_ONCE)) await ask(remote).catch(() => mesh.drop('branches-not-asked'))
  }
  const soon = (): void => {
    if (isWaiting || log.copied.peek().size === 0) return
    isWaiting = true
    scope.later(DELAY_MS, () => {
      isWaiting = false
      scope.run(round())
    })
  }
  scope.defer(log.events.on('appended', ({ envelopes }) => {
    if (envelopes.some(({ device, header }) => header.kind === 'operation' && log.copied.peek().has(device))) soon()
  }))
  scope.defer(effect(() => {
    for (const changed of [log.copied, mesh.links, present]) dependOn(changed)
    soon()
  }))
}
