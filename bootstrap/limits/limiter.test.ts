import { describe, expect, it } from 'vitest'
import { addressKeys } from './address-keys.ts'
import { createLimiter } from './index.ts'

describe('limiter', () => {
  it('a refusal is counted under the name of its limit and takes nothing', () => {
    const limiter = createLimiter({ changes: { 'name-changes': { burst: 1, perSecond: 1 } }, now: () => 0 })
    expect(limiter.take('name-changes', 'phone')).toBe(true)
    expect(limiter.take('name-changes', 'phone')).toBe(false)
    expect(limiter.take('name-changes', 'laptop')).toBe(true)
    expect(limiter.refusals.get('name-changes')).toBe(1)
    expect(limiter.waitMs('name-changes', 'phone')).toBe(1000)
  })

  it('what is given back can be taken again, and never more than the burst', () => {
    const limiter = createLimiter({ changes: { 'http-calls': { burst: 1, perSecond: 1e-9 } }, now: () => 0 })
    expect(limiter.take('http-calls', '2001:db8::1')).toBe(true)
    for (let time = 0; time < 3; time++) limiter.giveBack('http-calls', '2001:db8::1')
    expect([limiter.take('http-calls', '2001:db8::1'), limiter.take('http-calls', '2001:db8::1')]).toEqual([true, false])
  })

  it('an address is counted for itself with each mailbox that it asks for, and so is its network', () => {
    const limiter = createLimiter({ changes: { 'asker-mails': { burst: 1, perSecond: 1e-9 } }, now: () => 0 })
    const taken = (key: string): boolean => limiter.take('asker-mails', key)
    expect([taken('alice 2001:db8::1'), taken('alice 2001:db8::2'), taken('bob 2001:db8::2'), taken('alice 192.0.2.1')]).toEqual([true, false, true, true])
  })

  it('a place that is released can be held again, and releasing twice frees one place only', () => {
    const limiter = createLimiter({ changes: { sockets: { max: 2 } } })
    const first = limiter.hold('sockets', '192.0.2.1')
    expect(limiter.hold('sockets', '192.0.2.1')).not.toBeNull()
    expect(limiter.hold('sockets', '192.0.2.1')).toBeNull()
    expect(limiter.hold('sockets', '192.0.2.2')).not.toBeNull()
    first?.()
    first?.()
    expect(limiter.hold('sockets', '192.0.2.1')).not.toBeNull()
    expect(limiter.hold('sockets', '192.0.2.1')).toBeNull()
  })

  it('places that are held together are released together, and none is kept when one is refused', () => {
    const limiter = createLimiter({ changes: { 'rendezvous-rooms': { max: 2 }, 'rendezvous-invites': { max: 3 } } })
    const wanted = [['rendezvous-rooms', 'phone'], ['rendezvous-invites', 'phone'], ['rendezvous-invites', 'phone']] as const
    const first = limiter.holdAll(wanted)
    expect(first).not.toBeNull()
    expect(limiter.holdAll(wanted)).toBeNull()
    expect([...limiter.refusals]).toEqual([['rendezvous-invites', 1]])
    // One room and one invitation are free, as before the refusal.
    const [room, invite] = [limiter.hold('rendezvous-rooms', 'phone'), limiter.hold('rendezvous-invites', 'phone')]
    expect([room, invite]).not.toContain(null)
    expect(limiter.holdAll([['rendezvous-rooms', 'phone']])).toBeNull()

    room?.()
    invite?.()
    first?.()
    first?.()
    expect(limiter.holdAll(wanted)).not.toBeNull()
    expect(limiter.hold('rendezvous-rooms', 'phone')).not.toBeNull()
    expect(limiter.hold('rendezvous-rooms', 'phone')).toBeNull()
    expect(limiter.holdAll([])).not.toBeNull()
  })

  it('an attacker with a whole IPv6 network is bounded by the network, not by each address', () => {
    const limiter = createLimiter({ changes: { upgrades: { burst: 2, perSecond: 0.001 } }, now: () => 0 })
    let taken = 0
    for (let net = 0; net < 1000; net++) if (limiter.take('upgrades', `2001:db8:${(net >> 4).toString(16)}:${(net & 15).toString(16)}::1`)) taken++
    expect(taken).toBe(2 * 16)
    expect(limiter.take('upgrades', '2001:db9::1')).toBe(true)
  })
})

describe('address keys', () => {
  it('an address inside a network is counted under the network, however it is written', () => {
    const keys = (address: string): string[] => addressKeys(address).map(({ key }) => key)
    expect(keys('2001:0DB8:0001:0002::9')).toEqual(['2001:db8:1:2::/64', '2001:db8:1::/48', '2001:db8::/32'])
    expect(keys('2001:db8:1:2:3:4:5:6')[0]).toBe('2001:db8:1:2::/64')
    expect(keys('::1')[0]).toBe('0:0:0:0::/64')
    expect(keys('fe80::1%eth0')[0]).toBe('fe80:0:0:0::/64')
    expect(keys('::ffff:192.0.2.7')).toEqual(['192.0.2.7'])
    expect(keys('192.0.2.7')).toEqual(['192.0.2.7'])
  })
})
