/**
 * `npm test` after setup: everything that has to hold before a change is kept. A failed step does not end the run; the last line says
 * `N passed, N failed`, where each unit test, each browser test and each step without tests of its own counts as one.
 *
 * A test that fails is tried once more. What fails twice has failed; what then passes counts as passed, and a line `FLAKY: …` names
 * it, since it is a bug all the same.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { provideChromium } from './lib/chromium.ts'
import { provideServers } from './lib/debian.ts'
import { cache, root, run, runQuietly } from './lib/run.ts'
import { countTests, readPlaywrightReport, readVitestReport, withSecondTry, type Counts, type FileReport } from './lib/test-reports.ts'

type Outcome = Counts & { isOk: boolean, flaky: readonly string[] }

interface Step {
  name: string
  /** Resolves with what came of it. Rejects when it left no report. */
  run: () => Promise<Outcome>
}

/** Scripts of package.json that read the sources, each on one core: they run side by side, lint first, since it takes the longest. */
const checks = { 'lint': 'lint', 'types': 'types', 'cycles': 'cycles', 'dead code': 'dead' } as const

const steps: readonly Step[] = [
  { name: 'unit and integration', run: unitTests },
  { name: 'mutants of the membership rules', run: async () => await whole(process.execPath, 'scripts/mutants.ts', '--seconds', '25') },
  { name: 'build', run: async () => await whole(process.execPath, 'scripts/build.ts') },
  { name: 'desktop package', run: async () => await whole(process.execPath, 'scripts/package-test.ts') },
  { name: 'attacks on the built node and client', run: async () => await stories('adversary', '--workers=2') },
  { name: 'stories of rooms in Chromium', run: async () => await stories('rooms', '--workers=2') },
  { name: 'stories of calls in Chromium', run: async () => await stories('calls') }
]

/** A program that is one test as a whole. */
async function whole (program: string, ...args: readonly string[]): Promise<Outcome> {
  const isOk = await run(program, args) === 0
  return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, skipped: 0, isOk, flaky: [] }
}

async function unitTests (): Promise<Outcome> {
  const first = await vitest('vitest.json', [])
  const failed = first.files.filter(({ isFailed }) => isFailed).map(({ file }) => file)
  if (failed.length === 0) return { ...countTests(first.files), isOk: first.isOk, flaky: [] }
  console.log(`\n${failed.length} file(s) with failures: once more, alone`)
  const second = await vitest('vitest-again.json', [...failed, '--no-file-parallelism'])
  const { files, flaky } = withSecondTry(first.files, second.files)
  return { ...countTests(files), isOk: second.isOk, flaky: flaky.map((name) => relative(root, name)) }
}

async function vitest (reportName: string, args: readonly string[]): Promise<{ isOk: boolean, files: FileReport[] }> {
  const report = join(cache, reportName)
  rmSync(report, { force: true })
  const code = await run('vitest', ['run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
  return { isOk: code === 0, files: readVitestReport(readFileSync(report, 'utf8')) }
}

async function stories (project: string, ...args: readonly string[]): Promise<Outcome> {
  const report = join(cache, `stories-of-${project}.json`)
  rmSync(report, { force: true })
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  const code = await run('playwright', ['test', `--project=${project}`, ...args, '--retries=1', '--reporter=list,json'], { env })
  const { skipReasons, ...outcome } = readPlaywrightReport(readFileSync(report, 'utf8'))
  for (const reason of skipReasons) console.log(`skipped: ${reason}`)
  return { ...outcome, isOk: code === 0 }
}

const printHeading = (name: string): void => console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 60 - name.length))}`)

async function runCheck (name: string, script: string): Promise<Outcome & { line: string }> {
  const startedAt = Date.now()
  const { code, output } = await runQuietly('npm', ['run', '--silent', script])
  printHeading(name)
  if (output !== '') console.log(output.trimEnd())
  const isOk = code === 0
  const line = describeStep(name, isOk, startedAt)
  console.log(line)
  return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, skipped: 0, isOk, flaky: [], line }
}

const describeStep = (name: string, isOk: boolean, startedAt: number): string =>
  `${isOk ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`

async function runStep (step: Step): Promise<Outcome & { line: string }> {
  printHeading(step.name)
  const startedAt = Date.now()
  const outcome = await step.run().catch((error: unknown): Outcome => {
    console.error(`${step.name}: no report (${error instanceof Error ? error.message : String(error)})`)
    return { passed: 0, failed: 1, skipped: 0, isOk: false, flaky: [] }
  })
  // A step that ended badly without a failed test of its own (a crash, an error outside of any test) still counts as one failure.
  const failed = outcome.isOk ? outcome.failed : Math.max(1, outcome.failed)
  const line = describeStep(step.name, outcome.isOk, startedAt)
  console.log(line)
  return { ...outcome, failed, line }
}

mkdirSync(cache, { recursive: true })
const results: (Outcome & { line: string })[] = []
try {
  console.log(`Browser: ${await provideChromium()}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  results.push({ passed: 0, failed: 1, skipped: 0, isOk: false, flaky: [], line: 'FAILED browser' })
}
await provideServers()
results.push(...await Promise.all(Object.entries(checks).map(async ([name, script]) => await runCheck(name, script))))
for (const step of steps) results.push(await runStep(step))

const sum = (key: keyof Counts): number => results.reduce((total, result) => total + result[key], 0)
console.log(`\n${results.map((result) => result.line).join('\n')}\n`)
const flaky = results.flatMap((result) => result.flaky)
if (flaky.length > 0) console.log(`${flaky.map((name) => `FLAKY: ${name}`).join('\n')}\nEach FLAKY line is a bug (docs/CONTRIBUTING.md).\n`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`)
process.exit(sum('failed') === 0 ? 0 : 1)
