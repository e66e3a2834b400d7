/**
 * Text of a message as pieces that can be shown: nothing is ever interpreted as markup, and a link says where it leads.
 */
import { toSkeleton } from '#shared/names/look-alike.ts'

export type TextPiece = { kind: 'text', text: string } | { kind: 'link', text: string, href: string }

/**
 * An address ends where a space does, or a character that is none in an address: marks of direction and fillers, which could show it in another order
 * or longer than it is; a backslash, which browsers read as a slash; and the full stops, commas and brackets of Chinese and Japanese.
 */
const CANDIDATE = /\bhttps?:\/\/(?:(?!\p{Default_Ignorable_Code_Point}|\p{Cf}|\p{Cc})[^\s<>"\\\u2800。、，；：！？「」『』（）【】《》〈〉])+/giu
/** A sentence ends after the address, not in it. */
const TRAILING = /[.,;:!?'…’”]+$/

/** Finds http(s) addresses; everything else, also other schemes, stays plain text. */
export function splitLinks (text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimEnd(match[0])
    const shown = toShown(address)
    if (shown === null) continue
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) })
    pieces.push({ kind: 'link', text: shown, href: new URL(address).href })
    from = match.index + address.length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

/**
 * RULE: what stands in a link is where it leads. An address with a name before an @ is no link, since that name passes for the host; a host that is not
 * what it looks like is shown in its ASCII form. Null for what is no link.
 */
function toShown (address: string): string | null {
  if (!URL.canParse(address)) return null
  const { hostname, username, password } = new URL(address)
  const [, scheme = '', authority = '', rest = ''] = /^(https?:\/\/)([^/?#]*)(.*)$/isu.exec(address) ?? []
  if (authority === '' || username !== '' || password !== '' || authority.includes('@')) return null
  const [, host = '', port = ''] = /^(.*?)(:\d*)?$/su.exec(authority) ?? []
  const isAsWritten = host.toLowerCase() === hostname || isHonest(host, hostname)
  return isAsWritten ? address : `${scheme}${hostname}${port}${rest}`
}

const SCRIPTS = ['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Devanagari', 'Bengali', 'Thai', 'Ethiopic', 'Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Hangul']
  .map((name) => ({ name, letters: new RegExp(`\\p{Script=${name}}`, 'u') }))
/** Scripts that are written together. */
const TOGETHER = [['Han', 'Hiragana', 'Katakana'], ['Han', 'Bopomofo'], ['Han', 'Hangul']]

/** Whether each part of an international host is of one script, and does not look like one of plain Latin letters. */
function isHonest (host: string, ascii: string): boolean {
  const labels = host.normalize('NFC').toLowerCase().split('.')
  // Fullwidth letters, numbers as addresses, percent signs: anything that is not an ordinary name in its own letters.
  if (!ascii.includes('xn--') || labels.length !== ascii.split('.').length) return false
  return labels.every((label) => {
    if (/^[a-z0-9-]*$/.test(label)) return true
    if (!/^[\p{L}\p{M}\p{Nd}-]+$/u.test(label) || label.normalize('NFKC') !== label) return false
    const scripts = SCRIPTS.filter(({ letters }) => letters.test(label)).map(({ name }) => name)
    const isOne = scripts.length === 1 || TOGETHER.some((group) => scripts.every((script) => group.includes(script)))
    return scripts.length > 0 && isOne && !/^[\x20-\x7e]*$/.test(toSkeleton(label))
  })
}

/** Drops closing punctuation; a bracket only when it was not opened inside the address, as in (see https://a.b/c_(d)). */
function trimEnd (candidate: string): string {
  let address = candidate
  for (;;) {
    const shorter = address.replace(TRAILING, '')
    const last = shorter.at(-1)
    const opening = { ')': '(', ']': '[', '}': '{' }[last ?? '']
    const isUnopened = opening !== undefined && count(shorter, opening) < count(shorter, last ?? '')
    const next = isUnopened ? shorter.slice(0, -1) : shorter
    if (next === address) return address
    address = next
  }
}

const count = (text: string, char: string): number => text.split(char).length - 1
