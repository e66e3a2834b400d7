/**
 * Which names the eye cannot tell apart (Unicode Technical Standard 39, section 4). The table it needs weighs some ten kilobytes: nothing of
 * the first load imports it.
 */
import { CONFUSABLES } from './confusables.ts'

let table: ReadonlyMap<string, string> | null = null

/** What each letter looks like. Read when it is asked for the first time. */
function readTable (): ReadonlyMap<string, string> {
  return new Map(CONFUSABLES.split(',').filter((entry) => entry !== '').flatMap((entry) => {
    const [target = '', sources = ''] = entry.split(' ')
    return Array.from(sources, (source): [string, string] => [source, target])
  }))
}

function toPrototypes (text: string): string {
  table ??= readTable()
  const known = table
  return Array.from(text.normalize('NFD'), (char) => known.get(char) ?? char).join('').normalize('NFD')
}

/** Upper before lower case, since only upper case unfolds letters such as ß; JavaScript has no case folding of its own. */
const foldCase = (text: string): string => text.toUpperCase().toLowerCase()

/** The same for names that are spelled alike: compatibility forms and case are folded. */
export const toNameKey = (name: string): string => foldCase(name.normalize('NFKC')).normalize('NFKC')

/**
 * Returns what a name looks like: the same for "Alice", "Аlice" with a Cyrillic А, "AIice" with a capital i, and "A-lice". Empty for a text without
 * letters and digits. Twice, since folding the case of what a letter looks like gives letters that look like others again.
 */
export function toSkeleton (name: string): string {
  const once = foldCase(toPrototypes(name.normalize('NFKC')))
  return foldCase(toPrototypes(once)).normalize('NFD').replace(/[^\p{L}\p{N}\p{M}]|\p{Default_Ignorable_Code_Point}/gu, '')
}

/** Whether somebody could take one for the other, by spelling or by look. */
export const isAlike = (one: string, other: string): boolean =>
  toNameKey(one) === toNameKey(other) || (toSkeleton(one) !== '' && toSkeleton(one) === toSkeleton(other))
