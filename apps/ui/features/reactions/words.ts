import { featureWords } from '../../i18n/feature-words.ts'
import { reactionsDe } from './words-de.ts'
import { reactionsEn } from './words-en.ts'

export const reactionWords = featureWords({ en: reactionsEn, de: reactionsDe })
