import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { limitsPage } from './limits-page.ts'
import { root } from './run.ts'

it('the page of limits says what the table says (node scripts/limits.ts writes it)', () => {
  expect(readFileSync(join(root, 'docs/LIMITS.md'), 'utf8')).toBe(limitsPage())
})
