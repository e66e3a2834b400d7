import { multiaddr } from '@multiformats/multiaddr'
import { expect, it } from 'vitest'
import { addressOf, toRemoteAddr } from './address-of.ts'

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::9', '2001:db8::9'],
  ['fe80::1%eth0', 'fe80::1']
])('a device that comes from %s is counted under %s', (address, counted) => {
  const remoteAddr = toRemoteAddr(address, 4711)
  expect(addressOf({ remoteAddr })).toBe(counted)
  expect(remoteAddr.toString()).toMatch(/\/tcp\/4711\/ws$/)
  // The form that a connection has once the peer is known.
  expect(addressOf({ remoteAddr: remoteAddr.encapsulate(multiaddr('/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5')) })).toBe(counted)
})

it.each(['unknown', '', '192.0.2.7:80', '/ip4/192.0.2.7'])('an address that a proxy has garbled to "%s" is counted with all that are unknown', (address) => {
  expect(addressOf({ remoteAddr: toRemoteAddr(address, 1) })).toBe('0.0.0.0')
})
