import { expect, it } from 'vitest'
import { createLinkCodes, formatCode, formatLinkUrl, linkKeysOf, parseLinkCode } from './link-codes.ts'

const NODE = 'https://parley.example'
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

it('is read as it was shown, and as people type it', () => {
  for (let i = 0; i < 100; i++) {
    const { code } = createLinkCodes()
    const shown = formatCode(code.chars)
    expect(shown).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)
    for (const typed of [shown, shown.toLowerCase(), ` ${shown.replace('-', ' ')} `, shown.replace('-', ''), shown.replaceAll('0', 'O').replaceAll('1', 'l')]) {
      expect(parseLinkCode(typed, NODE)).toEqual(code)
    }
  }
})

it('with one character wrong is refused before anybody is asked', () => {
  const { code: { chars } } = createLinkCodes()
  for (let at = 0; at < chars.length; at++) {
    for (const other of ALPHABET.replace(chars[at]!, '')) {
      expect(() => parseLinkCode(chars.slice(0, at) + other + chars.slice(at + 1), NODE)).toThrow(expect.objectContaining({ code: 'link-code-wrong' }))
    }
  }
})

it.each(['', 'hello', '12345-1234', 'UUUUU-UUUUU', 'https://parley.example/join#v1.abc', 'https://parley.example/link#v1.short', 'https://parley.example/link#v2.AAAAAAAAAAAAAAAAAAAAAA'])(
  'that is %j is none', (text) => {
    expect(() => parseLinkCode(text, NODE)).toThrow(expect.objectContaining({ code: 'link-code-wrong' }))
  })

it('as a QR code names its node, and is of use at no other', () => {
  const { qr } = createLinkCodes()
  expect(formatLinkUrl(NODE, qr.secret)).toMatch(/^https:\/\/parley\.example\/link#v1\.[\w-]{22}$/)
  expect(formatLinkUrl('http://127.0.0.1:8080', qr.secret)).toMatch(/^http:\/\/127\.0\.0\.1:8080\/link#v1\./)
  for (const node of [NODE, 'http://127.0.0.1:8080']) expect(parseLinkCode(formatLinkUrl(node, qr.secret), node)).toEqual(qr)
  expect(() => parseLinkCode(formatLinkUrl('https://other.example', qr.secret), NODE)).toThrow(expect.objectContaining({ code: 'link-code-wrong' }))
  expect(() => parseLinkCode(formatLinkUrl('http://parley.example', qr.secret), NODE)).toThrow(expect.objectContaining({ code: 'link-code-wrong' }))
})

it('gives both devices of an account the same tag and secret, and others another', async () => {
  const { code, qr } = createLinkCodes()
  const [old, fresh, stranger, scanned] = [await linkKeysOf(code, 'alice'), await linkKeysOf({ ...code }, 'alice'), await linkKeysOf(code, 'bob'), await linkKeysOf(qr, 'alice')]
  expect(fresh).toEqual(old)
  expect(new Set([old.tag, stranger.tag, scanned.tag]).size).toBe(3)
  expect(old.secret).not.toEqual(stranger.secret)
})
