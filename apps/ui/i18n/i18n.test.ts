import { beforeAll, describe, expect, test } from 'vitest'
import { ERROR_CODES, ParleyError, type ErrorCode } from '#shared/errors.ts'
import { NAME_FAULTS } from '#shared/names/check-name.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { daysBetween, isoTime, LANGUAGES, languageNames, languageOf, loadLanguage, pickLanguage } from './index.ts'

const leaves = (value: unknown, path = ''): [string, unknown][] => typeof value === 'object' && value !== null
  ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`))
  : [[path, value]]

beforeAll(async () => { await Promise.all(LANGUAGES.map(loadLanguage)) })

describe('catalogs', () => {
  test('a language has the name that its own words give it', () => {
    for (const code of LANGUAGES) expect(languageOf(code, [code]).words.languageName).toBe(languageNames[code])
  })

  test('German has the words that English has, and none is empty', () => {
    expect(leaves(de).map(([path]) => path).sort()).toEqual(leaves(en).map(([path]) => path).sort())
    for (const [path, value] of [...leaves(en), ...leaves(de)]) expect(value, path).not.toBe('')
  })

  test.each(LANGUAGES)('every error has words in %s: what happened and what to do', (code) => {
    const { errorWords } = languageOf(code, [code])
    for (const error of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const { what, next } = errorWords(new ParleyError(error))
      expect(what, error).toMatch(/[.]$/)
      expect(next, error).toMatch(/[.]$/)
      expect(`${what} ${next}`, error).not.toMatch(/undefined|null|NaN|\[object/)
    }
  })

  test.each(LANGUAGES)('a refused name is told why, in %s, with words of its own for each reason', (code) => {
    const { errorWords } = languageOf(code, [code])
    const told = NAME_FAULTS.map((fault) => errorWords(new ParleyError('name-malformed', { details: { fault, char: '🌸' } })))
    expect(new Set(told.map(({ what }) => what)).size).toBe(NAME_FAULTS.length)
    for (const { what, next } of told) expect(`${what} ${next}`).toMatch(/^.+\. .+\.$/)
    expect(told[NAME_FAULTS.indexOf('character')]?.what).toContain('🌸')
  })

  test('the words say when to try again, in the unit that a person would use', () => {
    const { errorWords } = languageOf('en', ['en'])
    expect(errorWords(new ParleyError('code-cooldown', { details: { retryInMs: 27_400 } })).next).toContain('in 28 s')
    expect(errorWords(new ParleyError('rate-limited', { details: { retryInMs: 600_000 } })).next).toContain('in 10 minutes')
    expect(errorWords(new ParleyError('rate-limited')).next).toContain('in a moment')
  })
})

describe('the language', () => {
  test.each([
    [['en-US'], '3:08 AM'], [['en-GB'], '03:08'], [['de-DE'], '03:08']
  ] as const)('%j tells the time as %s', (preferred, told) => {
    expect(languageOf('system', preferred).time(new Date(2026, 10, 30, 3, 8).getTime()).replaceAll('\u202f', ' ')).toBe(told)
  })

  test.each([
    ['system', ['de-AT', 'en'], 'de'],
    ['system', ['fr', 'en-GB', 'de'], 'en'],
    ['system', ['ja'], 'en'],
    ['de', ['en'], 'de'],
    ['system', [], 'en']
  ] as const)('%s with %j is %s', (choice, preferred, code) => {
    expect(pickLanguage(choice, preferred)).toBe(code)
  })

  test('days are calendar days of this place, so one minute over midnight is yesterday', () => {
    const { day } = languageOf('en', ['en-GB'])
    const now = new Date(2026, 10, 20, 0, 1).getTime()
    expect(day(now - 120_000, now)).toBe('Yesterday')
    expect(day(now, now)).toBe('Today')
    expect(day(new Date(2026, 10, 13, 15).getTime(), now)).toBe('Friday 13 November')
    expect(day(new Date(2025, 10, 13, 15).getTime(), now)).toBe('13 November 2025')
    expect(daysBetween(new Date(2026, 2, 28, 12).getTime(), new Date(2026, 2, 30, 12).getTime())).toBe(2)
  })

  test.each([1e18, Number.MAX_SAFE_INTEGER, 8.64e15 + 1, 8.64e15, -1e18, NaN, Infinity, -Infinity])('a time of %s, as somebody made it up, is told all the same', (at) => {
    for (const [code, locale] of [['en', 'en-US'], ['de', 'de-DE']] as const) {
      const { time, day, moment } = languageOf(code, [locale])
      for (const told of [time(at), day(at, Date.now()), moment(at, Date.now()), isoTime(at)]) expect(told).toMatch(/^(?!.*Invalid).*\d/)
    }
    expect(new Date(isoTime(at)).toISOString()).toBe(isoTime(at))
    expect(isoTime(at)).toMatch(/^\d{4}-/)
  })
})
