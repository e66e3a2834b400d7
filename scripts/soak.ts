/**
 * `npm run soak [-- --seed N] [--runs N] [--people N] [--steps N] [--history since-joining] [--twins] [--retention N] [--keep-ms N]`:
 * simulated rooms with ever new seeds, until one of them breaks a promise or it is stopped. A seed that failed is shown with what happened;
 * `--seed N --runs 1` brings it about again.
 */
import { parseArgs } from 'node:util'
import '../apps/client/testing/setup.ts'

const { describeReport, simulate } = await import('../apps/client/testing/simulation/simulate.ts')
const { values } = parseArgs({ options: {
  seed: { type: 'string' }, runs: { type: 'string' }, people: { type: 'string' }, steps: { type: 'string' }, history: { type: 'string' },
  retention: { type: 'string' }, 'keep-ms': { type: 'string' }, twins: { type: 'boolean' }
} })
const wanted = (text: string | undefined): number | undefined => text === undefined ? undefined : Number(text)
const first = wanted(values.seed) ?? Math.floor(Math.random() * 2 ** 31)
const runs = wanted(values.runs) ?? Infinity
const people = wanted(values.people), steps = wanted(values.steps), retentionCount = wanted(values.retention), retentionMs = wanted(values['keep-ms'])
const options = {
  ...(retentionMs !== undefined && { retentionMs }), ...(people !== undefined && { people }), ...(steps !== undefined && { steps }), ...(retentionCount !== undefined && { retentionCount }),
  ...(values.history === 'since-joining' && { history: 'since-joining' as const }), hasTwins: values.twins === true
}
const again = process.argv.slice(2).join(' ').replaceAll(/--(seed|runs)[ =]\S+ ?/g, '')
const TELL_EVERY = 100

const startedAt = performance.now()
let said = 0
for (let nth = 0; nth < runs; nth++) {
  const report = await simulate({ seed: first + nth, ...options })
  said += report.said
  if (report.failures.length > 0) {
    console.error(`${describeReport(report)}\n\nagain: npm run soak -- --seed ${report.seed} --runs 1 ${again}`)
    process.exit(1)
  }
  if ((nth + 1) % TELL_EVERY === 0 || nth + 1 === runs) {
    console.log(`${nth + 1} runs from seed ${first}, ${said} messages, ${((performance.now() - startedAt) / 1000).toFixed(0)} s: all promises kept`)
  }
}
