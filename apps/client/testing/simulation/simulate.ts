/**
 * A simulated run: people with real sessions in one room, on a network that a seed torments. In the end everything is mended, and what must
 * be true is checked.
 *
 * @example
 *   const report = await simulate({ seed: 42 })
 *   if (report.failures.length > 0) console.log(describeReport(report))
 */
import type { Law } from '../../rooms/membership/resolve.ts'
import { check, checkEnded, hasConverged, membersIn } from './checker.ts'
import { createNetwork, FINE } from './network.ts'
import { createPerson, type Person } from './person.ts'
import { createRandom } from './random.ts'
import { invite, isMember, join, linkDevice, say, takeStep } from './script.ts'
import { beginUniverse, type Universe } from './universe.ts'
import type { World } from './world.ts'

export interface SimulationOptions {
  seed: number
  /** Default: what the seed says, mostly 3 to 9. */
  people?: number
  /** Events. Default: what the seed says, 20 to 60. */
  steps?: number
  /** What newcomers read. Default: everything. */
  history?: World['history']
  /** How many messages the room keeps. Default: all. */
  retentionCount?: number | null
  /** How long the room keeps messages. Default: for good. In the end all of them have had their time. */
  retentionMs?: number | null
  /** Every other one has two devices. Default: nobody has. */
  hasTwins?: boolean
  /** By which rules each of them judges, by number. Default: by those of the product. */
  lawOf?: (nth: number) => Law | undefined
  /** Spoils something once the people are there, to show that the checker sees it. */
  sabotage?: (world: World) => void
}

export interface SimulationReport {
  seed: number
  people: number
  members: number
  said: number
  failures: readonly string[]
  trace: readonly string[]
}

/** Mending takes a few heartbeats of the slowest kind of retry. */
const ROUND_MS = 20_000
const ROUNDS_MAX = 60
/** What somebody's clock says may be wrong by so much; messages have their time by it. */
const CLOCK_OFF_MAX_MS = 3_600_000
/** A device looks once an hour for what has had its time. */
const SWEPT_WITHIN_MS = 3_700_000

/** Runs many seeds one after the other until `stopAfterMs` of real time are over, but at least `runsMin`. Answers what failed, and how many it did. */
export async function simulateMany (seeds: Iterable<number>, options: Omit<SimulationOptions, 'seed'>, { stopAfterMs, runsMin = 1 }: { stopAfterMs: number, runsMin?: number }): Promise<{
  runs: number, said: number, failed: SimulationReport[]
}> {
  const startedAt = performance.now()
  const failed: SimulationReport[] = []
  let runs = 0, said = 0
  for (const seed of seeds) {
    if (runs >= runsMin && performance.now() - startedAt > stopAfterMs) break
    const report = await simulate({ ...options, seed })
    runs++
    said += report.said
    if (report.failures.length > 0) failed.push(report)
  }
  return { runs, said, failed }
}

/** For whoever reads a failed run: what is wrong, and what had happened. */
export const describeReport = ({ seed, people, members, failures, trace }: SimulationReport): string =>
  `seed ${seed}: ${people} people, ${members} members in the end\n${failures.join('\n')}\n\nwhat happened: ${trace.join('; ')}`

export async function simulate (options: SimulationOptions): Promise<SimulationReport> {
  const universe = beginUniverse(options.seed)
  const strays: unknown[] = []
  const onStray = (error: unknown): void => { strays.push(error) }
  process.on('unhandledRejection', onStray)
  try {
    const world = await settleIn(options, universe)
    options.sabotage?.(world)
    const steps = options.steps ?? 20 + world.random.below(40)
    for (let i = 0; i < steps; i++) {
      takeStep(world)
      await universe.advance(world.random.chance(0.8) ? world.random.below(1500) : world.random.below(40_000))
    }
    await mend(world, universe)
    if (world.retentionMs !== null) {
      // Each device by itself.
      for (const { device } of world.people) world.network.setOnline(device, false)
      await universe.advance(world.retentionMs + CLOCK_OFF_MAX_MS + SWEPT_WITHIN_MS)
      await checkEnded(world)
    }
    for (const error of strays) world.failures.push(`nobody handled: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
    const report = {
      seed: options.seed, people: world.people.length, members: membersIn(world).length, said: world.said.length, failures: world.failures, trace: world.trace
    }
    await Promise.all(world.people.map(async (person) => { person.crash(); await Promise.resolve() }))
    await universe.settle()
    return report
  } finally {
    process.off('unhandledRejection', onStray)
    universe.end()
  }
}

/** The founder makes a room and an invitation; some have joined before the trouble begins. */
async function settleIn ({ seed, people: wanted, history = 'everything', hasTwins = false, retentionCount = null, retentionMs = null, lawOf = () => undefined }: SimulationOptions, universe: Universe): Promise<World> {
  const random = createRandom(seed)
  const network = createNetwork(random)
  const count = wanted ?? (random.chance(0.03) ? 20 + random.below(31) : 3 + random.below(7))
  const people: Person[] = []
  for (let i = 0; i < count; i++) {
    const options = { name: `P${i}`, network, law: lawOf(i), clockOffsetMs: random.chance(0.2) ? random.below(2 * CLOCK_OFF_MAX_MS) - CLOCK_OFF_MAX_MS : 0 }
    const person = await createPerson(options)
    people.push(person, ...hasTwins && i % 2 === 0 ? [await createPerson({ ...options, name: `P${i}b`, sameAs: person })] : [])
  }
  for (const person of people) await person.start()
  const [founder] = people
  if (founder?.session == null) throw new Error('somebody has to begin')
  const failures: string[] = []
  const world: World = {
    random, network, people, failures, history, retentionCount, retentionMs, links: [], said: [], asked: new Set(), dead: new Set(), trace: [], texts: 0,
    tag: await founder.session.rooms.create('Kitchen'),
    run: (job) => { job.catch((error: unknown) => failures.push(`a job failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)) }
  }
  if (history !== 'everything' || retentionCount !== null || retentionMs !== null) {
    await founder.room(world.tag)?.settings.changePolicy.value?.({ history, retentionCount, retentionMs })
  }
  invite(world, founder)
  await universe.advance(2000)
  for (const person of people.slice(1, 1 + random.below(people.length))) {
    join(world, person)
  }
  await universe.advance(5000)
  for (const person of people) if (isMember(world, person)) world.asked.delete(person.user)
  return world
}

/** Everybody who lives comes back to a network without faults; after a while all must agree, and all can still talk. */
async function mend (world: World, universe: Universe): Promise<void> {
  const { network, people, dead } = world
  network.conditions = FINE
  network.split(new Map())
  network.setNode(true)
  network.slow.clear()
  const living = people.filter((person) => !dead.has(person))
  for (const person of living) {
    network.setOnline(person.device, true)
    person.crashAtWrite(Infinity, 'before')
    world.run(person.start())
  }
  const converge = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (const person of living) linkDevice(world, person)
      await universe.advance(ROUND_MS)
      if (await hasConverged(world)) return
    }
  }
  await converge()
  // Whoever may write still can, and is heard.
  for (const person of living) {
    person.watch(world.tag)
    if (isMember(world, person)) say(world, person)
  }
  await universe.advance(ROUND_MS)
  await converge()
  await check(world)
}
