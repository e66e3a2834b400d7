import { callDe } from '../../i18n/call-de.ts'
import { callEn, type CallWords } from '../../i18n/call-en.ts'
import { useLanguage } from '../../state/app-context.ts'

const catalogs = { en: callEn, de: callDe }

export const useCallWords = (): CallWords => catalogs[useLanguage().code]
