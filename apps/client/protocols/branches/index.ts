/**
 * `/parley/branches/1`: two members' devices hand each other operations of devices that were copied. Logs cannot: of two entries that were
 * signed for one position each holds one.
 *
 * Flow: `askForBranches` (who knows of a copied device) ⇄ `createBranchesAnswerer`. Both sides tell what they have and give what the other lacks.
 *
 * @example
 *   await askForBranches(stream, { roomTag, branches, signal })
 *   mesh.handle(BRANCHES_PROTOCOL, createBranchesAnswerer({ branchesOf, signal }))
 *
 * @see SPEC.md
 */
import type { DeviceKey, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { decodeEnvelope, encodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import {
  decodeBranchesMessage, encodeBranchesMessage, ENTRIES_MAX_BYTES, NAME_BYTES, NAMED_MAX,
  type BranchEntries, type BranchesMessage, type NamedBranches, type OperationName
} from './messages.ts'

export { BRANCHES_FRAME_MAX_BYTES, BRANCHES_PROTOCOL } from './messages.ts'

const TIMEOUT_MS = 15_000
/** Frames that a holder takes from one asker over one stream: a hundred times what an honest one has to tell at once. */
const FRAMES_MAX = 100

/** What one side has of a room. */
export interface BranchHolder {
  /** Devices that are known to be copied. */
  copied(): Iterable<DeviceKey>
  /** All operations of a device, oldest first. */
  operationsOf(device: DeviceKey): readonly VerifiedEnvelope[]
  /** Keeps operations, each checked; resolves when they are durable. Those that are held already are skipped. */
  take(operations: readonly VerifiedEnvelope[]): Promise<void>
}

export interface AskOptions { roomTag: RoomTag, branches: BranchHolder, signal: AbortSignal }

/** Resolves when both sides have what the other had. @throws {WireError} when the other does not follow the protocol (rejects) */
export async function askForBranches (stream: FrameStream, { roomTag, branches, signal }: AskOptions): Promise<void> {
  try {
    for (let isMore = true; isMore;) {
      await stream.send(encodeBranchesMessage({ type: 'ask', roomTag, known: namesOf(branches, branches.copied()) }))
      const message = await next(stream, signal)
      if (message.type === 'none') return
      if (message.type !== 'give') throw new WireError('unexpected-branches-message')
      await take(branches, message.given, roomTag)
      isMore = message.isMore && message.given.length > 0
      if (isMore) continue
      let lacking = message.lacking
      do {
        const wanted = new Map(lacking.map(({ device, names }) => [device, new Set(names)]))
        const { given, left } = entriesFor(branches, (device, name) => wanted.get(device)?.has(name) === true, wanted.keys())
        lacking = left
        await stream.send(encodeBranchesMessage({ type: 'give', given, lacking: [], isMore: left.length > 0 }))
      } while (lacking.length > 0)
    }
  } finally {
    await stream.close()
  }
}

/** The other side: a handler for the mesh. It rejects with a `WireError` when the asker does not follow the protocol. */
export function createBranchesAnswerer ({ branchesOf, signal }: {
  /** What there is for this device; null where it is not in the room. */
  branchesOf: (roomTag: RoomTag, asker: DeviceKey) => BranchHolder | null
  signal: AbortSignal
}): (stream: FrameStream, asker: DeviceKey) => Promise<void> {
  return async (stream, asker) => {
    let frames = 0
    const receive = async (): Promise<BranchesMessage> => {
      if (++frames > FRAMES_MAX) throw new WireError('too-many-frames')
      return await next(stream, signal)
    }
    try {
      for (;;) {
        const message = await receive()
        if (message.type !== 'ask') throw new WireError('unexpected-branches-message')
        const { roomTag, known } = message
        const branches = branchesOf(roomTag, asker)
        if (branches === null) {
          await stream.send(encodeBranchesMessage({ type: 'none' }))
          return
        }
        const theirs = new Map(known.map(({ device, names }) => [device, new Set(names)]))
        const devices = new Set([...theirs.keys(), ...branches.copied()])
        const { given, left } = entriesFor(branches, (device, name) => theirs.get(device)?.has(name) !== true, devices)
        const lacking = known.map(({ device, names }) => {
          const mine = new Set(branches.operationsOf(device).map(nameOf))
          return { device, names: names.filter((name) => !mine.has(name)) }
        }).filter(({ names }) => names.length > 0)
        await stream.send(encodeBranchesMessage({ type: 'give', given, lacking, isMore: left.length > 0 }))
        if (left.length > 0) continue
        for (let isMore = true; isMore;) {
          const reply = await receive()
          if (reply.type !== 'give') throw new WireError('unexpected-branches-message')
          await take(branches, reply.given, roomTag)
          isMore = reply.isMore
        }
        return
      }
    } finally {
      await stream.close()
    }
  }
}

const nameOf = ({ id }: { id: EnvelopeId }): OperationName => id.slice(0, 2 * NAME_BYTES)

/** The newest, where there are more than fit. */
function namesOf (branches: BranchHolder, devices: Iterable<DeviceKey>): NamedBranches[] {
  let left = NAMED_MAX
  return [...devices].map((device) => {
    const names = left === 0 ? [] : branches.operationsOf(device).slice(-left).map(nameOf)
    left -= names.length
    return { device, names }
  })
}

/** What is to be given of these devices, as much as fits into a frame, and the names of the rest. */
function entriesFor (
  branches: BranchHolder, isWanted: (device: DeviceKey, name: OperationName) => boolean, devices: Iterable<DeviceKey>
): { given: BranchEntries[], left: NamedBranches[] } {
  const given: BranchEntries[] = [], left: NamedBranches[] = []
  let bytes = 0
  for (const device of devices) {
    const entries: BranchEntries['entries'] = [], names: OperationName[] = []
    for (const operation of branches.operationsOf(device)) {
      if (!isWanted(device, nameOf(operation))) continue
      const entry = encodeEnvelope(operation)
      if (bytes > 0 && bytes + entry.length > ENTRIES_MAX_BYTES) {
        names.push(nameOf(operation))
        continue
      }
      bytes += entry.length
      entries.push(entry)
    }
    if (entries.length > 0) given.push({ device, entries })
    if (names.length > 0) left.push({ device, names })
  }
  return { given, left }
}

async function take (branches: BranchHolder, given: readonly BranchEntries[], roomTag: RoomTag): Promise<void> {
  const operations: VerifiedEnvelope[] = []
  for (const { device, entries } of given) {
    for (const entry of entries) {
      const operation = await verifyEnvelope(await decodeEnvelope(entry), device)
      if (operation.header.roomTag !== roomTag || operation.header.kind !== 'operation') throw new WireError('no-operation-of-the-room')
      operations.push(operation)
    }
  }
  if (operations.length > 0) await branches.take(operations)
}

async function next (stream: FrameStream, signal: AbortSignal): Promise<BranchesMessage> {
  const frame = await stream.receive({ timeoutMs: TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('branches-ended-early')
  return decodeBranchesMessage(frame)
}
