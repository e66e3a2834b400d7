/**
 * The promises of a room, on small rooms: what is stored is not lost, all who are in it come to see the same, whoever was removed reads no
 * further, nobody is locked out. `npm run soak` goes on with new seeds. Larger rooms: simulation-crowds.test.ts.
 */
import { describe, expect, it } from 'vitest'
import { readEnvelope, type Envelope } from '#shared/wire/envelope.ts'
import { decodeGossipFrame } from '#shared/wire/gossip.ts'
import { createRandom } from '../testing/simulation/random.ts'
import { describeReport, simulate, simulateMany, type SimulationOptions } from '../testing/simulation/simulate.ts'
import type { World } from '../testing/simulation/world.ts'
import { decide } from './membership/law/decide.ts'
import type { Law } from './membership/resolve.ts'

/** Seeds of a run; a machine that is busy with something else does fewer. */
const SEEDS = 3000
const BUDGET_MS = 60_000
/** Of real time for each kind of room that is not the usual one. */
const SIDE_BUDGET_MS = 8_000
/** Fewer than this would prove little, however long they take. */
const RUNS_MIN = 10

const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

describe('a simulated room', () => {
  it('keeps its promises through partitions, loss, churn and crashes, for every seed', async () => {
    const { runs, said, failed } = await simulateMany(seedsFrom(1, SEEDS), { people: 3, steps: 15 }, { stopAfterMs: BUDGET_MS, runsMin: RUNS_MIN })
    expect(failed.map(describeReport).slice(0, 3).join('\n\n')).toBe('')
    console.log(`${runs} runs with 3 people, ${said} messages`)
  }, 300_000)

  it.each<[string, Omit<SimulationOptions, 'seed'>]>([
    ['of people with two devices', { people: 4, steps: 25, hasTwins: true }],
    ['that keeps only the newest messages', { people: 4, steps: 25, retentionCount: 4 }],
    ['that keeps messages for three minutes', { people: 4, steps: 25, retentionMs: 180_000 }],
    ['where history begins with joining', { people: 5, steps: 30, history: 'since-joining' }],
    ['where history begins with joining, of people with two devices', { people: 3, steps: 25, history: 'since-joining', hasTwins: true }]
  ])('%s keeps its promises', async (what, options) => {
    const { runs, said, failed } = await simulateMany(seedsFrom(20_000, 400), options, { stopAfterMs: SIDE_BUDGET_MS, runsMin: RUNS_MIN })
    expect(failed.map(describeReport).slice(0, 3).join('\n\n')).toBe('')
    console.log(`${runs} runs ${what}, ${said} messages`)
  }, 300_000)

  it('is the same run for the same seed', async () => {
    const [first, second] = [await simulate({ seed: 77, people: 5 }), await simulate({ seed: 77, people: 5 })]
    expect(second).toEqual(first)
    expect((await simulate({ seed: 78, people: 5 })).trace).not.toEqual(first.trace)
  }, 120_000)
})

describe('a checker that can fail', { timeout: 120_000 }, () => {
  const failuresOf = async (sabotage: (world: World) => void, options: Partial<SimulationOptions> = {}): Promise<string> => {
    // Not every run gives the saboteur an occasion.
    for (const seed of seedsFrom(500, 40)) {
      const { failures } = await simulate({ seed, people: 4, steps: 25, ...options, sabotage })
      if (failures.length > 0) return failures.join('\n')
    }
    return ''
  }

  it('and the people themselves see a device by whose rules no role is given', async () => {
    const withoutRoles: Law = (operations) => decide([...operations].map((one) => one.act.type === 'role' ? { ...one, act: { type: 'nothing' } } : one))
    const failures = await failuresOf(() => {}, { people: 3, steps: 80, lawOf: (nth) => nth === 1 ? withoutRoles : undefined })
    expect(failures).toMatch(/make something else of the same operations/)
    expect(failures).toMatch(/P1 is told that P\d.* sees another room/)
    expect(failures).toMatch(/P[02] is told that P1.* sees another room/)
    expect(failures).not.toMatch(/P[02] is told that P[02].* sees another room/)
  })

  it('sees an entry that never reaches the others', async () => {
    expect(await failuresOf(({ people, tag, network }) => {
      const log = people[0]?.opened(tag)?.log
      if (log === undefined) throw new Error('the founder has a log')
      let lost: number | null = null
      const isLost = ({ header }: Pick<Envelope, 'header'>): boolean => {
        if (header.devTag !== log.devTag || header.kind !== 'message') return false
        lost ??= header.seq
        return header.seq === lost
      }
      network.censor = (bytes) => {
        const frame = decodeGossipFrame(bytes)
        return frame.type === 'envelope' && isLost(readEnvelope(frame.envelope))
      }
      const read = log.read.bind(log)
      log.read = async (...asked) => (await read(...asked)).filter((entry) => !isLost(entry))
    })).toMatch(/do not hold the same/)
  })

  it('sees a device that goes on in the first epoch after a removal', async () => {
    expect(await failuresOf(({ people, tag }) => {
      for (const person of people) {
        const log = person.opened(tag)?.log
        const first = log?.keyring.all()[0]
        if (log !== undefined && first !== undefined) log.keyring.forSending = () => first
      }
    }, { steps: 40 })).toMatch(/can read ".*", sent after their removal was known/)
  })

  it('sees a disk that says it has stored what it has not', async () => {
    expect(await failuresOf(({ people }) => {
      const entries = people[0]?.store?.entries
      if (entries !== undefined) entries.append = () => Promise.resolve()
    })).toMatch(/has lost|do not hold the same|is not shown/)
  })

  it('sees a list in another order', async () => {
    expect(await failuresOf(({ people }) => {
      const entries = people[0]?.store?.entries
      if (entries === undefined) return
      const page = entries.pageBefore.bind(entries)
      entries.pageBefore = async (tag, before, limit) => (await page(tag, before, limit)).reverse()
    })).toMatch(/another order|open window/)
  })

  it('sees a device that keeps what the room does not', async () => {
    expect(await failuresOf(({ people }) => {
      for (const { store } of people) if (store !== null) store.entries.nthNewest = () => Promise.resolve(null)
    }, { retentionCount: 4 })).toMatch(/where the room keeps/)
  })

  it('sees a device that keeps what had its time', async () => {
    expect(await failuresOf(({ people }) => {
      for (const { store } of people) if (store !== null) store.entries.oldestShown = () => Promise.resolve([])
    }, { retentionMs: 180_000 })).toMatch(/still shown|still holds/)
  })

  it('sees a message that is shown twice', async () => {
    expect(await failuresOf(({ people }) => {
      const entries = people[0]?.store?.entries
      if (entries === undefined) return
      const page = entries.pageBefore.bind(entries)
      entries.pageBefore = async (tag, before, limit) => (await page(tag, before, limit)).flatMap((row) => [row, row])
    })).toMatch(/a message twice/)
  })
})

describe('chance', () => {
  it('is the same for the same seed, and even', () => {
    const [one, other] = [createRandom(1), createRandom(1)]
    expect([one.next(), one.below(10), one.bytes(4)]).toEqual([other.next(), other.below(10), other.bytes(4)])
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 4000; i++) counts[one.below(4)]!++
    for (const count of counts) expect(count).toBeGreaterThan(900)
  })
})
