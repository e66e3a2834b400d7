import { useLanguage } from '../state/app-context.ts'
import type { LanguageCode } from './index.ts'

export interface FeatureWords<Words> {
  readonly of: (code: LanguageCode) => Words
  readonly use: () => Words
}

/** The words of one feature, which stand in its own folder: `words-en.ts` says which there are, the other languages follow its type. */
export function featureWords<Words> (catalogs: Record<LanguageCode, Words>): FeatureWords<Words> {
  return { of: (code) => catalogs[code], use: () => catalogs[useLanguage().code] }
}
