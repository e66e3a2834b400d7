/**
 * A room of eight: as many real clients in pages of one Chromium, each linked directly with all others, each saying something five times a second,
 * one after the other: people do not type in step.
 * Every message is a sample at every other page, from handing it to its author's client until the other client tells of it.
 */
import { gatherPages, type ClientPage } from './lib/client-page.ts'
import { percentiles } from './lib/percentiles.ts'
import { resultOf, type Bench } from './lib/report.ts'
import { openStage } from './lib/stage.ts'

const NAMES = ['Alice', 'Bob', 'Carol', 'Dave', 'Eve', 'Frank', 'Grace', 'Heidi']
const EVERY_MS = 200
const COUNT = 200
const BYTES = 200
const P99_GOAL_MS = 200

export const room8Pages: Bench = {
  name: 'room-8-pages',
  summary: `${NAMES.length} pages in one room, ${1000 / EVERY_MS} messages of ${BYTES} B a second each, for ${COUNT * EVERY_MS / 1000} s`,
  async run () {
    await using stage = await openStage()
    const { people, open } = gatherPages(stage)
    for (const name of NAMES) await open(name)
    await Promise.all(people.map(async (person) => await person.waitForDirect(NAMES.length - 1)))
    // The first messages pay for what is made once.
    await say(people, 'warm', 10)
    const { samples, told, stored } = await say(people, 'timed', COUNT, 10)
    const due = COUNT * NAMES.length * (NAMES.length - 1)
    return [
      resultOf('room-8-pages', samples),
      { metric: 'room-8-pages-p99', unit: 'ms', value: Math.round(percentiles(samples).p99), goal: P99_GOAL_MS },
      { metric: 'room-8-pages-delivered', unit: '%', value: 100 * stored / due, goal: 100 },
      { metric: 'room-8-pages-told', unit: '%', value: 100 * told / due }
    ]
  }
}

/**
 * Everybody says `count` messages. `told` arrived as events of their own, `stored` are at the others in the end, however they came.
 * @param before what each has said already
 */
async function say (people: readonly ClientPage[], label: string, count: number, before = 0): Promise<{ samples: number[], told: number, stored: number }> {
  const others = (people.length - 1) * count
  const handed = await Promise.all(people.map(async (person, nth) => {
    const texts = Array.from({ length: count }, (_, n) => `${label} ${nth} ${n} `.padEnd(BYTES - 1, 'x') + '.')
    await new Promise((resolve) => { setTimeout(resolve, nth * EVERY_MS / people.length) })
    return (await person.send(texts, EVERY_MS)).handed
  }))
  const arrived = await Promise.all(people.map(async (person) => await person.arrivals(others + (people.length - 1) * before)))
  const samples = people.flatMap((_, to) => handed.flatMap((sent, from) => from === to ? [] : Object.entries(sent)
    .flatMap(([text, at]) => arrived[to]?.[text] === undefined ? [] : [arrived[to][text] - at])))
  const held = await Promise.all(people.map(async (person) => await person.countShown()))
  const stored = held.reduce((sum, shown) => sum + shown - people.length * before - count, 0)
  return { samples, told: samples.length, stored }
}
