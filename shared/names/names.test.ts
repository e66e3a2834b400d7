import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { NAME_MAX_CHARS } from '../limits.ts'
import { checkName, type NameFault } from './check-name.ts'
import { cleanLine } from './clean-line.ts'
import { isAlike, toSkeleton } from './look-alike.ts'

describe('ordinary names of people everywhere are names', () => {
  test.each([
    'Amber Otter 42', 'Magnificent Hippopotamus 4242', 'O’Brien', 'O\'Brien', 'D\'Angelo', '’t Hooft', 'J. R. Smith', 'J.-P. Sartre', 'Sammy Davis Jr.',
    'Mary-Jane', 'Mary‐Jane', 'Anna-Lena_7', 'Jesus\'', 'María José', 'José', 'Søren', 'Łukasz', 'İbrahim', 'Þórður', 'Ngũgĩ wa Thiong’o', 'Gal·la', 'Straße 42',
    'Nguyễn Văn A', 'Nguye\u0302\u0303n', 'Kūʻēlani', 'Nǃxau', 'Zoë', 'Ö', '李', '李小龙', '山田 太郎', 'さくら', 'マイケル・ジョーダン', '김', '김민준', '〇田',
    '佐々木', 'ꀊꁌ', 'Ναυσικά', 'Владимир', 'Ёлка', 'Հայկ', 'თამარ', 'ترانه', 'محمد', 'مُحَمَّد', 'علی\u200cرضا', 'שָׂרָה', 'צ׳ארלי', 'हिन्दी', 'श्रीकृष्ण',
    'ක්\u200dරිස්ටි', 'தமிழ்', 'สมชาย', 'ນາງ', 'မြို့', 'សុខា', 'བསྟན་འཛིན'.replace('་', ' '), 'አበበ', 'ᏣᎳᎩ', 'ᠮᠣᠩᠭᠣᠯ', 'Дмитро 2', '٣ محمد', 'Ken 太郎', 'Ivan Иванов'
  ].filter((name) => name !== 'Ö').map((name) => [name]))('%s', (name) => {
    expect(checkName(name)).toEqual({ name: name.normalize('NFC') })
  })

  it('is stored without space around it, in the composed form', () => {
    expect(checkName('  Jose\u0301 ')).toEqual({ name: 'José' })
  })
})

describe('what others could not see, read or tell apart is no name, and says why', () => {
  test.each<[string, NameFault]>([
    ['', 'too-short'], ['   ', 'too-short'], ['x', 'too-short'], ['Ö', 'too-short'], ['7', 'too-short'],
    ['A'.repeat(NAME_MAX_CHARS + 1), 'too-long'],
    ['\u3164', 'invisible'], ['ㅤㅤ', 'invisible'], ['\u115f\u1160', 'invisible'], ['\uffa0', 'invisible'], ['\u2800', 'invisible'], ['Bob\u2800', 'invisible'],
    ['Bo\u200bb', 'invisible'], ['B\u00adob', 'invisible'], ['Bob\ufeff.', 'invisible'], ['Bo\u2060b', 'invisible'], ['Bob\ufe0f', 'invisible'], ['Bo\u034fb', 'invisible'],
    ['Bob\u{e0041}', 'invisible'], ['Bo\u200db', 'invisible'], ['Bo\u200cb', 'invisible'], ['\u200cمحمد', 'invisible'],
    ['right\u202eleft', 'invisible'], ['\u2067Bob\u2069', 'invisible'], ['Bob\u061c1', 'invisible'], ['line\nbreak', 'invisible'], ['tab\tbed', 'invisible'], ['nul\0', 'invisible'],
    ['\ue000\ue001', 'character'], ['Bob\u{10ffff}', 'character'], ['Bob\u0378', 'character'], ['half\ud83d', 'character'],
    ['😀', 'character'], ['Anna 🌸', 'character'], ['<b>', 'character'], ['a@b.example', 'character'], ['Bob\u00a0Smith', 'character'], ['𝐀𝐥𝐢𝐜𝐞', 'character'],
    ['Bob ✓', 'character'], ['№ 5', 'character'], ['Ⅳ', 'character'], ['½ ½', 'character'], ['Bob, Jr.', 'character'], ['a\u20ddb', 'character'],
    ['z\u0300\u0301\u0302\u0303\u0304algo', 'marks'], ['\u0301Bob', 'marks'], ['a \u0301b', 'marks'], ['o\u0308\u0308\u0308\u0308', 'marks'],
    ['...', 'punctuation'], ['- -', 'punctuation'], ['\'\'', 'punctuation'], ['two  spaces', 'punctuation'], ['-dash', 'punctuation'], ['dash-', 'punctuation'], ['.Bob', 'punctuation'],
    ['Bob..', 'punctuation'], ['B--b', 'punctuation'], ['B. - C', 'punctuation'],
    ['Аlice', 'mixed-scripts'], ['Alicе', 'mixed-scripts'], ['Boβ', 'mixed-scripts'], ['Раyраl', 'mixed-scripts'], ['О’Brien', 'mixed-scripts'], ['Anna Bаker', 'mixed-scripts']
  ])('%j: %s', (text, fault) => {
    expect(checkName(text)).toMatchObject({ fault })
  })

  it('does not take the time to compose a text of a megabyte', () => {
    expect(checkName('A\u0301'.repeat(500_000))).toEqual({ fault: 'too-long' })
  })

  it('names the character that no name has', () => {
    expect(checkName('Anna 🌸')).toEqual({ fault: 'character', char: '🌸' })
  })

  it('judges any text without throwing, and the same again', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const first = checkName(text)
      if ('name' in first) expect(checkName(first.name)).toEqual(first)
    }))
  })
})

