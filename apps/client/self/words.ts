/** The twelve words: the entropy of the root key as BIP39 writes it, in English. Loaded when somebody asks for them, for the size of the list. */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { ParleyError } from '#shared/errors.ts'
import { concat } from '#shared/wire/envelope.ts'

const WORDS = 12
const KNOWN = new Set(wordlist)

/** @param entropy 16 bytes */
export const wordsOf = (entropy: Uint8Array): string[] => entropyToMnemonic(entropy, wordlist).split(' ')

/**
 * The entropy of words as somebody typed them: in any case, with whatever between them, numbered or not.
 * @throws {ParleyError} `words-wrong`; with `word` and `position` (from 1) for the first that is none of the list, with `count` when there are
 * not twelve, without either when the checksum does not fit
 */
export function entropyOf (text: string): Uint8Array<ArrayBuffer> {
  const words = text.normalize('NFKD').toLowerCase().split(/[^\p{L}\p{M}]+/u).filter((word) => word !== '')
  const position = words.findIndex((word) => !KNOWN.has(word))
  if (position >= 0) throw new ParleyError('words-wrong', { details: { word: words[position] ?? '', position: position + 1, count: words.length } })
  if (words.length !== WORDS) throw new ParleyError('words-wrong', { details: { count: words.length } })
  try {
    return concat(mnemonicToEntropy(words.join(' '), wordlist))
  } catch (cause) {
    throw new ParleyError('words-wrong', { cause })
  }
}
