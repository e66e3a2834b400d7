/**
 * What one message costs the node with everything that follows it: delivery to the members, their receipts and read marks, or the node's
 * count in large rooms, and the author's look whether it is kept. By the CPU time of the node's process, without what it uses at rest.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeStale } from '../../scripts/lib/builds.ts'
import { openMailbox } from '../e2e/harness/mailbox.ts'
import { createNode } from '../e2e/harness/node.ts'
import { gatherCrowd, type Crowd } from './lib/light-crowd.ts'
import type { Bench, Result } from './lib/report.ts'
import { cpuMs } from './lib/watch-node.ts'

/** `goalMs` is the budget; `beforeMs` was measured when receipts went to everybody. */
const ROOMS = [
  { members: 50, goalMs: 20, beforeMs: 230, messages: 20, everyMs: 3000 },
  { members: 200, goalMs: 100, beforeMs: 2400, messages: 8, everyMs: 20_000 },
  // Devices tell the node within ten seconds, spread over ten more, and the author asks each ten seconds.
  { members: 500, goalMs: 250, beforeMs: 10_000, messages: 3, everyMs: 40_000 }
] as const
const SETTLE_MS = 5000

export const acknowledgements: Bench = {
  name: 'acknowledgements',
  summary: `one message with all that follows in rooms of ${ROOMS.map(({ members }) => members).join(', ')} light clients`,
  async run () {
    await makeStale(['web', 'node'])
    const results: Result[] = []
    for (const room of ROOMS) results.push(...await measure(room))
    return results
  }
}

async function measure ({ members, goalMs, beforeMs, messages, everyMs }: (typeof ROOMS)[number]): Promise<Result[]> {
  const mailbox = await openMailbox()
  // Codes by the node's own inbox: hundreds of mails to one address would be held up.
  const node = await createNode(mailbox, { env: { SMTP_URL: '', MAIL_FROM: '', LOG_LEVEL: 'warn' } })
  try {
    await node.start()
    await using crowd = await gatherCrowd(node.origin, members)
    await sleep(SETTLE_MS)
    // The first message pays for what is made once.
    await send(crowd, 1, everyMs)
    const cpuDuring = async (job: () => Promise<void>): Promise<number> => {
      const before = cpuMs(node.pid())
      await job()
      return cpuMs(node.pid()) - before
    }
    const restMs = await cpuDuring(async () => await sleep(messages * everyMs))
    const busyMs = await cpuDuring(async () => await send(crowd, messages, everyMs))
    const { delivered, known } = await crowd.report()
    const perMessage = Number(((busyMs - restMs) / messages).toPrecision(3))
    return [
      { metric: `node-cpu-per-message-${members}`, unit: 'ms', value: perMessage, goal: goalMs,
        reference: { name: 'receipts-to-everybody', value: beforeMs }, ratio: Number((perMessage / beforeMs).toPrecision(2)) },
      { metric: `delivered-${members}`, unit: '%', value: 100 * delivered / ((messages + 1) * (members - 1)), goal: 100 },
      { metric: `known-to-author-${members}`, unit: '%', value: 100 * known / (members - 1), goal: 100 }
    ]
  } finally {
    await node.dispose()
    await mailbox.close()
  }
}

async function send (crowd: Crowd, messages: number, everyMs: number): Promise<void> {
  for (let nth = 0; nth < messages; nth++) {
    await crowd.write()
    await sleep(everyMs)
  }
}
