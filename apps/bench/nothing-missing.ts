/**
 * What two copies of a room cost each other when they are equal, which is what nearly every session finds, and when one message is missing.
 * The bytes are those of the protocol's frames with their length prefixes; Noise and Yamux add some ten bytes to each.
 */
import { meet, sideOf } from '#shared/wire/sync/testing/meeting.ts'
import { createPerson } from '#shared/wire/sync/testing/people.ts'
import { resultOf, type Bench, type Result } from './lib/report.ts'

const DEVICES = 10
/** Tags are random, and with them which logs share a bucket. */
const ROOMS = 40
const MAX_BYTES = 350
const MAX_BYTES_WITH_MESSAGE = 800

export const nothingMissingBench: Bench = {
  name: 'nothing-missing',
  summary: `two copies of a room of ${DEVICES} devices that are equal, and one that lacks a message, ${ROOMS} rooms, in memory`,
  async run () {
    const equal: Meeting[] = [], lacking: Meeting[] = []
    for (let n = 0; n < ROOMS; n++) {
      const { all, alice, bob } = await someRoom()
      equal.push(await measure(sideOf(alice, all), sideOf(bob, all)))
      lacking.push(await measure(sideOf(alice, all), sideOf(bob, all.slice(0, -1))))
    }
    return [...resultsOf('nothing-missing', equal, MAX_BYTES), ...resultsOf('one-missing', lacking, MAX_BYTES_WITH_MESSAGE)]
  }
}

interface Meeting { bytes: number, frames: number, ms: number }

async function someRoom () {
  const people = await Promise.all(Array.from({ length: DEVICES }, async () => await createPerson()))
  for (const person of people) await person.writeMany(3)
  return { all: people.flatMap(({ log }) => log), alice: people[0]!, bob: people[1]! }
}

async function measure (...sides: Parameters<typeof meet>): Promise<Meeting> {
  const startedAt = performance.now()
  const { one, frames } = await meet(...sides)
  return { bytes: one.bytesSent + one.bytesReceived, frames, ms: performance.now() - startedAt }
}

function resultsOf (metric: string, meetings: readonly Meeting[], goal: number): Result[] {
  const results: Result[] = [
    { ...resultOf(metric, meetings.map(({ bytes }) => bytes), { goal }), unit: 'B' },
    resultOf(`${metric}-time`, meetings.map(({ ms }) => ms))
  ]
  // What is missing travels both ways at once: frames there are not round trips.
  const frames = Math.max(...meetings.map((meeting) => meeting.frames))
  if (metric === 'nothing-missing') results.push({ metric: `${metric}-round-trips`, unit: 'round trips', value: frames / 2, goal: 1 })
  return results
}