describe('names that look alike', () => {
  test.each([
    ['Alice', 'Аlice'], ['Alice', 'ALICE'], ['Alice', 'AIice'], ['Alice', 'A1ice'], ['Alice', 'Ａｌｉｃｅ'], ['Alice', 'Al\u200bice'], ['Alice', 'Ali\u115fce'], ['Alice', 'Alice.'],
    ['paypal', 'раураӀ'], ['Paypal', 'PaypaI'], ['PAYPAL', 'PΑYPΑL'], ['Emma', 'Ernrna'], ['Bob', 'B0b'], ['Bob', 'Воb'], ['Bob', 'ВОВ'.replace(/В$/, 'b')],
    ['Mary-Jane', 'Mary Jane'], ['O’Brien', 'O\'Brien'], ['OBrien', 'ОВriеn'], ['Amber Otter 41', 'Amber Otter 4l'], ['Ivan', 'lvan'], ['José', 'Jose\u0301'], ['Straße', 'STRASSE'],
    ['scope', 'ѕсоре'], ['Οlga', 'Olga'], ['Lisa', 'ꓡisa'], ['Søren', 'So\u0338ren']
  ])('%s and %s', (one, other) => {
    expect(isAlike(one, other)).toBe(true)
  })

  test.each([
    ['Alice', 'Alise'], ['José', 'Jose'], ['Ali', 'All'], ['Amber Otter 42', 'Amber Otter 43'], ['李', '季'], ['Иван', 'Иванна'], ['محمد', 'محمود'], ['Søren', 'Soren'], ['Anna', 'Hanna']
  ])('%s and %s do not', (one, other) => {
    expect(isAlike(one, other)).toBe(false)
  })

  it('is nothing for what has no letters', () => {
    for (const text of ['', '...', '\u3164', '😀']) expect(toSkeleton(text)).toBe('')
    expect(isAlike('...', '-')).toBe(false)
  })
})

describe('a line of others', () => {
  test.each([
    ['Kitchen', 'Kitchen'], ['  Kitchen \n sink ', 'Kitchen sink'], ['\u202egnihctiK', 'gnihctiK'], ['\u2066Kit\u2069chen\u200f', 'Kitchen'], ['Kit\u200bchen\u00ad', 'Kitchen'],
    ['\u3164', ''], ['\u2800 \u115f', ''], ['\u0301', ''], ['', ''], ['\ufe0f\u200d', ''], ['👩‍🚀 crew', '👩‍🚀 crew'], ['❤️', '❤️'], ['...', '...'], ['علی‌رضا', 'علی‌رضا'],
    ['Z\u0300\u0301\u0302\u0303\u0304\u0305', 'Z\u0300\u0301'], ['bell\u0007', 'bell'], ['\ue000private', 'private'], ['مطبخ', 'مطبخ'], ['a\u2028b', 'a b']
  ])('%j is shown as %j', (text, shown) => {
    expect(cleanLine(text)).toBe(shown)
    expect(cleanLine(shown)).toBe(shown)
  })
})
