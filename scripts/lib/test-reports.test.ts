import { describe, expect, it } from 'vitest'
import { countTests, readPlaywrightReport, readVitestReport, withSecondTry } from './test-reports.ts'

const vitest = (files: Record<string, Record<string, string> | 'broken'>): string => JSON.stringify({
  testResults: Object.entries(files).map(([name, tests]) => ({
    name,
    status: tests === 'broken' || Object.values(tests).includes('failed') ? 'failed' : 'passed',
    assertionResults: tests === 'broken' ? [] : Object.entries(tests).map(([fullName, status]) => ({ fullName, status }))
  }))
})

const first = readVitestReport(vitest({
  'a.test.ts': { works: 'passed', wavers: 'failed', fails: 'failed', later: 'pending' },
  'b.test.ts': { works: 'passed' },
  'c.test.ts': 'broken'
}))

describe('the report of a run', () => {
  it('counts tests, and a file that did not load as one failure', () => {
    expect(countTests(first)).toEqual({ passed: 2, failed: 3, skipped: 1 })
    expect(first.filter(({ isFailed }) => isFailed).map(({ file }) => file)).toEqual(['a.test.ts', 'c.test.ts'])
  })

  it('counts as passed what passes on its second try, and names it', () => {
    const { files, flaky } = withSecondTry(first, readVitestReport(vitest({
      'a.test.ts': { works: 'passed', wavers: 'passed', fails: 'failed', later: 'pending' },
      'c.test.ts': { loads: 'passed' }
    })))
    expect(countTests(files)).toEqual({ passed: 4, failed: 1, skipped: 1 })
    expect(flaky).toEqual(['a.test.ts > wavers', 'c.test.ts > (the file itself)'])
  })

  it('counts as failed what fails only on its second try', () => {
    const { files, flaky } = withSecondTry(first, readVitestReport(vitest({
      'a.test.ts': { works: 'failed', wavers: 'passed', fails: 'passed', later: 'pending' },
      'c.test.ts': 'broken'
    })))
    expect(countTests(files)).toEqual({ passed: 3, failed: 2, skipped: 1 })
    expect(flaky).toEqual(['a.test.ts > wavers', 'a.test.ts > fails'])
  })

  it('keeps the first word on what was not tried again', () => {
    const { files, flaky } = withSecondTry(first, [])
    expect([files, flaky]).toEqual([first, []])
  })

  it('names the stories that only a second try has saved', () => {
    const report = readPlaywrightReport(JSON.stringify({
      stats: { expected: 2, unexpected: 1, flaky: 1, skipped: 1 },
      suites: [{
        specs: [
          { title: 'two people talk', file: 'talk.spec.ts', tests: [{ status: 'flaky', annotations: [] }] },
          { title: 'on the desktop', file: 'desktop.spec.ts', tests: [{ status: 'skipped', annotations: [{ type: 'skip', description: 'no Electron' }] }] }
        ]
      }]
    }))
    expect(report).toEqual({ passed: 3, failed: 1, skipped: 1, flaky: ['talk.spec.ts > two people talk'], skipReasons: new Set(['no Electron']) })
  })
})
