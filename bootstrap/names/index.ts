/**
 * Names to begin with: adjective, noun and number, such as "Amber Otter 42". More than two million of them before longer
 * numbers are needed.
 */
import { randomInt } from 'node:crypto'
import { ADJECTIVES, NOUNS } from './words.ts'

/** Tries before numbers of four digits: with a tenth of all names taken, fewer than one in a hundred million gets that far. */
const SHORT_TRIES = 8
const TRIES = 32

/** A name that is free right now; nothing is reserved. */
export async function suggestName (isFree: (name: string) => Promise<boolean>): Promise<string> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const name = generateName(attempt < SHORT_TRIES ? 2 : 4)
    if (await isFree(name)) return name
  }
  throw new Error(`no free name in ${TRIES} tries`)
}

/** @param digits of the number, without leading zeros. */
export function generateName (digits: 2 | 4): string {
  const number = randomInt(10 ** (digits - 1), 10 ** digits)
  return `${capitalise(pick(ADJECTIVES))} ${capitalise(pick(NOUNS))} ${number}`
}

function pick (words: readonly string[]): string {
  return words[randomInt(words.length)] ?? ''
}

function capitalise (word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
