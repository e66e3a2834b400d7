/** A line to a port of this machine that can go silent without an end, as when a network is gone: what is sent over it gets nowhere, and nobody is told. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Line extends AsyncDisposable {
  /** Where to dial instead. */
  readonly port: number
  /** Every connection of now goes silent, for good; the next one works. */
  silence(): void
}

export async function createLine (toPort: () => number): Promise<Line> {
  const all = new Set<Socket>(), live = new Set<Socket>()
  const carry = (from: Socket, to: Socket): void => {
    all.add(from)
    live.add(from)
    from.on('error', () => undefined)
    from.on('data', (bytes) => { if (live.has(from)) to.write(bytes) })
    from.on('close', () => { if (live.has(from)) to.destroy() })
  }
  const server = createServer((near) => {
    const far = connect(toPort(), '127.0.0.1')
    carry(near, far)
    carry(far, near)
  })
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve) })
  return {
    port: (server.address() as AddressInfo).port,
    silence () { live.clear() },
    async [Symbol.asyncDispose] () {
      for (const socket of all) socket.destroy()
      await new Promise((resolve) => { server.close(resolve) })
    }
  }
}
