/** Random and mutated bytes at each layer of the node's open port, from a seed, in as many connections as an attacker makes in a night. */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeStale } from '../../scripts/lib/builds.ts'
import { createRandom, layerNames, openFuzzer } from '../e2e/adversary/lib/hostile-bytes.ts'
import { openMailbox } from '../e2e/harness/mailbox.ts'
import { createNode } from '../e2e/harness/node.ts'
import { INSPECTED, openNodeHeap } from './lib/node-heap.ts'
import type { Bench } from './lib/report.ts'
import { descriptors, memoryMB, watchNode } from './lib/watch-node.ts'

const CONNECTIONS = 100_000
/** Pay for compiled code and for what is made once. */
const WARM_UP = 5000
const AT_ONCE = 120
/** Each address may make twenty upgrades a second: from too few of them the door alone would be tested. */
const ADDRESSES = 200
const SEED = 20_261_130
/** By then the last deadlines of the handshake are over. */
const SETTLE_MS = 45_000
const COLLECTED_MS = 15_000

export const fuzz: Bench = {
  name: 'fuzz',
  summary: `${CONNECTIONS} connections of random and mutated bytes against a node`,
  async run () {
    await makeStale(['web', 'node'])
    const mailbox = await openMailbox()
    const node = await createNode(mailbox, { env: { LOG_LEVEL: 'warn', ...INSPECTED } })
    try {
      await node.start()
      const pid = node.pid()
      let nth = 0
      const strike = async (count: number): Promise<void> => {
        const end = nth + count
        await using fuzzer = await openFuzzer(node.origin, createRandom(SEED + nth))
        await Promise.all(Array.from({ length: AT_ONCE }, async () => {
          while (nth < end) {
            const at = nth++
            await fuzzer.strike(layerNames[at % layerNames.length]!, { from: `127.0.2.${1 + at % ADDRESSES}` })
          }
        }))
      }
      await using heap = await openNodeHeap(node)
      const settle = async (): Promise<{ heapMB: number, memoryMB: number, descriptors: number }> => {
        await sleep(SETTLE_MS)
        await heap.heldMB()
        // V8 gives the pages back later that a collection has emptied.
        await sleep(COLLECTED_MS)
        return { heapMB: await heap.heldMB(), memoryMB: memoryMB(pid), descriptors: descriptors(pid) }
      }
      await strike(WARM_UP)
      const before = await settle()
      const watch = watchNode(pid, node.origin)
      await strike(CONNECTIONS)
      const worstHealthMs = await watch.stop()
      const after = await settle()
      // Throws when the process is another one or none.
      if (node.pid() !== pid) throw new Error('the node has been restarted')
      return [
        { metric: 'health', unit: 'ms', value: Math.round(worstHealthMs), goal: 200 },
        { metric: 'memory-peak', unit: 'MB', value: Math.round(watch.peakMB - before.memoryMB), goal: 50 },
        { metric: 'heap-after', unit: 'MB', value: Math.round(after.heapMB - before.heapMB), goal: Math.round(before.heapMB * 0.05) },
        { metric: 'memory-after', unit: 'MB', value: Math.round(after.memoryMB - before.memoryMB), goal: Math.round(before.memoryMB * 0.05) },
        { metric: 'descriptors-after', unit: 'left', value: after.descriptors - before.descriptors, goal: 0 }
      ]
    } finally {
      await node.dispose()
      await mailbox.close()
    }
  }
}
