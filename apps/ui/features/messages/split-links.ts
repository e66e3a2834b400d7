/** Text of a message as pieces that can be shown: nothing is ever interpreted as markup. */
export type TextPiece = { kind: 'text', text: string } | { kind: 'link', text: string, href: string }

const CANDIDATE = /\bhttps?:\/\/[^\s<>"]+/gi
/** A sentence ends after the address, not in it. */
const TRAILING = /[.,;:!?'…]+$/

/** Finds http(s) addresses; everything else, also other schemes, stays plain text. */
export function splitLinks (text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimEnd(match[0])
    if (!URL.canParse(address)) continue
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) })
    pieces.push({ kind: 'link', text: address, href: new URL(address).href })
    from = match.index + address.length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
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
