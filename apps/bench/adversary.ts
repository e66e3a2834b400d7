/**
 * What attackers cost everyone else. Each flood runs in a process of its own against a built node, while two people talk in Chromium: memory
 * of the node, its health check, the longest stall of a page that has nothing to do with it, and messages that were lost.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { floods, type FloodName } from './adversary/floods.ts'
import { measureReconnects } from './adversary/reconnects.ts'
import { yieldToOthers } from '../e2e/adversary/lib/yield-to-others.ts'
import { startHostileMember } from '../e2e/adversary/lib/hostile-member-process.ts'
import { gatherPages, type ClientPage } from './lib/client-page.ts'
import type { Bench, Result } from './lib/report.ts'
import { INSPECTED } from './lib/node-heap.ts'
import { openStage, type Stage } from './lib/stage.ts'
import { memoryMB, watchNode } from './lib/watch-node.ts'

const MEMORY_GOAL_MB = 50
const HEALTH_GOAL_MS = 200
const STALL_GOAL_MS = 100
/** By then memory is back. */
const BACK_WITHIN_MS = 10_000
const MESSAGE_EVERY_MS = 200
const QUIET_MS = 10_000

/** Floods by a member of the room that the two talk in: twice what once blocked a page for 37 s, as fast as one core signs. */
const MEMBER_FLOODS = { 'member-typing': 'typing', 'member-mixed': 'mixed', 'member-forged': 'forged' } as const
const MEMBER_FRAMES = 27_200, MEMBER_FRAMES_PER_SECOND = 1700

type AnyFlood = FloodName | keyof typeof MEMBER_FLOODS

export const adversary: Bench = {
  name: 'adversary',
  summary: 'floods against a node while two people talk, devices that reconnect, and a storm of them',
  async run () {
    const results: Result[] = []
    for (const name of [...Object.keys(floods), ...Object.keys(MEMBER_FLOODS)] as AnyFlood[]) {
      // A node of its own for each: none inherits what another has left.
      await using stage = await openStage()
      results.push(...await measureFlood(stage, name))
    }
    await using stage = await openStage({ nodeEnv: INSPECTED })
    const { before, after, peakMB, stormMs } = await measureReconnects(stage.node)
    return [
      ...results,
      ...flat('reconnects-descriptors', 'left', before.descriptors, after.descriptors),
      ...flat('reconnects-heap', 'MB', before.heapMB, after.heapMB),
      ...flat('reconnects-memory', 'MB', before.memoryMB, after.memoryMB),
      { metric: 'reconnects-memory-peak', unit: 'MB', value: Math.round(peakMB) },
      { metric: 'storm-500', unit: 'ms', value: Math.round(stormMs) }
    ]
  }
}

/** What may not grow by more than a twentieth. */
const flat = (metric: string, unit: Result['unit'], was: number, is: number): Result[] =>
  [{ metric, unit, value: Math.round(is), goal: Math.round(was * 1.05), reference: { name: 'before', value: Math.round(was) }, ratio: is / was }]

async function measureFlood (stage: Stage, name: AnyFlood): Promise<Result[]> {
  const { people, open, link } = gatherPages(stage)
  const [alice, bob] = [await open('Alice'), await open('Bob')] as const
  await Promise.all(people.map(async (person) => await person.waitForDirect(1)))
  const isByMember = Object.hasOwn(MEMBER_FLOODS, name)
  await using mallory = isByMember ? await startHostileMember({ link: link(), name: 'Mallory', mailbox: stage.node.mailbox }) : null
  if (mallory !== null) await Promise.all(people.map(async (person) => await person.waitForDirect(2)))
  const talk = createTalk(alice, bob)
  const quiet = await talk.during(async () => await new Promise((resolve) => { setTimeout(resolve, QUIET_MS) }))
  const pid = stage.node.pid()
  const restMB = memoryMB(pid)
  const watch = watchNode(pid, stage.node.origin)
  const attacked = await talk.during(async () => mallory === null
    ? await attack(stage, name as FloodName)
    : await mallory.flood(MEMBER_FLOODS[name as keyof typeof MEMBER_FLOODS], MEMBER_FRAMES, MEMBER_FRAMES_PER_SECOND))
  await new Promise((resolve) => { setTimeout(resolve, BACK_WITHIN_MS) })
  const worstHealthMs = await watch.stop()
  const grown = (mb: number): number => Math.max(0, Math.round(mb - restMB))
  return [
    { metric: `${name}-memory`, unit: 'MB', value: grown(watch.peakMB), goal: MEMORY_GOAL_MB },
    { metric: `${name}-memory-after`, unit: 'MB', value: grown(memoryMB(pid)), goal: MEMORY_GOAL_MB },
    { metric: `${name}-health`, unit: 'ms', value: Math.round(worstHealthMs), goal: HEALTH_GOAL_MS },
    { metric: `${name}-stall`, unit: 'ms', value: attacked.stallMs, goal: STALL_GOAL_MS, reference: { name: 'without', value: quiet.stallMs } },
    { metric: `${name}-lost`, unit: 'left', value: attacked.lost, goal: 0 }
  ]
}

async function attack (stage: Stage, name: FloodName): Promise<void> {
  const child = fork(join(import.meta.dirname, 'adversary/attack.ts'), [name, stage.node.origin], { stdio: 'inherit' })
  yieldToOthers(child)
  child.on('message', ({ codeFor: to }: { codeFor: string }) => {
    stage.node.mailbox.nextCode(to).then((code) => child.send({ to, code }), () => child.kill())
  })
  await new Promise((resolve) => { child.once('close', resolve) })
}

interface Talk { during(act: () => Promise<void>): Promise<{ stallMs: number, lost: number }> }

/** Alice says something five times a second; Bob's page notes how long it could do nothing. */
function createTalk (alice: ClientPage, bob: ClientPage): Talk {
  let said = 0
  return {
    async during (act) {
      await bob.page.evaluate(watchStalls)
      const over = new AbortController()
      const talking = (async () => {
        while (!over.signal.aborted) await alice.send(Array.from({ length: 5 }, () => `message ${said++}`), MESSAGE_EVERY_MS)
      })()
      await act()
      over.abort()
      await talking
      const stallMs = await bob.page.evaluate(() => (globalThis as unknown as { endStalls(): number }).endStalls())
      const heard = await bob.arrivals(said)
      return { stallMs: Math.round(stallMs), lost: said - Object.keys(heard).length }
    }
  }
}

/** Runs in the page: the longest time in which a timer of 10 ms did not come, less those 10 ms. */
function watchStalls (): void {
  let last = performance.now(), worst = 0
  const timer = setInterval(() => {
    const now = performance.now()
    worst = Math.max(worst, now - last - 10)
    last = now
  }, 10)
  Object.assign(globalThis, {
    endStalls () {
      clearInterval(timer)
      return worst
    }
  })
}
