/** Why a text is no name, and what would be one. */
import type { ErrorDetails } from '#shared/errors.ts'
import { NAME_MAX_CHARS, NAME_MIN_CHARS } from '#shared/limits.ts'
import type { NameFault } from '#shared/names/check-name.ts'
import type { ErrorWords } from './error-words.ts'

const FAULTS: Record<NameFault, (char: string) => ErrorWords> = {
  'too-short': () => ({
    what: 'This name is too short.',
    next: `Use at least ${NAME_MIN_CHARS} letters. One is enough in scripts such as Chinese, Japanese and Korean.`
  }),
  'too-long': () => ({ what: 'This name is too long.', next: `Use up to ${NAME_MAX_CHARS} characters.` }),
  'invisible': () => ({ what: 'This name has characters that no one can see.', next: 'Type it instead of pasting it.' }),
  'character': (char) => ({
    what: char === '' ? 'This name has a character that names can’t have.' : `Names can’t have “${char}” in them.`,
    next: 'Use letters and digits of any language. Spaces, full stops, hyphens and apostrophes can stand between them.'
  }),
  'marks': () => ({ what: 'This name has too many accents on a letter, or one without a letter.', next: 'Use up to two on each letter.' }),
  'punctuation': () => ({
    what: 'This name has a space, hyphen or full stop in the wrong place.',
    next: 'Start with a letter or digit, and put one space or sign between words.'
  }),
  'mixed-scripts': () => ({
    what: 'This name has a word in two alphabets whose letters look alike.',
    next: 'Write each word in one alphabet, such as Latin or Cyrillic.'
  })
}

/** @param details of `name-malformed` */
export function nameWords ({ fault, char }: ErrorDetails): ErrorWords {
  const words = typeof fault === 'string' && Object.hasOwn(FAULTS, fault) ? FAULTS[fault as NameFault] : FAULTS.character
  return words(typeof char === 'string' ? char : '')
}
