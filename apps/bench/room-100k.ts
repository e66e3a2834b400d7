/**
 * A room with a long history on this device: how long it takes until its newest page can be shown, until a client that starts has opened the room,
 * and how much memory the page needs with the room open.
 */
import { openClientPage } from './lib/client-page.ts'
import { resultOf, type Bench } from './lib/report.ts'
import { openStage } from './lib/stage.ts'

const MESSAGES = 100_000
const RUNS = 15
const OPEN_GOAL_MS = 300

export const room100k: Bench = {
  name: 'room-100k',
  summary: `a room of ${MESSAGES} messages: opened ${RUNS} times, its client started as often, memory`,
  async run () {
    await using stage = await openStage()
    const alice = await openClientPage(stage, 'Alice', await stage.profile())
    await alice.createRoom('Kitchen')
    await alice.fill(MESSAGES)
    const opened: number[] = [], started: number[] = []
    for (let n = 0; n < RUNS; n++) {
      // Fresh from the disk each time: nothing is left of what was open before.
      started.push(await alice.restart())
      opened.push(await alice.openNewest())
    }
    const devtools = await alice.page.context().newCDPSession(alice.page)
    await devtools.send('HeapProfiler.collectGarbage')
    await devtools.send('Performance.enable')
    const { metrics } = await devtools.send('Performance.getMetrics')
    const heapBytes = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN
    return [
      resultOf('room-100k-open', opened, { goal: OPEN_GOAL_MS }),
      resultOf('room-100k-start', started),
      { metric: 'client-memory-100k', unit: 'MB', value: Math.round(heapBytes / 1e5) / 10 }
    ]
  }
}
