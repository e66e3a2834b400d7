/** Outgoing streams of `/parley/addressed/1` over direct links: opened when there is something to send, closed when idle. */
import type { DeviceKey } from '#shared/ids.ts'
import { ADDRESSED_MAX_BYTES, ADDRESSED_PROTOCOL } from '#shared/wire/addressed.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { Mesh } from '../../mesh/types.ts'
import type { Scope } from '../../state/scope.ts'

/** Longer than the pauses of a conversation; a stream that is open costs both ends a few kilobytes. */
const IDLE_MS = 60_000
/** Frames that wait for a stream to open: receipts of a burst. What comes above it goes by the node. */
const WAITING_MAX = 64

interface Line { stream: Promise<FrameStream>, waiting: number, usedAt: number }

export interface Lines {
  /** Sends over the direct link. Never rejects: what could not be handed over is passed to `onUnsent`. */
  send(device: DeviceKey, bytes: Uint8Array<ArrayBuffer>): void
}

export function createLines ({ mesh, scope, onUnsent }: {
  mesh: Pick<Mesh, 'open' | 'links' | 'drop'>
  scope: Scope
  onUnsent: (bytes: Uint8Array<ArrayBuffer>) => void
}): Lines {
  const lines = new Map<DeviceKey, Line>()
  /** They speak an older version; asked again after their link was new. */
  const deaf = new Set<DeviceKey>()
  let isSweeping = false

  const drop = (device: DeviceKey, line: Line): void => { if (lines.get(device) === line) lines.delete(device) }

  const open = (device: DeviceKey): Line => {
    const stream = mesh.open(device, ADDRESSED_PROTOCOL, { signal: scope.signal, maxFrameBytes: ADDRESSED_MAX_BYTES })
    const line: Line = { stream, waiting: 0, usedAt: Date.now() }
    lines.set(device, line)
    // Nothing comes back on it: whatever ends the wait ends the line.
    stream.then(async (opened) => await opened.receive({ timeoutMs: null, signal: scope.signal })).then(() => drop(device, line), (error: unknown) => {
      if (error instanceof Error && error.name === 'UnsupportedProtocolError') deaf.add(device)
      drop(device, line)
    })
    sweepLater()
    return line
  }

  const sweepLater = (): void => {
    if (isSweeping) return
    isSweeping = true
    scope.later(IDLE_MS, () => {
      isSweeping = false
      for (const [device, line] of lines) {
        if (line.waiting > 0 || Date.now() - line.usedAt < IDLE_MS) continue
        lines.delete(device)
        scope.run(line.stream.then(async (stream) => await stream.close()))
      }
      if (lines.size > 0) sweepLater()
    })
  }

  const write = async (device: DeviceKey, line: Line, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    line.waiting++
    line.usedAt = Date.now()
    try {
      await (await line.stream).send(bytes)
    } catch {
      drop(device, line)
      onUnsent(bytes)
    } finally {
      line.waiting--
    }
  }

  scope.defer(mesh.links.subscribe((links) => { for (const device of deaf) if (!links.has(device)) deaf.delete(device) }))

  return {
    send (device, bytes) {
      const line = lines.get(device) ?? (deaf.has(device) ? null : open(device))
      if (line === null) mesh.drop('addressed-not-spoken')
      else if (line.waiting >= WAITING_MAX) onUnsent(bytes)
      else scope.run(write(device, line, bytes))
    }
  }
}
