export type PassphraseLength = 'short' | 'fair' | 'good'

/** Four words of a dice list are some twenty characters. */
const GOOD_CHARS = 20

/** Only length is judged: rules about digits and signs make passphrases that are forgotten rather than strong. */
export const judgeLength = (passphrase: string, minChars: number): PassphraseLength => {
  const { length } = passphrase
  if (length < minChars) return 'short'
  return length < GOOD_CHARS ? 'fair' : 'good'
}
