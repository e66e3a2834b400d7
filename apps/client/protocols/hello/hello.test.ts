import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PassportClaims } from '#shared/http/passport.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import { decodeHello, encodeFirstHello, encodeHello } from '#shared/wire/hello.ts'
import { toHex } from '#shared/ids.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerHello, sayHello } from './index.ts'

const claimsOf = (name: string): PassportClaims => ({ iss: 'http://node', aud: 'parley', sub: name, name, cnf: { jkt: name }, iat: 0, exp: 1 })
/** Stands for the check of signature and key, which passport.test.ts is about: a passport here is its holder's name. */
const verify = (jwt: string): Promise<PassportClaims | null> => Promise.resolve(jwt === 'stolen' ? null : claimsOf(jwt))

describe('hello', () => {
  it('shows each side the other\'s passport', async () => {
    const { a, b } = createFramePair()
    const [heardByAlice, heardByBob] = await Promise.all([sayHello(a, { passport: 'Alice', verify }), answerHello(b, { passport: 'Bob', verify })])
    expect([heardByAlice?.claims?.name, heardByBob?.claims?.name]).toEqual(['Bob', 'Alice'])
    expect([heardByAlice?.match, heardByBob?.match]).toEqual(['meets', 'meets'])
  })

  it('works without a passport on either side', async () => {
    const { a, b } = createFramePair()
    const heard = await Promise.all([sayHello(a, { passport: null, verify }), answerHello(b, { passport: null, verify })])
    expect(heard.map((each) => each?.claims)).toEqual([null, null])
  })

  it('takes a passport that is not the peer\'s for none', async () => {
    const { a, b } = createFramePair()
    const [, heardByBob] = await Promise.all([sayHello(a, { passport: 'stolen', verify }), answerHello(b, { passport: 'Bob', verify })])
    expect(heardByBob?.claims).toBeNull()
  })

  it.each([
    ['another version in the form of the first', encodeCbor([2, null]), 'hello-version'],
    ['a field too few', encodeCbor([1]), 'malformed-hello'],
    ['a version of nothing', encodeCbor([0, 0, null]), 'malformed-version'],
    ['a minimum above its version', encodeCbor([2, 3, null]), 'malformed-version'],
    ['a version that is no number', encodeCbor(['2', 1, null]), 'malformed-version'],
    ['a passport that is no text', encodeCbor([2, 1, 7]), 'malformed-passport'],
    ['a passport that is too long', encodeCbor([2, 1, 'x'.repeat(2049)]), 'malformed-passport'],
    ['no CBOR', Uint8Array.of(0xff), 'malformed-cbor']
  ])('refuses %s', async (_what, frame, reason) => {
    const { a, b } = createFramePair()
    await a.send(frame)
    await expect(answerHello(b, { passport: null, verify })).rejects.toMatchObject({ name: 'WireError', reason })
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

  it('keeps its bytes, and those of the first version', () => {
    expect(toHex(encodeHello(null))).toBe('830303f6')
    expect(toHex(encodeHello('abc', { version: 2, minimum: 1 }))).toBe('83020163616263')
    expect(decodeHello(encodeHello('abc'))).toEqual({ passport: 'abc', protocol: { version: 3, minimum: 3 }, isFirstForm: false })
    expect(toHex(encodeFirstHello(null))).toBe('8201f6')
    expect(toHex(encodeFirstHello('abc'))).toBe('820163616263')
    expect(decodeHello(encodeFirstHello('abc'))).toEqual({ passport: 'abc', protocol: { version: 1, minimum: 1 }, isFirstForm: true })
  })
})

describe('two versions that meet', () => {
  it('one that is spoken to in the form of the first version answers in it, so that the other side learns that it is too old', async () => {
    const { a, b } = createFramePair()
    const answered = answerHello(b, { passport: 'Bob', verify })
    await a.send(encodeFirstHello('Alice'))
    expect(toHex(await a.receive() ?? new Uint8Array())).toBe(toHex(encodeFirstHello('Bob')))
    expect(await answered).toMatchObject({ claims: { name: 'Alice' }, match: 'peer-too-old' })
  })

  it('fields that a later version adds are skipped', async () => {
    const { a, b } = createFramePair()
    const answered = answerHello(b, { passport: null, verify })
    await a.send(encodeCbor([7, 2, 'Carol', ['new', true]]))
    expect(await answered).toMatchObject({ claims: { name: 'Carol' }, match: 'meets' })
  })

  it.each([
    [{ version: 5, minimum: 4 }, { version: 3, minimum: 1 }, ['peer-too-old', 'peer-too-new']],
    [{ version: 2, minimum: 1 }, { version: 9, minimum: 3 }, ['peer-too-new', 'peer-too-old']],
    [{ version: 3, minimum: 2 }, { version: 2, minimum: 1 }, ['meets', 'meets']]
  ])('%o and %o come to the same finding on both sides', async (alices, bobs, findings) => {
    const { a, b } = createFramePair()
    const [heardByAlice, heardByBob] = await Promise.all([
      sayHello(a, { passport: null, verify, protocol: alices }), answerHello(b, { passport: null, verify, protocol: bobs })
    ])
    expect([heardByAlice?.match, heardByBob?.match]).toEqual(findings)
  })
})
