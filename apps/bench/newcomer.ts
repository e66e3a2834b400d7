/**
 * A newcomer catches up: from being let into a room with a history until the newest page can be shown, and until every message is in their own
 * database. Both are real clients in Chromium; the history comes from the member, and from the node's mailbox, which holds it too.
 */
import { openClientPage } from './lib/client-page.ts'
import type { Bench, Result } from './lib/report.ts'
import { openStage } from './lib/stage.ts'

const SIZES = [1_000, 10_000, 100_000]
const NEWEST_GOAL_MS = 1_000
const COMPLETE_GOAL_MS: Record<number, number> = { 10_000: 5_000 }
const RATE_GOAL = 8_000

export const newcomer: Bench = {
  name: 'newcomer',
  summary: `a newcomer gets ${SIZES.join(', ')} messages into their database`,
  async run () {
    const results: Result[] = []
    for (const size of SIZES) results.push(...await measure(size))
    return results
  }
}

async function measure (messages: number): Promise<Result[]> {
  await using stage = await openStage()
  const alice = await openClientPage(stage, 'Alice', await stage.profile())
  await alice.createRoom('Kitchen')
  const link = await alice.createInvite()
  await alice.fill(messages)
  const bob = await openClientPage(stage, 'Bob', await stage.profile())
  const { newestMs, completeMs, longTasksMs } = await bob.joinAndCatchUp(link, messages)
  const metric = `newcomer-${messages / 1000}k`
  const goal = COMPLETE_GOAL_MS[messages]
  return [
    { metric, unit: 'ms', value: Math.round(completeMs), ...(goal !== undefined && { goal }) },
    { metric: `${metric}-newest-50`, unit: 'ms', value: Math.round(newestMs), goal: NEWEST_GOAL_MS },
    { metric: `${metric}-rate`, unit: 'messages/s', value: Math.round(messages / completeMs * 1000), ...(messages === 100_000 && { goal: RATE_GOAL }) },
    { metric: `${metric}-long-tasks`, unit: 'tasks', value: longTasksMs.length, ...(messages === 10_000 && { goal: 0 }) },
    { metric: `${metric}-longest-task`, unit: 'ms', value: Math.round(Math.max(0, ...longTasksMs)) }
  ]
}
