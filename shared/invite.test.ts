import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ParleyError } from './errors.ts'
import { toHex, type RoomTag } from './ids.ts'
import { formatInvite, fromBase64Url, parseInvite, toBase64Url, toDeepLink, type Invite } from './invite.ts'
import { encodeCbor, type Cbor } from './wire/cbor.ts'

const kitchen: Invite = {
  nodeOrigin: 'https://parley.example',
  roomTag: '000102030405060708090a0b0c0d0e0f' as RoomTag,
  secret: new Uint8Array(16).fill(0xa5),
  roomName: 'Küche',
  inviterName: 'Alice',
  access: new Uint8Array(16).fill(0x5e)
}

const codeOf = (text: string): string => {
  try {
    parseInvite(text)
  } catch (error) {
    if (error instanceof ParleyError) return error.code
    throw error
  }
  return 'accepted'
}

/** Frozen: a link that was sent around today opens in every later Parley. */
const FROZEN_LINK = 'https://parley.example/join#v1.hlAAAQIDBAUGBwgJCgsMDQ4PUKWlpaWlpaWlpaWlpaWlpaVmS8O8Y2hlZUFsaWNl9lBeXl5eXl5eXl5eXl5eXl5e'
/** The same with a pass. */
const FROZEN_LINK_WITH_PASS = 'https://parley.example/join#v1.hlAAAQIDBAUGBwgJCgsMDQ4PUKWlpaWlpaWlpaWlpaWlpaVmS8O8Y2hlZUFsaWNlUDw8PDw8PDw8PDw8PDw8PDxQXl5eXl5eXl5eXl5eXl5eXg'
const FROZEN_DEEP_LINK = 'parley://join/parley.example#v1.hlAAAQIDBAUGBwgJCgsMDQ4PUKWlpaWlpaWlpaWlpaWlpaVmS8O8Y2hlZUFsaWNl9lBeXl5eXl5eXl5eXl5eXl5e'
/** From before links committed to the room's access key, without a pass and with one. */
const OUTDATED_LINKS = [
  'https://parley.example/join#v1.hFAAAQIDBAUGBwgJCgsMDQ4PUKWlpaWlpaWlpaWlpaWlpaVmS8O8Y2hlZUFsaWNl',
  'https://parley.example/join#v1.hVAAAQIDBAUGBwgJCgsMDQ4PUKWlpaWlpaWlpaWlpaWlpaVmS8O8Y2hlZUFsaWNlUDw8PDw8PDw8PDw8PDw8PDw'
]

const linkOf = (payload: Cbor): string => `https://parley.example/join#v1.${toBase64Url(encodeCbor(payload))}`

