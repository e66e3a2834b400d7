/** What a bench answers with, as people read it (a table) and as machines do (`bench/out/<bench>.json`, the shape of docs/PERFORMANCE.md). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { root } from '../../../scripts/lib/run.ts'
import type { Machine } from './machine.ts'
import { percentiles } from './percentiles.ts'

export interface Result {
  /** Kebab-case and stable: results are compared over releases by it. */
  metric: string
  unit: 'ms' | 'B' | 'kB' | 'MB' | 'messages/s' | 'round trips' | 'tasks' | 'left' | 'links' | 'times' | '%'
  value: number
  p50?: number
  p95?: number
  p99?: number
  /** Not more than this; for a rate, a share or how many times as fast, not less. */
  goal?: number
  /** What `value` is compared with, measured in the same run. */
  reference?: { name: string, value: number }
  /** `value` by the reference's value: below 1 is better than the reference. */
  ratio?: number
}

export interface Report { bench: string, measuredAt: string, machine: Machine, results: readonly Result[] }

export interface Bench {
  name: string
  /** What is measured, in half a sentence. */
  summary: string
  run(): Promise<Result[]>
}

const round = (value: number): number => Number(value.toPrecision(4))

/** A result from samples: its value is the median. */
export function resultOf (metric: string, samples: readonly number[], options: { goal?: number, reference?: { name: string, samples: readonly number[] } } = {}): Result {
  const { p50, p95, p99 } = percentiles(samples)
  const result: Result = { metric, unit: 'ms', value: round(p50), p50: round(p50), p95: round(p95), p99: round(p99) }
  if (options.goal !== undefined) result.goal = options.goal
  if (options.reference !== undefined) {
    const value = percentiles(options.reference.samples).p50
    result.reference = { name: options.reference.name, value: round(value) }
    result.ratio = round(p50 / value)
  }
  return result
}

export function printReport (report: Report): void {
  console.table(Object.fromEntries(report.results.map((result) => [result.metric, {
    value: `${result.value} ${result.unit}`,
    p95: result.p95 ?? '',
    p99: result.p99 ?? '',
    goal: describeGoal(result),
    reference: result.reference === undefined ? '' : `${result.reference.name} ${result.reference.value}`,
    ratio: result.ratio ?? ''
  }])))
}

function describeGoal ({ unit, value, goal }: Result): string {
  if (goal === undefined) return ''
  const isMoreBetter = unit === 'messages/s' || unit === 'times' || unit === '%'
  return `${isMoreBetter ? '≥' : '≤'} ${goal} ${(isMoreBetter ? value >= goal : value <= goal) ? '✓' : '✗'}`
}

/** @returns The file's path from the root of the checkout. */
export async function writeReport (report: Report): Promise<string> {
  const folder = join(root, 'bench/out')
  const file = join(folder, `${report.bench}.json`)
  await mkdir(folder, { recursive: true })
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
  return relative(root, file)
}
