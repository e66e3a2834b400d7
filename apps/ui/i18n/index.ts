/**
 * Words. English defines which there are, every other language is checked against it by the compiler, errors against the one list of
 * codes. A language is three exports of this shape; times and dates come from `Intl`.
 *
 *   await loadLanguage(pickLanguage('system', navigator.languages))
 *   const language = languageOf('system', navigator.languages)
 *   language.words.room.invite            // "Invite"
 *   language.errorWords(error).what       // "This code is wrong."
 *   language.time(Date.now())             // "14:05"
 */
import type { ParleyError } from '#shared/errors.ts'
import { showableTime } from '#shared/time.ts'
import { en, type Messages } from './en.ts'
import type { ErrorWords } from './error-words.ts'
import { errorsEn } from './errors-en.ts'

export type { ErrorWords, Messages }

export const LANGUAGES = ['en', 'de'] as const
export type LanguageCode = typeof LANGUAGES[number]
export type LanguageChoice = LanguageCode | 'system'

export interface Language {
  code: LanguageCode
  words: Messages
  errorWords: (error: ParleyError) => ErrorWords
  /** Hour and minute of a Unix time in ms. */
  time: (at: number) => string
  /** With the thousands set apart: 10,000. */
  number: (n: number) => string
  /** "Today", "Yesterday", else weekday and date, with the year when it is not this one. */
  day: (at: number, now: number) => string
  /** Day and time in one, for titles and "last seen". */
  moment: (at: number, now: number) => string
}

interface Catalog { words: Messages, errors: typeof errorsEn }

/** English is always there; the others are fetched by whoever reads them. */
const catalogs: Partial<Record<LanguageCode, Catalog>> & { en: Catalog } = { en: { words: en, errors: errorsEn } }
const loaders: Record<LanguageCode, () => Promise<Catalog>> = {
  en: () => Promise.resolve(catalogs.en),
  de: async () => (await import('./catalog-de.ts')).catalogDe
}
export const languageNames: Record<LanguageCode, string> = { en: 'English', de: 'Deutsch' }

/** Makes the words of a language known to `languageOf`, which answers in English until then. */
export async function loadLanguage (code: LanguageCode): Promise<void> {
  catalogs[code] ??= await loaders[code]()
}

/** The first language the person prefers that there are words for; English when there is none. */
export function pickLanguage (choice: LanguageChoice, preferred: readonly string[]): LanguageCode {
  if (choice !== 'system') return choice
  for (const tag of preferred) {
    const found = LANGUAGES.find((code) => tag.toLowerCase().split('-')[0] === code)
    if (found !== undefined) return found
  }
  return 'en'
}

/** @param preferred BCP 47 tags in order of preference, as `navigator.languages`; they also choose between 14:05 and 2:05 PM. */
export function languageOf (choice: LanguageChoice, preferred: readonly string[]): Language {
  const code = pickLanguage(choice, preferred)
  const { words, errors } = catalogs[code] ?? catalogs.en
  const locale = preferred.find((tag) => tag.toLowerCase().startsWith(code)) ?? code
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const date = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const count = new Intl.NumberFormat(locale)
  const dateWithYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })

  const day = (at: number, now: number): string => {
    const days = daysBetween(at, now)
    if (days === 0) return words.messages.today
    if (days === 1) return words.messages.yesterday
    return new Date(at).getFullYear() === new Date(now).getFullYear() ? date.format(at) : dateWithYear.format(at)
  }

  return {
    code,
    words,
    errorWords: (error) => errors[error.code](error.details),
    // RULE: a time that somebody else wrote is shown or clamped; it never throws.
    time: (at) => clock.format(showableTime(at)),
    number: (n) => count.format(n),
    day: (at, now) => day(showableTime(at), now),
    moment: (at, now) => daysBetween(showableTime(at), now) === 0 ? clock.format(showableTime(at)) : `${day(showableTime(at), now)}, ${clock.format(showableTime(at))}`
  }
}

/** For `<time dateTime>` and what is copied. */
export const isoTime = (at: number): string => new Date(showableTime(at)).toISOString()

/** Calendar days of the local time zone from `at` to `now`; a day with 23 or 25 hours counts as one. */
export function daysBetween (at: number, now: number): number {
  return Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000)
}
