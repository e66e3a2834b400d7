import { callDe } from '../../i18n/call-de.ts'
import { callEn, type CallWords } from '../../i18n/call-en.ts'
import { featureWords } from '../../i18n/feature-words.ts'

export const { of: callWordsOf, use: useCallWords } = featureWords<CallWords>({ en: callEn, de: callDe })
