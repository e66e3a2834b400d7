/** Lets an attack come from an address of its own in 127.0.0.0/8, so that a limit per address does not hit the people of the same test. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Detour extends AsyncDisposable {
  /** Reaches the target; the target sees `address`. */
  readonly origin: string
}

/** A TCP forwarder on loopback that connects to `origin` from `address`. */
export async function comeFrom (address: string, origin: string): Promise<Detour> {
  const { hostname, port } = new URL(origin)
  const sockets = new Set<Socket>()
  const server = createServer((inbound) => {
    const outbound = connect({ host: hostname, port: Number(port), localAddress: address })
    for (const [socket, other] of [[inbound, outbound], [outbound, inbound]] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose] () {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
