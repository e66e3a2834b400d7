/** As simulation.test.ts, with rooms of eight to fifty: fewer runs, since everybody speaks with everybody. */
import { expect, it } from 'vitest'
import { describeReport, simulateMany } from '../testing/simulation/simulate.ts'

/** Of real time for each size; a machine that is busy with something else does fewer runs, and at least one. */
const BUDGET_MS = 12_000

const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

it.each([
  { people: 8, steps: 30, seeds: 100 },
  { people: 12, steps: 40, seeds: 40 },
  { people: 24, steps: 40, seeds: 2 },
  { people: 50, steps: 30, seeds: 1 }
])('a room of $people keeps its promises', async ({ people, steps, seeds }) => {
  const { runs, said, failed } = await simulateMany(seedsFrom(10_000 * people, seeds), { people, steps }, { stopAfterMs: BUDGET_MS })
  expect(failed.map(describeReport).slice(0, 3).join('\n\n')).toBe('')
  console.log(`${runs} runs with ${people} people, ${said} messages`)
}, 300_000)
