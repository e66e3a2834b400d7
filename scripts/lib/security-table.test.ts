/** docs/SECURITY.md says by which test each attack is kept out: the table is of use as long as the tests are there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './run.ts'

const rows = readFileSync(join(root, 'docs/SECURITY.md'), 'utf8').split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .flatMap(([, attack = '', tests = '']) => [...tests.matchAll(/`([^`]+\.test\.ts)`: ((?:“[^”]+”(?:, )?)+)/g)].map(([, file = '', titles = '']) => ({ attack, file, titles })))

it('names a test for each of the attacks', () => {
  expect(new Set(rows.map(({ attack }) => attack)).size).toBeGreaterThanOrEqual(17)
})

it.each(rows)('$attack: $file', ({ file, titles }) => {
  const source = readFileSync(join(root, file), 'utf8').replaceAll('\\\'', '\'')
  for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g)) expect(source).toContain(title)
})
