/** Writes `docs/LIMITS.md` from the table of limits; a test fails while the two differ. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limitsPage } from './lib/limits-page.ts'
import { root } from './lib/run.ts'

writeFileSync(join(root, 'docs/LIMITS.md'), limitsPage())
