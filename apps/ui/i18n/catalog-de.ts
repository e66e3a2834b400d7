/** All German words in one file that only those fetch who read them. */
import { de } from './de.ts'
import { errorsDe } from './errors-de.ts'

export const catalogDe = { words: de, errors: errorsDe }
