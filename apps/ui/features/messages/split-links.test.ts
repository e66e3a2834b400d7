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

test('whatever Bob writes is shown in full, and only http(s) becomes a link', () => {
  const text = fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom(' ', '\n', '(', ')', 'https://', 'javascript:'))).map((parts) => parts.join(''))
  fc.assert(fc.property(text, (written) => {
    const pieces = splitLinks(written)
    expect(pieces.map((piece) => piece.text).join('')).toBe(written)
    for (const piece of pieces) if (piece.kind === 'link') expect(new URL(piece.href).protocol).toMatch(/^https?:$/)
  }))
})