describe('an invite link', () => {
  test('is these bytes for as long as links are of version 1', () => {
    expect(formatInvite(kitchen)).toBe(FROZEN_LINK)
    expect(toDeepLink(formatInvite(kitchen))).toBe(FROZEN_DEEP_LINK)
    expect(parseInvite(FROZEN_LINK)).toEqual(kitchen)
    expect(parseInvite(FROZEN_DEEP_LINK)).toEqual(kitchen)
  })

  test('carries a pass where it has one', () => {
    const invite = { ...kitchen, pass: new Uint8Array(16).fill(0x3c) }
    expect(formatInvite(invite)).toBe(FROZEN_LINK_WITH_PASS)
    expect(parseInvite(FROZEN_LINK_WITH_PASS)).toEqual(invite)
    expect(parseInvite(toDeepLink(FROZEN_LINK_WITH_PASS))).toEqual(invite)
    expect('pass' in parseInvite(FROZEN_LINK)).toBe(false)
  })

  test('keeps all of its secret behind the #, which no browser sends', () => {
    const { pathname, search, host } = new URL(formatInvite(kitchen))
    expect([pathname, search, host]).toEqual(['/join', '', 'parley.example'])
  })

  test('comes back in both forms for any node, room and names', () => {
    const origins = fc.constantFrom('https://parley.example', 'http://127.0.0.1:8080', 'http://localhost', 'https://chat.example:8443', 'http://[::1]:9000')
    const bytes16 = [0, 1, 2].map(() => fc.uint8Array({ minLength: 16, maxLength: 16 })) as [fc.Arbitrary<Uint8Array>, fc.Arbitrary<Uint8Array>, fc.Arbitrary<Uint8Array>]
    // A text that begins with a byte order mark would lose it.
    const name = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength }).filter((text) => !text.startsWith('\ufeff') && text.length <= maxLength)
    fc.assert(fc.property(origins, ...bytes16, name(100), name(32),
      (nodeOrigin, tag, secret, access, roomName, inviterName) => {
        const invite = { nodeOrigin, roomTag: toHex(tag) as RoomTag, secret: new Uint8Array(secret), roomName, inviterName, access: new Uint8Array(access) }
        const link = formatInvite(invite)
        expect(parseInvite(link)).toEqual(invite)
        expect(parseInvite(toDeepLink(link))).toEqual(invite)
        expect(parseInvite(` \t${link}\r\n`)).toEqual(invite)
      }))
  })

  test('may have a slash at the end of its path, a slash before its #, and a query that somebody added', () => {
    const { hash } = new URL(formatInvite(kitchen))
    for (const text of [`https://parley.example/join/${hash}`, `https://parley.example/join?from=mail${hash}`, `parley://join/parley.example/${hash}`]) {
      expect(parseInvite(text)).toEqual(kitchen)
    }
  })

  test('cuts names that are longer than names can be', () => {
    const { roomName, inviterName } = parseInvite(formatInvite({ ...kitchen, roomName: 'k'.repeat(500), inviterName: 'a'.repeat(500) }))
    expect([roomName.length, inviterName.length]).toEqual([100, 32])
  })

  test('of a later version says so, instead of calling it broken', () => {
    expect(codeOf('https://parley.example/join#v2.something-new')).toBe('invite-version')
    expect(codeOf('parley://join/parley.example#v17.x.y')).toBe('invite-version')
  })

  test.each(OUTDATED_LINKS)('that does not say by what to tell members from others is of an older version: %s', (link) => {
    expect(codeOf(link)).toBe('invite-outdated')
    expect(codeOf(toDeepLink(link))).toBe('invite-outdated')
  })

  test('with the longest name of a room in Latin letters and a pass still fits a QR code of middling size', () => {
    const link = formatInvite({ ...kitchen, roomName: 'k'.repeat(100), inviterName: 'a'.repeat(32), pass: new Uint8Array(16) })
    // Version 15 at level M holds 412 bytes.
    expect(link.length).toBeLessThanOrEqual(412)
  })

  test.each([
    '', 'hello', 'https://parley.example', 'https://parley.example/join', 'https://parley.example/join#', 'https://parley.example/join#v1', 'https://parley.example/join#v1.',
    'https://parley.example/join#1.AAAA', 'https://parley.example/room#v1.AAAA', 'javascript:alert(1)//join#v1.AAAA', 'file:///join#v1.AAAA',
    'parley://join#v1.AAAA', 'parley://room/parley.example#v1.AAAA', 'https://parley.example/join#v1.%00', 'https://parley.example/join#v1.AAAA.AAAA',
    'parley://join/bad host#v1.AAAA', 'https://parley.example/join#vv1.AAAA', 'https://parley.example/join#v1.A'
  ])('%j is malformed', (text) => { expect(codeOf(text)).toBe('invite-malformed') })

  test('with one character of its secret part lost or changed never reads as the same invitation', () => {
    const link = formatInvite(kitchen)
    fc.assert(fc.property(fc.integer({ min: link.indexOf('#'), max: link.length - 1 }), fc.constantFrom('', 'A', '-', '.', '#'), (at, by) => {
      const broken = link.slice(0, at) + by + link.slice(at + 1)
      if (broken === link) return
      const code = codeOf(broken)
      expect(['invite-malformed', 'invite-version', 'accepted']).toContain(code)
      if (code === 'accepted') expect(parseInvite(broken)).not.toEqual(kitchen)
    }))
  })

  test.each<[string, Cbor]>([
    ['a short room tag', [new Uint8Array(15), new Uint8Array(16), 'Kitchen', 'Alice', null, new Uint8Array(16)]],
    ['a long secret', [new Uint8Array(16), new Uint8Array(17), 'Kitchen', 'Alice', null, new Uint8Array(16)]],
    ['a name that is no text', [new Uint8Array(16), new Uint8Array(16), 7, 'Alice', null, new Uint8Array(16)]],
    ['a missing name', [new Uint8Array(16), new Uint8Array(16), 'Kitchen']],
    ['a fifth field that is no pass', [new Uint8Array(16), new Uint8Array(16), 'Kitchen', 'Alice', 1]],
    ['a short pass', [new Uint8Array(16), new Uint8Array(16), 'Kitchen', 'Alice', new Uint8Array(15), new Uint8Array(16)]],
    ['a short hash of the access key', [new Uint8Array(16), new Uint8Array(16), 'Kitchen', 'Alice', null, new Uint8Array(15)]],
    ['one field more', [new Uint8Array(16), new Uint8Array(16), 'Kitchen', 'Alice', null, new Uint8Array(16), 1]],
    ['no array at all', 'Kitchen']
  ])('with %s is malformed', (_, payload) => { expect(codeOf(linkOf(payload))).toBe('invite-malformed') })

  test('never fails with anything but an error that people can be told, whatever is pasted', () => {
    const hash = fc.string().map((text) => `https://parley.example/join#v1.${text}`)
    const bytes = fc.uint8Array({ maxLength: 90 }).map((payload) => `parley://join/parley.example#v1.${toBase64Url(payload)}`)
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl({ withFragments: true }), hash, bytes), (text) => {
      expect(['invite-malformed', 'invite-version']).toContain(codeOf(text))
    }), { numRuns: 300 })
  })
})

describe('base64url', () => {
  test('gives the bytes back and needs no escaping in a URL', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      const text = toBase64Url(bytes)
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/)
      expect(fromBase64Url(text)).toEqual(bytes)
    }))
  })

  test('has one text for each bytes: what is accepted is what would be written', () => {
    fc.assert(fc.property(fc.stringMatching(/^[ABCDwxyz0189_-]{0,12}$/), (text) => {
      let bytes: Uint8Array
      try {
        bytes = fromBase64Url(text)
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        return
      }
      expect(toBase64Url(bytes)).toBe(text)
    }), { numRuns: 1000 })
    for (const text of ['AB', 'AAB', 'A', 'AAAAA', 'AA==', 'A+A', 'A A']) expect(() => fromBase64Url(text)).toThrow(TypeError)
  })
})
