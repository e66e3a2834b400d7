import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitLinks } from './split-links.ts'

const links = (text: string): string[] => splitLinks(text).flatMap((piece) => piece.kind === 'link' ? [piece.text] : [])

test.each([
  ['See https://example.org/soup.', ['https://example.org/soup']],
  ['(it is at https://example.org/a_(b))', ['https://example.org/a_(b)']],
  ['[https://example.org/]', ['https://example.org/']],
  ['http://a.example and HTTPS://B.example/x?y=1&z=2#top!', ['http://a.example', 'HTTPS://B.example/x?y=1&z=2#top']],
  ['https://', []],
  ['javascript:alert(1) ftp://a.example data:text/html,x', []],
  ['xhttps://a.example is glued', []],
  ['<https://a.example>', ['https://a.example']]
])('%s', (text, found) => {
  expect(links(text)).toEqual(found)
})

test.each([
  // A name before the host.
  ['https://paypal.com@evil.example/login', []],
  ['https://user:secret@evil.example', []],
  ['https://paypal.com%40evil.example@evil.example', []],
  ['https://@evil.example', []],
  ['mail me: https://example.org/@bob', ['https://example.org/@bob']],
  // Marks of direction and what cannot be seen end it.
  ['https://evil.example/\u202emoc.elgoog//:sptth', ['https://evil.example/']],
  ['https://evil.example\u2066/x\u2069', ['https://evil.example']],
  ['https://evil.example/\u200bx', ['https://evil.example/']],
  ['https://evil.example\u3164.bank.example', ['https://evil.example']],
  ['https://evil.example/a\u00adb', ['https://evil.example/a']],
  ['https://evil.example\u2800/', ['https://evil.example']],
  // Hosts that are not what they look like.
  ['https://аррӏе.com/', ['https://xn--80ak6aa92e.com/']],
  ['https://gооgle.com', ['https://xn--ggle-55da.com']],
  ['https://ɡoogle.com', ['https://xn--oogle-qmc.com']],
  ['https://ｅｖｉｌ.example/x', ['https://evil.example/x']],
  ['https://evil%2eexample/x', ['https://evil.example/x']],
  ['http://2130706433/', ['http://127.0.0.1/']],
  ['http://0x7f.1:8080/a', ['http://127.0.0.1:8080/a']],
  ['https://example.org:443/x', ['https://example.org:443/x']],
  ['https:///evil.example', []],
  ['https://good.example\\@evil.example/', ['https://good.example']],
  ['https://good.example\\.evil.example/', ['https://good.example']],
  // Hosts in their own letters.
  ['https://münchen.example/ü?q=ö', ['https://münchen.example/ü?q=ö']],
  ['https://пример.рф/а', ['https://пример.рф/а']],
  ['https://例え.テスト/', ['https://例え.テスト/']],
  ['https://한국.kr', ['https://한국.kr']],
  ['https://مثال.إختبار', ['https://مثال.إختبار']],
  // The signs that end a sentence elsewhere.
  ['https://example.org/foo。次の文', ['https://example.org/foo']],
  ['「https://example.org/」と（https://example.net）', ['https://example.org/', 'https://example.net']],
  ['“https://example.org”', ['https://example.org']]
])('%j shows where it leads', (text, found) => {
  expect(links(text)).toEqual(found)
})

test('what a link shows begins with the host that it leads to, unless that is an honest name in other letters', () => {
  const hosts = fc.array(fc.constantFrom('a', 'o', 'о', 'е', 'ɡ', 'l', '1', '.', '-', '@', ':', '8', '%2e', '\\', '／', 'ａ', '\u202e', '\u3164', '/', '?', '#'), { minLength: 3, maxLength: 12 })
  fc.assert(fc.property(hosts, (parts) => {
    for (const piece of splitLinks(`https://${parts.join('')}`)) {
      if (piece.kind !== 'link') continue
      expect(piece.text).not.toMatch(/[\u202e\u3164]/)
      expect(new URL(piece.text).host).toBe(new URL(piece.href).host)
      expect(piece.text.split(/[/?#\\]/)[2]).not.toContain('@')
    }
  }))
})

test('whatever Bob writes is shown in full, and only http(s) becomes a link', () => {
  const text = fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom(' ', '\n', '(', ')', 'https://', 'javascript:'))).map((parts) => parts.join(''))
  fc.assert(fc.property(text, (written) => {
    const pieces = splitLinks(written)
    // Only the host of a link may be written in another way than it came.
    const rest = pieces.filter(({ kind }) => kind === 'text').map(({ text }) => text)
    expect(rest.every((text) => written.includes(text))).toBe(true)
    if (pieces.every(({ kind }) => kind === 'text')) expect(rest.join('')).toBe(written)
    for (const piece of pieces) if (piece.kind === 'link') expect(new URL(piece.href).protocol).toMatch(/^https?:$/)
  }))
})
