import { describe, expect, it } from 'vitest'
import { createCrowd } from './crowd.ts'

describe('who makes room in a crowd', () => {
  it('is the address that holds the most, by its oldest or newest, and no other', () => {
    const crowd = createCrowd<string>()
    for (const member of ['a1', 'b1', 'b2', 'b3', 'c1', 'c2']) crowd.add(member, `192.0.2.${member.charCodeAt(0)}`)
    expect([crowd.ofMost('oldest'), crowd.ofMost('newest')]).toEqual(['b1', 'b3'])
    crowd.delete('b1')
    crowd.delete('b1')
    crowd.delete('b3')
    expect([crowd.ofMost('oldest'), crowd.ofMost('newest'), crowd.size]).toEqual(['c1', 'c2', 4])
  })

  it('is a network when each of its addresses holds little, but not one that holds less than it has room for', () => {
    const crowd = createCrowd<string>()
    for (let nth = 0; nth < 4; nth++) crowd.add(`home ${nth}`, `2001:db8:1:${nth}::1`)
    crowd.add('other 0', '192.0.2.1')
    crowd.add('other 1', '192.0.2.1')
    expect(crowd.ofMost('newest')).toBe('other 1')
    for (let nth = 0; nth < 12; nth++) crowd.add(`many ${nth}`, `2001:db8:2:${nth}::1`)
    expect(crowd.ofMost('newest')).toBe('many 11')
  })

  it('follows a member that counts for another address from now on, and is nobody when all have left', () => {
    const crowd = createCrowd<number>()
    for (let member = 0; member < 6; member++) crowd.add(member, '127.0.0.1')
    for (let member = 0; member < 4; member++) crowd.add(member, '192.0.2.7')
    expect([crowd.ofMost('oldest'), crowd.size]).toEqual([0, 6])
    for (let member = 0; member < 6; member++) crowd.delete(member)
    expect([crowd.ofMost('oldest'), crowd.size]).toEqual([null, 0])
  })
})
