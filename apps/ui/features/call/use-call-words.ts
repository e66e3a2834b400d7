import { callDe } from '../../i18n/call-de.ts'
import { callEn, type CallWords } from '../../i18n/call-en.ts'
import type { LanguageCode } from '../../i18n/index.ts'
import { useLanguage } from '../../state/app-context.ts'

const catalogs: Record<LanguageCode, CallWords> = { en: callEn, de: callDe }

export const callWordsOf = (code: LanguageCode): CallWords => catalogs[code]
export const useCallWords = (): CallWords => callWordsOf(useLanguage().code)
