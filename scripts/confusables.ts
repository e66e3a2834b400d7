/**
 * Writes `shared/names/confusables.ts`: which letters look like which others, for the names that Parley allows.
 * The data is Unicode's confusables.txt (UTS 39) as `unhomoglyph` ships it. Run it after that package was updated: `node scripts/confusables.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/run.ts'

const data = JSON.parse(readFileSync(join(root, 'node_modules/unhomoglyph/data.json'), 'utf8')) as Record<string, string>

/** Names are decomposed after NFKC, and only letters, marks and decimal digits count: anything else never meets the table. */
const isMet = (char: string): boolean => /^[\p{L}\p{M}\p{Nd}]$/u.test(char) && !/\p{Default_Ignorable_Code_Point}/u.test(char) &&
  char.normalize('NFKD') === char
const sources = new Map<string, string[]>()
for (const [from, to] of Object.entries(data)) {
  if (isMet(from)) sources.set(to, [...sources.get(to) ?? [], from])
}

const escaped = (text: string): string => Array.from(text, (char) => {
  const point = char.codePointAt(0) ?? 0
  if (/[A-Za-z0-9]/.test(char)) return char
  return point > 0xffff ? `\\u{${point.toString(16)}}` : `\\u${point.toString(16).padStart(4, '0')}`
}).join('')
const entries = [...sources].map(([to, from]) => `${escaped(to)} ${escaped(from.join(''))}`)
const lines: string[] = []
for (const entry of entries) {
  for (let rest = `${entry},`; rest !== '';) {
    const last = lines.at(-1) ?? ''
    const room = 112 - last.length
    // An escape is never split over two lines.
    const piece = /^(?:\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|.)*/.exec(rest.slice(0, Math.max(0, room)))?.[0].replace(/\\(?:u[0-9a-f]{0,3}|u\{[0-9a-f]*)?$/, '') ?? ''
    if (piece === '' || lines.length === 0) lines.push('')
    if (piece === '') continue
    lines[lines.length - 1] = `${lines.at(-1) ?? ''}${piece}`
    rest = rest.slice(piece.length)
  }
}

writeFileSync(join(root, 'shared/names/confusables.ts'), `/**
 * Letters that look alike: what they look like, a space, then all that look like it. Written by \`scripts/confusables.ts\` from Unicode's
 * confusables.txt, version 13.0 (© Unicode, Inc., https://www.unicode.org/license.txt); not edited by hand.
 */
export const CONFUSABLES = [
${lines.map((line) => `  '${line}'`).join(',\n')}
].join('')
`)
