/**
 * Calls: from the click until the first sound and picture of the others are there, for two and four; what calls cost, and what 200 of them leave behind.
 * Somebody waits in the call with microphone and camera on; who is measured comes in. All of them share this machine.
 */
import { readFile } from 'node:fs/promises'
import type { Browser } from '@playwright/test'
import { measureBareCalls } from './lib/bare-call.ts'
import { gatherPages, type ClientPage } from './lib/client-page.ts'
import { resultOf, type Bench, type Result } from './lib/report.ts'
import { openStage } from './lib/stage.ts'

const WARM = 15, COLD = 5, MESH = 5, RESTARTS = 10
const CALLS_IN_A_ROW = 200
const COST_MS = 5000

export const call: Bench = {
  name: 'call',
  summary: `first sound and picture of a call, ${WARM} calls of two, ${MESH} of four; what they cost, and ${CALLS_IN_A_ROW} in a row`,
  async run () {
    await using stage = await openStage()
    const room = gatherPages(stage)
    const open = async (name: string): Promise<ClientPage> => {
      const person = await room.open(name)
      await person.waitForDirect(room.people.length - 1)
      return person
    }
    const [alice, bob] = [await open('Alice'), await open('Bob')]
    await alice.joinCall(0, { camera: true })

    const cold: Media[] = []
    for (let n = 0; n < COLD; n++) {
      await bob.page.reload()
      await bob.page.waitForFunction(() => 'bench' in globalThis)
      await bob.reopen()
      await bob.waitForDirect(1)
      cold.push(await bob.joinCall(1, { camera: true }))
      await bob.leaveCall()
    }
    const warm: Media[] = []
    for (let n = 0; n < WARM; n++) {
      warm.push(await bob.joinCall(1, { camera: true }))
      if (n < WARM - 1) await bob.leaveCall()
    }
    const costOfTwo = await measureCost(stage.browser)
    const restarts: number[] = []
    for (let n = 0; n < RESTARTS; n++) restarts.push(await bob.restartPaths())
    await bob.leaveCall()
    const row = await callInARow(bob)

    await bob.joinCall(1, { camera: true })
    await (await open('Carol')).joinCall(2, { camera: true })
    const dave = await open('Dave')
    const mesh: Media[] = []
    for (let n = 0; n < MESH; n++) {
      mesh.push(await dave.joinCall(3, { camera: true }))
      if (n < MESH - 1) await dave.leaveCall()
    }
    const costOfFour = await measureCost(stage.browser)
    await Promise.all(room.people.map(async (person) => await person.leaveCall()))
    const bare = await measureBareCalls(stage.browser, WARM)
    const reference = (samples: readonly number[]): { name: string, samples: readonly number[] } => ({ name: 'bare connection', samples })
    return [
      resultOf('call-first-audio', warm.map(audio), { goal: 300, reference: reference(bare.map(audio)) }),
      resultOf('call-first-video', warm.map(video), { goal: 600, reference: reference(bare.map(video)) }),
      resultOf('call-first-audio-cold', cold.map(audio), { goal: 300 }),
      resultOf('call-first-video-cold', cold.map(video), { goal: 600 }),
      resultOf('call-mesh-4', mesh.map(video), { goal: 1500 }),
      resultOf('call-ice-restart', restarts, { goal: 3000 }),
      ...costOfTwo.map(named('call-2')), ...costOfFour.map(named('call-4')),
      ...row
    ]
  }
}

interface Media { audioMs: number, videoMs: number | null }
const audio = ({ audioMs }: Media): number => audioMs
const video = ({ videoMs }: Media): number => videoMs ?? Infinity
const named = (prefix: string) => (result: Result): Result => ({ ...result, metric: `${prefix}-${result.metric}` })

/** Of the whole browser with all its pages, while the call goes on. */
async function measureCost (browser: Browser): Promise<Result[]> {
  const session = await browser.newBrowserCDPSession()
  const read = async (): Promise<{ seconds: number, ids: number[] }> => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    return { seconds: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0), ids: processInfo.map(({ id }) => id) }
  }
  const before = await read()
  await new Promise((resolve) => setTimeout(resolve, COST_MS))
  const { seconds, ids } = await read()
  await session.detach()
  const memory = await Promise.all(ids.map(async (id) => Number(/^RssAnon:\s+(\d+)/m.exec(await readFile(`/proc/${id}/status`, 'utf8').catch(() => ''))?.[1] ?? 0)))
  return [
    { metric: 'cpu', unit: '%', value: Math.round((seconds - before.seconds) / COST_MS * 100_000) },
    { metric: 'memory', unit: 'MB', value: Math.round(memory.reduce((sum, kb) => sum + kb, 0) / 1024) }
  ]
}

/** Whoever stays waits; the other comes and goes. What is left after the first ten, when everything was made once, is what the rest must not add to. */
async function callInARow (bob: ClientPage): Promise<Result[]> {
  const session = await bob.page.context().newCDPSession(bob.page)
  const heap = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize
  }
  await bob.callAgainAndAgain(10)
  const before = await heap()
  const startedAt = performance.now()
  await bob.callAgainAndAgain(CALLS_IN_A_ROW)
  const took = performance.now() - startedAt
  const { connections, tracks } = await bob.leftovers()
  return [
    { metric: 'call-200-each', unit: 'ms', value: Math.round(took / CALLS_IN_A_ROW) },
    { metric: 'call-200-connections-left', unit: 'left', value: connections, goal: 0 },
    { metric: 'call-200-tracks-left', unit: 'left', value: tracks, goal: 0 },
    { metric: 'call-200-heap-growth', unit: 'kB', value: Math.round((await heap() - before) / 1024), goal: 2048 }
  ]
}
