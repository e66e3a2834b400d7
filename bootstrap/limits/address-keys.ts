import { isIPv6 } from 'node:net'

/** A key to count under; `scale` multiplies the limit. */
export interface AddressKey { key: string, scale: number }

/**
 * The keys under which an address is counted. A household has an IPv4 address or an IPv6 /64; whoever has a /48 or a /32 has thousands of
 * those, so these are counted too, with more room. IPv4 addresses inside IPv6 (`::ffff:…`) count as IPv4.
 */
export function addressKeys (address: string): AddressKey[] {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return [{ key: mapped, scale: 1 }]
  const plain = address.split('%', 1)[0] ?? address
  if (!isIPv6(plain)) return [{ key: address, scale: 1 }]
  const groups = expand(plain)
  return [
    { key: `${groups.slice(0, 4).join(':')}::/64`, scale: 1 },
    { key: `${groups.slice(0, 3).join(':')}::/48`, scale: 4 },
    { key: `${groups.slice(0, 2).join(':')}::/32`, scale: 16 }
  ]
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand (address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 tail stands for two groups; it is never among the first four.
  const width = [...left, ...right].reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0)
  const middle = tail === undefined ? [] : Array<string>(Math.max(0, 8 - width)).fill('0')
  return [...left, ...middle, ...right].map((group) => group.includes('.') ? group : Number.parseInt(group, 16).toString(16))
}
