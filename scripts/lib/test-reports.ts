/** What the reports (JSON) of Vitest and Playwright say: counts, what failed, what only a second try has saved. */

export interface Counts { passed: number, failed: number, skipped: number }

export interface FileReport {
  /** Absolute path. */
  file: string
  isFailed: boolean
  tests: readonly { name: string, status: 'passed' | 'failed' | 'skipped' }[]
}

interface VitestJson {
  testResults: readonly { name: string, status: string, assertionResults: readonly { fullName: string, status: string }[] }[]
}

export function readVitestReport (json: string): FileReport[] {
  return (JSON.parse(json) as VitestJson).testResults.map(({ name, status, assertionResults }) => ({
    file: name,
    isFailed: status === 'failed',
    tests: assertionResults.map((test) =>
      ({ name: test.fullName, status: test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped' }))
  }))
}

/** A file that failed without a failed test of its own (it did not load, a hook threw) counts as one failure. */
export function countTests (files: readonly FileReport[]): Counts {
  const count = (status: string): number => files.reduce((sum, { tests }) => sum + tests.filter((test) => test.status === status).length, 0)
  return { passed: count('passed'), failed: count('failed') + files.filter(failedAsWhole).length, skipped: count('skipped') }
}

/** `second` stands in place of what `first` says about the same files. `flaky`: `file > test` of what failed first and then passed. */
export function withSecondTry (first: readonly FileReport[], second: readonly FileReport[]): { files: FileReport[], flaky: string[] } {
  const again = new Map(second.map((report) => [report.file, report]))
  const flaky = first.flatMap((report) => {
    const then = again.get(report.file)
    if (then === undefined) return []
    const passes = (name: string): boolean => then.tests.some((test) => test.name === name && test.status === 'passed')
    const tests = report.tests.filter(({ name, status }) => status === 'failed' && passes(name)).map(({ name }) => `${report.file} > ${name}`)
    return failedAsWhole(report) && !then.isFailed ? [...tests, `${report.file} > (the file itself)`] : tests
  })
  return { files: first.map((report) => again.get(report.file) ?? report), flaky }
}

const failedAsWhole = ({ isFailed, tests }: FileReport): boolean => isFailed && tests.every(({ status }) => status !== 'failed')

export interface StoriesReport extends Counts {
  /** `file > title` of each story that failed and passed when it was tried again. */
  flaky: string[]
  /** Why stories were skipped, each reason once. */
  skipReasons: Set<string>
}

export function readPlaywrightReport (json: string): StoriesReport {
  const flaky: string[] = []
  const skipReasons = new Set<string>()
  const report = JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if (isSpec(value) && value.tests.some(({ status }) => status === 'flaky')) flaky.push(`${value.file} > ${value.title}`)
    if ('type' in value && value.type === 'skip' && 'description' in value && typeof value.description === 'string') skipReasons.add(value.description)
    return value
  }) as { stats: Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number> }
  const { expected, unexpected, flaky: saved, skipped } = report.stats
  return { passed: expected + saved, failed: unexpected, skipped, flaky, skipReasons }
}

const isSpec = (value: object): value is { file: string, title: string, tests: { status: string }[] } =>
  'file' in value && 'title' in value && 'tests' in value && Array.isArray(value.tests)
