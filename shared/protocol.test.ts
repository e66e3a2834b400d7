import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FIRST_PROTOCOL, matchProtocol, PROTOCOL, type ProtocolRange } from './protocol.ts'

const range = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 8 }))
  .map(([minimum, ahead]): ProtocolRange => ({ minimum, version: minimum + ahead }))
const OPPOSITE = { 'meets': 'meets', 'peer-too-old': 'peer-too-new', 'peer-too-new': 'peer-too-old' } as const

it('both sides come to the same finding, whichever versions meet', () => {
  fc.assert(fc.property(range, range, (a, b) => {
    const finding = matchProtocol(a, b)
    expect(matchProtocol(b, a)).toBe(OPPOSITE[finding])
    expect(finding === 'meets').toBe(a.version >= b.minimum && b.version >= a.minimum)
  }))
})

it('what is spoken now is understood by itself, and the first version is told that it is too old', () => {
  expect(matchProtocol(PROTOCOL, PROTOCOL)).toBe('meets')
  expect(matchProtocol(PROTOCOL, FIRST_PROTOCOL)).toBe('peer-too-old')
  expect(PROTOCOL.minimum).toBeLessThanOrEqual(PROTOCOL.version)
})
