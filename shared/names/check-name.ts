/**
 * The one rule for names of people: letters and digits of any script with their marks, and what stands between the parts of a name.
 * The node reserves by it, clients show what others claim by it.
 *
 *   checkName(' O’Brien ')   // { name: 'O’Brien' }
 *   checkName('Bob\u202e')   // { fault: 'invisible' }
 */
import { NAME_MAX_CHARS, NAME_MIN_CHARS } from '../limits.ts'

/** Why a text is no name. Words for each stand in apps/ui/i18n. */
export const NAME_FAULTS = ['too-short', 'too-long', 'invisible', 'character', 'marks', 'punctuation', 'mixed-scripts'] as const
export type NameFault = typeof NAME_FAULTS[number]

/** `char` is the character at fault, where one can be shown. */
export type NameCheck = { name: string } | { fault: NameFault, char?: string }

/** Blank although Unicode counts it as a symbol, a letter or a space. */
const BLANK = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u2800\u{1d159}\u{1da7f}]/u
/**
 * RULE: the joiners that Persian and the scripts of India are written with count only where they change letters: between letters of
 * Arabic script, and after a virama (Unicode annex 31, A1 and A2).
 */
const JOINERS = /(?<=\p{Script=Arabic})\u200c(?=\p{Script=Arabic})|(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca])[\u200c\u200d](?=\p{L})/gu

/** Letters for formulas look like another font and are read out one by one; \u3007 is the zero of Chinese, and no decimal digit. */
const LETTER = '(?:(?![\\u{1d400}-\\u{1d7ff}])[\\p{L}\\p{Nd}\\u3007])'
/** Accents that go on letters of any script: two at most, as in Vietnamese and vowelled Arabic. With those of one script six, as Burmese needs. */
const MARKS = '(?!(?:\\p{M}*\\p{Script=Inherited}){3})\\p{M}{0,6}'
const APOSTROPHES = '\'’‘'
const SEPARATORS = ` .${APOSTROPHES}‐_·・׳״-`
const WORD = `(?:${LETTER}${MARKS})+`
/** Between words at most two different signs, as in "J. R." and "J.-P."; before the first an apostrophe; after the last a full stop or an apostrophe. */
const SHAPE = new RegExp(`^[${APOSTROPHES}]?${WORD}(?:([${SEPARATORS}])(?!\\1)[${SEPARATORS}]?${WORD})*[.${APOSTROPHES}]?$`, 'u')
const ALLOWED = new RegExp(`^(?:${LETTER}|(?!\\p{Me})\\p{M}|[${SEPARATORS}])$`, 'u')
const HAS_LETTER = new RegExp(LETTER, 'u')

/** A letter of these is a word, or a name, by itself. */
const WHOLE_LETTER = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Yi}]/u

/** RULE: a word is not made of two scripts whose letters look alike: no person's name is, and "Аlice" with a Cyrillic А would be. */
const ALIKE_SCRIPTS = ['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Coptic', 'Cherokee', 'Lisu'].map((script) => new RegExp(`\\p{Script=${script}}`, 'u'))
const isMixed = (word: string): boolean => ALIKE_SCRIPTS.filter((script) => script.test(word)).length > 1

/** Judges a name as it was typed or claimed. A good one is returned without space around it, in the composed form (NFC). */
export function checkName (text: string): NameCheck {
  // Nobody waits for a text of a megabyte to be composed.
  if (text.length > NAME_MAX_CHARS * 8) return { fault: 'too-long' }
  const name = text.normalize('NFC').trim()
  const visible = name.replace(JOINERS, '')
  if (BLANK.test(visible)) return { fault: 'invisible' }
  const strange = Array.from(visible).find((char) => !ALLOWED.test(char))
  if (strange !== undefined) return { fault: 'character', char: strange }
  if (name.length > NAME_MAX_CHARS) return { fault: 'too-long' }
  if (name === '') return { fault: 'too-short' }
  if (!HAS_LETTER.test(visible)) return { fault: 'punctuation' }
  if (!SHAPE.test(visible)) return { fault: SHAPE.test(visible.replace(/\p{M}/gu, '')) ? 'marks' : 'punctuation' }
  if (Array.from(visible).length < NAME_MIN_CHARS && !WHOLE_LETTER.test(visible)) return { fault: 'too-short' }
  return visible.split(' ').some(isMixed) ? { fault: 'mixed-scripts' } : { name }
}
