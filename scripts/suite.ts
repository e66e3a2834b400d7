/**
 * `npm test` after setup: everything that has to hold before a change is kept. A failed step does not end the run; the last line says
 * `N passed, N failed`, where each unit test, each browser test and each step without tests of its own counts as one.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { provideChromium } from './lib/chromium.ts'
import { cache, run } from './lib/run.ts'

interface Counts { passed: number, failed: number, skipped: number }

interface Step {
  name: string
  program: string
  args: readonly string[]
  env?: Record<string, string>
  /** Reads what the step's reporter wrote. Without it the step itself is the one test. */
  count?: () => Counts
}

const vitestReport = join(cache, 'vitest.json')
const playwrightReport = join(cache, 'playwright.json')

const steps: readonly Step[] = [
  { name: 'types', program: 'npm', args: ['run', '--silent', 'types'] },
  { name: 'lint', program: 'npm', args: ['run', '--silent', 'lint'] },
  { name: 'cycles', program: 'npm', args: ['run', '--silent', 'cycles'] },
  { name: 'dead code', program: 'npm', args: ['run', '--silent', 'dead'] },
  {
    name: 'unit and integration',
    program: 'vitest',
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
    count: countVitest
  },
  { name: 'build', program: process.execPath, args: ['scripts/build.ts'] },
  { name: 'desktop package', program: process.execPath, args: ['scripts/package-test.ts'] },
  { name: 'stories in Chromium', program: 'playwright', args: ['test', '--reporter=list,json'], env: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport }, count: countPlaywright }
]

function countVitest (): Counts {
  const report = JSON.parse(readFileSync(vitestReport, 'utf8')) as Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests', number>
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests + report.numTodoTests }
}

function countPlaywright (): Counts {
  const text = readFileSync(playwrightReport, 'utf8')
  const { stats } = JSON.parse(text) as { stats: Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number> }
  for (const reason of skipReasons(text)) console.log(`skipped: ${reason}`)
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }
}

/** Why stories were skipped, each reason once, wherever in the report it stands. */
function skipReasons (report: string): Set<string> {
  const reasons = new Set<string>()
  JSON.parse(report, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'skip') return value
    if ('description' in value && typeof value.description === 'string') reasons.add(value.description)
    return value
  })
  return reasons
}

async function runStep (step: Step): Promise<Counts & { line: string }> {
  console.log(`\n── ${step.name} ${'─'.repeat(Math.max(0, 60 - step.name.length))}`)
  const startedAt = Date.now()
  const code = await run(step.program, step.args, { env: { ...process.env, ...step.env } })
  const counts = readCounts(step, code === 0)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const line = `${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`
  console.log(line)
  return { ...counts, line }
}

/** A step that ended badly without a failed test of its own (a crash, a file that does not load) still counts as one failure. */
function readCounts (step: Step, ok: boolean): Counts {
  if (step.count === undefined) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    counts = step.count()
  } catch (error) {
    console.error(`${step.name}: no report (${error instanceof Error ? error.message : String(error)})`)
    ok = false
  }
  return !ok && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

mkdirSync(cache, { recursive: true })
for (const report of [vitestReport, playwrightReport]) rmSync(report, { force: true })

const results: (Counts & { line: string })[] = []
try {
  console.log(`Browser: ${await provideChromium()}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  results.push({ passed: 0, failed: 1, skipped: 0, line: 'FAILED browser' })
}
for (const step of steps) results.push(await runStep(step))

const sum = (key: keyof Counts): number => results.reduce((total, result) => total + result[key], 0)
console.log(`\n${results.map((result) => result.line).join('\n')}\n`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`)
process.exit(sum('failed') === 0 ? 0 : 1)
