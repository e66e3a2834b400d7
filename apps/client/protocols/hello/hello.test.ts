import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PassportClaims } from '#shared/http/passport.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import { decodeHello, encodeHello } from '#shared/wire/hello.ts'
import { toHex } from '#shared/ids.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerHello, sayHello } from './index.ts'

const claimsOf = (name: string): PassportClaims => ({ iss: 'http://node', aud: 'parley', sub: name, name, cnf: { jkt: name }, iat: 0, exp: 1 })
/** Stands for the check of signature and key, which passport.test.ts is about: a passport here is its holder's name. */
const verify = (jwt: string): Promise<PassportClaims | null> => Promise.resolve(jwt === 'stolen' ? null : claimsOf(jwt))

describe('hello', () => {
  it('shows each side the other\'s passport', async () => {
    const { a, b } = createFramePair()
    const [heardByAlice, heardByBob] = await Promise.all([sayHello(a, 'Alice', verify), answerHello(b, 'Bob', verify)])
    expect([heardByAlice?.name, heardByBob?.name]).toEqual(['Bob', 'Alice'])
  })

  it('works without a passport on either side', async () => {
    const { a, b } = createFramePair()
    expect(await Promise.all([sayHello(a, null, verify), answerHello(b, null, verify)])).toEqual([null, null])
  })

  it('takes a passport that is not the peer\'s for none', async () => {
    const { a, b } = createFramePair()
    const [, heardByBob] = await Promise.all([sayHello(a, 'stolen', verify), answerHello(b, 'Bob', verify)])
    expect(heardByBob).toBeNull()
  })

  it.each([
    ['another version', encodeCbor([2, null]), 'hello-version'],
    ['a field too many', encodeCbor([1, null, null]), 'malformed-hello'],
    ['a passport that is no text', encodeCbor([1, 7]), 'malformed-passport'],
    ['a passport that is too long', encodeCbor([1, 'x'.repeat(2049)]), 'malformed-passport'],
    ['no CBOR', Uint8Array.of(0xff), 'malformed-cbor']
  ])('refuses %s', async (_what, frame, reason) => {
    const { a, b } = createFramePair()
    await a.send(frame)
    await expect(answerHello(b, null, verify)).rejects.toMatchObject({ name: 'WireError', reason })
  })

  it('throws nothing but a WireError, whatever comes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeHello(bytes)
      } catch (error) {
        expect(error).toMatchObject({ name: 'WireError' })
      }
    }))
  })

  it('keeps its bytes', () => {
    expect(toHex(encodeHello(null))).toBe('8201f6')
    expect(toHex(encodeHello('abc'))).toBe('820163616263')
    expect(decodeHello(encodeHello('abc'))).toEqual({ passport: 'abc' })
  })
})
