/**
 * Full clients of one room in this process, each with WebRTC of its own, at a node in another process: how much CPU they use
 * together for each that joins.
 */
import { startFriend, type Friend } from '../../friend/friend.ts'
import { startTestNode, type TestNode } from '../../client/testing/node.ts'
import { signIn, until, type Person } from '../../client/testing/people.ts'

/** Joins that are measured before each size is reached. */
const MEASURED_JOINS = 4
/** A newcomer makes its links within it: one at once, then one every two seconds at most. */
const SETTLING_MS = 15_000

export interface Joins { size: number, cpuMsPerJoin: number }

export async function measureJoins (sizes: readonly number[]): Promise<Joins[]> {
  const node = await startTestNode()
  const friends: Friend[] = []
  const host = await createHost(node)
  try {
    const join = async (): Promise<void> => { friends.push(await startFriend({ link: host.link, answers: false })) }
    const results: Joins[] = []
    for (const size of sizes) {
      while (1 + friends.length < size - MEASURED_JOINS) await join()
      await settle()
      const rest = await measure(settle)
      const used = await measure(async () => {
        for (let n = 0; n < MEASURED_JOINS; n++) {
          await join()
          await settle()
        }
      })
      results.push({ size, cpuMsPerJoin: (used.cpuMs - rest.cpuMs * used.ms / rest.ms) / MEASURED_JOINS })
    }
    return results
  } finally {
    await Promise.all(friends.map(async (friend) => await friend.client.stop()))
    await host.person.leave()
    await node.remove()
  }
}

/** The first member, and a link by which the others join. */
async function createHost (node: TestNode): Promise<{ person: Person, link: string }> {
  const person = await signIn('Alice', node)
  const tag = await person.client.createRoom({ name: 'Kitchen' })
  const invite = await until(person.room(tag).entry.invite, (action) => action !== null, 'Alice may invite')
  if (invite === null) throw new Error('nobody may invite')
  return { person, link: (await invite({})).link }
}

const settle = async (): Promise<void> => await new Promise((resolve) => { setTimeout(resolve, SETTLING_MS) })

async function measure (job: () => Promise<void>): Promise<{ cpuMs: number, ms: number }> {
  const startedAt = performance.now(), before = process.cpuUsage()
  await job()
  const { user, system } = process.cpuUsage(before)
  return { cpuMs: (user + system) / 1000, ms: performance.now() - startedAt }
}
