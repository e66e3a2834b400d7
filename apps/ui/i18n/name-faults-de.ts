import type { ErrorDetails } from '#shared/errors.ts'
import { NAME_MAX_CHARS, NAME_MIN_CHARS } from '#shared/limits.ts'
import type { NameFault } from '#shared/names/check-name.ts'
import type { ErrorWords } from './error-words.ts'

const FAULTS: Record<NameFault, (char: string) => ErrorWords> = {
  'too-short': () => ({
    what: 'Dieser Name ist zu kurz.',
    next: `Nimm mindestens ${NAME_MIN_CHARS} Buchstaben. In Schriften wie der chinesischen, japanischen und koreanischen genügt einer.`
  }),
  'too-long': () => ({ what: 'Dieser Name ist zu lang.', next: `Nimm höchstens ${NAME_MAX_CHARS} Zeichen.` }),
  'invisible': () => ({ what: 'Dieser Name enthält Zeichen, die niemand sieht.', next: 'Tippe ihn ein, statt ihn einzufügen.' }),
  'character': (char) => ({
    what: char === '' ? 'Dieser Name enthält ein Zeichen, das in Namen nicht erlaubt ist.' : `„${char}“ ist in Namen nicht erlaubt.`,
    next: 'Nimm Buchstaben und Ziffern beliebiger Sprachen, dazwischen Leerzeichen, Punkte, Bindestriche oder Apostrophe.'
  }),
  'marks': () => ({ what: 'Dieser Name hat zu viele Akzente auf einem Buchstaben oder einen ohne Buchstaben.', next: 'Nimm höchstens zwei je Buchstabe.' }),
  'punctuation': () => ({
    what: 'In diesem Namen steht ein Leerzeichen, Bindestrich oder Punkt an der falschen Stelle.',
    next: 'Beginne mit einem Buchstaben oder einer Ziffer und setze zwischen Wörter ein Leerzeichen oder ein Zeichen.'
  }),
  'mixed-scripts': () => ({
    what: 'Ein Wort dieses Namens mischt Alphabete, deren Buchstaben gleich aussehen.',
    next: 'Schreibe jedes Wort in einem Alphabet, etwa lateinisch oder kyrillisch.'
  })
}

/** @param details of `name-malformed` */
export function nameWords ({ fault, char }: ErrorDetails): ErrorWords {
  const words = typeof fault === 'string' && Object.hasOwn(FAULTS, fault) ? FAULTS[fault as NameFault] : FAULTS.character
  return words(typeof char === 'string' ? char : '')
}
