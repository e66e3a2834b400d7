import { expect, it } from 'vitest'
import { checkName } from '#shared/names/check-name.ts'
import { generateName, suggestName } from './index.ts'
import { ADJECTIVES, NOUNS } from './words.ts'

it('has at least 150 different words of each kind, every pair of which makes a name', () => {
  for (const list of [ADJECTIVES, NOUNS]) {
    expect(new Set(list).size).toBe(list.length)
    expect(list.length).toBeGreaterThanOrEqual(150)
    for (const word of list) expect(word).toMatch(/^[a-z]{2,11}$/)
  }
  const longest = (list: readonly string[]): string => [...list].sort((a, b) => b.length - a.length)[0] ?? ''
  const name = `${longest(ADJECTIVES)} ${longest(NOUNS)} 9999`
  expect(checkName(name)).toEqual({ name })
  expect(generateName(2)).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+ [1-9]\d$/)
})

it('passes over names that are taken, and goes on to longer numbers', async () => {
  const asked: string[] = []
  const name = await suggestName((candidate) => {
    asked.push(candidate)
    return Promise.resolve(/ \d{4}$/.test(candidate))
  })
  expect(name).toMatch(/ \d{4}$/)
  expect(asked.length).toBeGreaterThan(1)
})
