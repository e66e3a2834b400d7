/**
 * `npm run bench [-- <bench> …]`: measures the real product in a real Chromium, and next to it, in the same run, what it is to be compared
 * with. Prints a table per bench and writes `bench/out/<bench>.json`. docs/PERFORMANCE.md explains each metric.
 *
 * Flow: bench file → results → `lib/report.ts`. A bench is one file that exports a `Bench`; what several of them need is in `lib/`; what
 * runs inside a page is in `pages/`.
 */
import { acknowledgements } from './acknowledgements.ts'
import { adversary } from './adversary.ts'
import { callEffects } from './call-effects.ts'
import { callRecovery } from './call-recovery.ts'
import { call } from './call.ts'
import { fuzz } from './fuzz.ts'
import { gossipDelivery } from './gossip-delivery.ts'
import { inviteToFirstMessage } from './invite-to-first-message.ts'
import { links } from './links.ts'
import { describeMachine } from './lib/machine.ts'
import { printReport, writeReport, type Bench } from './lib/report.ts'
import { orbitdb } from './orbitdb.ts'
import { pageReachable } from './page-reachable.ts'
import { newcomer } from './newcomer.ts'
import { nothingMissingBench } from './nothing-missing.ts'
import { reloadHistory } from './reload-history.ts'
import { resolverBench } from './resolver.ts'
import { room100k } from './room-100k.ts'
import { room8Pages } from './room-8-pages.ts'
import { syncNewcomerBench } from './sync-newcomer.ts'
import { webSize } from './web-size.ts'

const benches: readonly Bench[] = [
  webSize, gossipDelivery, pageReachable, inviteToFirstMessage, reloadHistory, room8Pages, newcomer, room100k, nothingMissingBench, resolverBench,
  syncNewcomerBench, acknowledgements, links, orbitdb, call, callRecovery, callEffects, adversary, fuzz
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(`There is no bench called ${unknown.join(', ')}. There are: ${benches.map((bench) => bench.name).join(', ')}`)
  process.exit(2)
}

let failures = 0
for (const bench of benches.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n── ${bench.name}: ${bench.summary}`)
  try {
    const report = { bench: bench.name, measuredAt: new Date().toISOString(), machine: describeMachine(), results: await bench.run() }
    printReport(report)
    console.log(`written to ${await writeReport(report)}`)
  } catch (error) {
    failures++
    console.error(`${bench.name} failed:`, error)
  }
}
process.exit(failures === 0 ? 0 : 1)
