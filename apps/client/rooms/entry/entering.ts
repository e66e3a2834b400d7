/**
 * Brings this device into the rooms that its person is in: rooms whose keys it was handed by another device, a backup or an export. Reads
 * what whoever is there has, asks to be written in, and goes on trying for as long as it takes.
 */
import { effect } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { Mesh, Remote } from '../../mesh/types.ts'
import { SyncRefused } from '#shared/wire/sync/index.ts'
import { askToEnter, DEVICE_PROTOCOL } from '../../protocols/device/index.ts'
import type { Scope } from '../../state/scope.ts'
import { encodeShown, type ShownRecord } from '../membership/operation-codec.ts'
import { isToEnter, memberOf } from '../membership/resolve.ts'
import type { Rooms } from '../index.ts'
import type { OpenedRoom } from '../room.ts'

const RETRY_MS = 1500
/** Nobody of the room may come for weeks; whoever comes is noticed by the room itself, so this is only for what that misses. */
const RETRY_MAX_MS = 30_000
const ASK_TIMEOUT_MS = 20_000

export interface EnteringOptions {
  rooms: Rooms
  mesh: Mesh
  device: DeviceKey
  myUser: UserKey
  memberRecord: () => Promise<ShownRecord>
  sync: (remote: Remote, tag: RoomTag, options: { signal: AbortSignal }) => Promise<unknown>
  scope: Scope
  /** A room has no seat for this device; told once a run. */
  onFull: (error: ParleyError) => void
}

export function startEntering (options: EnteringOptions): void {
  const { rooms, scope } = options
  const known = new Set<RoomTag>(), full = new Set<RoomTag>()
  const onFull = (tag: RoomTag, error: ParleyError): void => {
    if (!full.has(tag)) options.onFull(error)
    full.add(tag)
  }
  scope.defer(effect(() => {
    for (const [tag, room] of rooms.all.value) {
      if (known.has(tag)) continue
      known.add(tag)
      keepTrying(room, { ...options, onFull: (error) => onFull(tag, error) })
    }
  }))
}

function keepTrying (room: OpenedRoom, options: EnteringOptions): void {
  const { mesh, scope, myUser, device } = options
  const { log } = room
  let failures = 0, isBusy = false
  let cancel = (): void => {}

  const attempt = async (): Promise<void> => {
    if (isBusy || mesh.node.peek() !== 'online' || !isToEnter(log.membership.peek(), myUser, device)) return
    isBusy = true
    try {
      await enter(room, options)
    } finally {
      isBusy = false
      if (isToEnter(log.membership.peek(), myUser, device)) plan(Math.min(RETRY_MS * 2 ** failures++, RETRY_MAX_MS))
    }
  }
  const plan = (delayMs: number): void => {
    cancel()
    cancel = scope.later(delayMs, () => scope.run(attempt()))
  }
  // Again at once whenever the node is back, the room is known better, or somebody of the room has come.
  scope.defer(effect(() => {
    if (mesh.node.value === 'online' && isToEnter(log.membership.value, myUser, device)) plan(room.room.summary.value.online > 0 ? 0 : RETRY_MS / 10)
  }))
}

/** One round over everybody who is there. */
async function enter ({ log, keys }: OpenedRoom, { mesh, device, myUser, memberRecord, sync, scope, onFull }: EnteringOptions): Promise<void> {
  const signal = AbortSignal.any([scope.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
  const isIn = (): boolean => memberOf(log.membership.peek(), device) !== null
  for (const other of await mesh.lookUp(log.roomTag, { keys, signal })) {
    if (other === device) continue
    try {
      // A device with a current key may compare before it is in. One whose keys are older is served once it is in.
      await sync(other, log.roomTag, { signal }).catch(ignoreRefusal)
      if (isIn() || !isToEnter(log.membership.peek(), myUser, device)) return
      if (memberOf(log.membership.peek(), other) === null) continue
      const stream = await mesh.open(other, DEVICE_PROTOCOL, { signal })
      await askToEnter(stream, { roomTag: log.roomTag, member: encodeShown(await memberRecord()), signal })
      await sync(other, log.roomTag, { signal })
      if (isIn()) return
    } catch (error) {
      if (error instanceof ParleyError && (error.code === 'room-full' || error.code === 'room-device-limit')) onFull(error)
      mesh.drop(error instanceof ParleyError ? `enter-${error.code}` : 'enter-failed')
    }
  }
}

function ignoreRefusal (error: unknown): void {
  if (!(error instanceof SyncRefused && error.code === 'no-access')) throw error
}
