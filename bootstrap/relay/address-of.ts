/** Network addresses of devices, as libp2p carries them: what the limits per address count by. */
import type { Connection } from '@libp2p/interface'
import { isIP } from 'node:net'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'

/** Stands for an address that is not known: all of those share one account. */
const UNKNOWN = '0.0.0.0'

/** Returns where a WebSocket comes from as a multiaddr. Accepts any text as the address: a proxy may pass on what it was told. */
export function toRemoteAddr (address: string, port: number): Multiaddr {
  const plain = address.split('%', 1)[0] ?? ''
  const host = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain
  const kind = isIP(host)
  return multiaddr(kind === 0 ? `/ip4/${UNKNOWN}/tcp/${port}/ws` : `/ip${kind}/${host}/tcp/${port}/ws`)
}

/** Returns the IPv4 or IPv6 address that a device's connection to the node comes from, past the trusted proxies. */
export function addressOf ({ remoteAddr }: Pick<Connection, 'remoteAddr'>): string {
  return remoteAddr.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')?.value ?? UNKNOWN
}
