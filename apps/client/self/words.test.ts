import { expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import { fromHex, toHex } from '#shared/ids.ts'
import { createRootEntropy } from '../identity/index.ts'
import { entropyOf, wordsOf } from './words.ts'

const LEGAL = 'legal winner thank year wave sausage worth useful legal winner thank yellow'

const detailsOf = (text: string): unknown => {
  try {
    return entropyOf(text)
  } catch (error) {
    expect(error).toBeInstanceOf(ParleyError)
    expect((error as ParleyError).code).toBe('words-wrong')
    return (error as ParleyError).details
  }
}

it('writes the test vectors of BIP39, and reads them', () => {
  expect(wordsOf(new Uint8Array(16).fill(0x7f)).join(' ')).toBe(LEGAL)
  expect(toHex(entropyOf(LEGAL))).toBe('7f'.repeat(16))
  expect(wordsOf(fromHex('9e885d952ad362caeb4efe34a8e91bd2')).join(' '))
    .toBe('ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic')
})

it('reads whatever it has written', () => {
  for (let i = 0; i < 50; i++) {
    const entropy = createRootEntropy()
    expect(entropyOf(wordsOf(entropy).join(' '))).toEqual(entropy)
  }
})

it('does not mind capitals, line breaks, commas and numbers between the words', () => {
  const numbered = LEGAL.split(' ').map((word, i) => `${i + 1}. ${word.toUpperCase()},`).join('\n')
  expect(toHex(entropyOf(`  ${numbered}\t`))).toBe('7f'.repeat(16))
})

it('names the word that is none of the list', () => {
  expect(detailsOf(LEGAL.replace('sausage', 'sausge'))).toEqual({ word: 'sausge', position: 6, count: 12 })
})

it('counts words that are missing or too many', () => {
  expect(detailsOf(LEGAL.split(' ').slice(1).join(' '))).toEqual({ count: 11 })
  expect(detailsOf(`${LEGAL} legal`)).toEqual({ count: 13 })
  expect(detailsOf('')).toEqual({ count: 0 })
})

it('finds words in the wrong order by their checksum', () => {
  expect(detailsOf(LEGAL.replace('legal winner', 'winner legal'))).toEqual({})
})
