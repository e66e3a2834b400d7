/**
 * `/parley/addressed/1` on the client: unstored frames for one device, over the direct link to it where there is one, else by the node. The
 * node costs one stream, open while it is online; a direct link costs one in each direction, opened by who has something to send and closed
 * when idle. Nothing is opened over relayed links.
 *
 * Flow: `send` → direct stream or the node's → the other device's `receive` of that room. A frame that is lost is lost: what it would have
 * said is learned by sync.
 *
 * @example
 *   const addressed = createAddressed({ mesh, localKey: device.key })
 *   const leave = addressed.enter(roomTag, (frame, from) => judge(frame, from))
 *   addressed.send(roomTag, author, await sealPresence(keys, { type: 'receipt', held }))
 *
 * @see SPEC.md
 */
import { effect } from '@preact/signals-core'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import {
  ADDRESSED_MAX_BYTES, ADDRESSED_PROTOCOL, decodeAddressed, encodeAddressed, HAVE_MAX_LOGS, type LogPosition
} from '#shared/wire/addressed.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { Mesh, Remote } from '../../mesh/types.ts'
import { createScope } from '../../state/scope.ts'
import { createLines } from './lines.ts'

/** A node that is restarting or does not know this device yet: asked again this late, then after twice as long each time. */
const REATTACH_MS = { first: 1000, last: 60_000 } as const
/** The node responds from memory. */
const COUNT_TIMEOUT_MS = 10_000

export interface Addressed {
  /** Hands a frame to a device. Returns false when there is no way to it now. */
  send(room: RoomTag, device: DeviceKey, frame: Uint8Array<ArrayBuffer>): boolean
  /** Tells the node how far logs are held here: for rooms that send no receipts. */
  tellHeld(room: RoomTag, logs: readonly LogPosition[]): void
  /** Asks the node how many other devices hold a log up to a position. Resolves with null when it does not say. */
  countHolders(room: RoomTag, position: LogPosition): Promise<number | null>
  /** Receives the frames of a room that are for this device. Returns leave. */
  enter(room: RoomTag, receive: (frame: Uint8Array<ArrayBuffer>, from: Remote) => void): () => void
  /** Closes all streams. Idempotent. */
  stop(): void
}

export function createAddressed ({ mesh, localKey }: {
  mesh: Pick<Mesh, 'open' | 'handle' | 'links' | 'node' | 'drop' | 'budgets'>
  localKey: DeviceKey
}): Addressed {
  const scope = createScope(() => mesh.drop('addressed-job-failed'))
  const rooms = new Map<RoomTag, (frame: Uint8Array<ArrayBuffer>, from: Remote) => void>()
  const questions = new Map<number, (devices: number | null) => void>()
  let node: FrameStream | null = null
  let asked = 0

  /** @throws {WireError} */
  const take = (bytes: Uint8Array, from: Remote): void => {
    const message = decodeAddressed(bytes)
    if (message.type === 'counted' && from === 'node') {
      questions.get(message.request)?.(message.devices)
    } else if (message.type === 'frame') {
      const receive = rooms.get(message.room)
      // RULE: a frame for another device is not passed on and not read.
      if (message.device !== localKey || receive === undefined) mesh.drop(receive === undefined ? 'addressed-to-unknown-room' : 'addressed-to-another')
      else receive(message.frame, from)
    } else {
      mesh.drop('addressed-unexpected')
    }
  }

  /** Charges the end of the link that a frame came by, as for gossip. The author pays in the room, once the signature has proven who that is. */
  const isWithinBudget = (bytes: Uint8Array, from: Remote): boolean => from === 'node'
    ? mesh.budgets.take('carried-by-node', from)
    : mesh.budgets.take('carried', from) && mesh.budgets.take('carried-bytes', from, bytes.length)

  const takeWithinBudget = (bytes: Uint8Array, from: Remote): void => {
    if (!isWithinBudget(bytes, from)) return
    try {
      take(bytes, from)
    } catch (error) {
      if (from !== 'node' && error instanceof WireError) mesh.budgets.take('forged', from)
      throw error
    }
  }

  const listen = async (stream: FrameStream, from: Remote): Promise<void> => {
    for (;;) {
      const bytes = await stream.receive({ timeoutMs: null, signal: scope.signal })
      if (bytes === null) return
      takeWithinBudget(bytes, from)
    }
  }

  const writeToNode = (bytes: Uint8Array<ArrayBuffer>): boolean => {
    const stream = node
    if (stream === null) return false
    stream.send(bytes).catch(() => mesh.drop('addressed-unsent'))
    return true
  }
  const lines = createLines({ mesh, scope, onUnsent: (bytes) => { if (!writeToNode(bytes)) mesh.drop('addressed-unsent') } })

  /** Resolves when the stream has ended; with false when the node does not speak the protocol. */
  const attach = async (): Promise<boolean> => {
    try {
      const stream = await mesh.open('node', ADDRESSED_PROTOCOL, { signal: scope.signal, maxFrameBytes: ADDRESSED_MAX_BYTES })
      node = stream
      try {
        await listen(stream, 'node')
      } finally {
        if (node === stream) node = null
        await stream.close()
      }
    } catch (error) {
      if (error instanceof Error && error.name === 'UnsupportedProtocolError') return false
      mesh.drop(error instanceof WireError ? error.reason : 'addressed-node-lost')
    } finally {
      for (const respond of questions.values()) respond(null)
    }
    return true
  }

  let isAttaching = false
  let delayMs: number = REATTACH_MS.first
  let wake = (): void => {}
  const keepAttached = async (): Promise<void> => {
    isAttaching = true
    // An older node is asked again only when it comes back, perhaps as a newer one.
    while (mesh.node.peek() === 'online' && !scope.signal.aborted && await attach()) {
      await new Promise<void>((resolve) => {
        wake = resolve
        scope.later(delayMs, resolve)
      })
      delayMs = Math.min(2 * delayMs, REATTACH_MS.last)
    }
    isAttaching = false
  }
  scope.defer(effect(() => {
    if (mesh.node.value !== 'online') return
    delayMs = REATTACH_MS.first
    if (isAttaching) wake()
    else scope.run(keepAttached())
  }))
  scope.defer(mesh.handle(ADDRESSED_PROTOCOL, async (stream, remote) => {
    await listen(stream, remote)
    await stream.close()
  }, { maxFrameBytes: ADDRESSED_MAX_BYTES }))

  return {
    send (room, device, frame) {
      const bytes = encodeAddressed({ type: 'frame', room, device, frame })
      if (mesh.links.peek().get(device)?.path === 'direct') {
        lines.send(device, bytes)
        return true
      }
      return writeToNode(bytes)
    },
    tellHeld (room, logs) {
      for (let at = 0; at < logs.length; at += HAVE_MAX_LOGS) {
        writeToNode(encodeAddressed({ type: 'have', room, logs: logs.slice(at, at + HAVE_MAX_LOGS) }))
      }
    },
    async countHolders (room, { devTag, seq }) {
      const request = ++asked
      const { promise, resolve } = Promise.withResolvers<number | null>()
      questions.set(request, resolve)
      const cancel = scope.later(COUNT_TIMEOUT_MS, () => resolve(null))
      if (!writeToNode(encodeAddressed({ type: 'count', request, room, devTag, seq }))) resolve(null)
      try {
        return await promise
      } finally {
        cancel()
        questions.delete(request)
      }
    },
    enter (room, receive) {
      rooms.set(room, receive)
      return () => { if (rooms.get(room) === receive) rooms.delete(room) }
    },
    stop: () => scope.end()
  }
}
