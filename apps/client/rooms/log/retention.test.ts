/** Alice's kitchen keeps messages for a while, or only so many. */
import { expect, it } from 'vitest'
import { decodeEnvelope, eraseBody } from '#shared/wire/envelope.ts'
import { copy, entriesOf, openKitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeEdit, encodeText } from '../messages/content.ts'
import { DEFAULT_POLICY } from '../membership/operations.ts'

const DAY_MS = 24 * 3_600_000

async function kitchen () {
  let clock = 1_790_000_000_000
  const room = await openKitchen({ now: () => clock })
  return Object.assign(room, { pass: (ms: number) => { clock += ms } })
}
const keep = async ({ log }: LogHolder, policy: Partial<typeof DEFAULT_POLICY>): Promise<void> => {
  await log.writeOperation({ type: 'policy', policy: { ...DEFAULT_POLICY, ...policy } })
}
const say = async ({ log }: LogHolder, text: string) => (await log.writeMessage(encodeText(text))).id

/** How many stored messages of the room still say something. */
async function bodies ({ log, store }: LogHolder): Promise<number> {
  let count = 0
  for (const { devTag } of log.vector().values()) {
    for (const row of await store.entries.newestOf(log.roomTag, devTag, { from: 1, to: 1e6 }, 1e6)) {
      if (row.operationOf === undefined && !('erasedHash' in (await decodeEnvelope(row.bytes)).body)) count++
    }
  }
  return count
}

it('what is older than the policy keeps goes, with its edits, and the chain stays whole for whoever comes', async () => {
  await using room = await kitchen()
  const { alice, bob, carol } = room
  const id = await say(alice, 'last week')
  await alice.log.writeMessage(encodeEdit(id, 'last week, edited'))
  await keep(alice, { retentionMs: 7 * DAY_MS })
  room.pass(6 * DAY_MS)
  await say(alice, 'yesterday')
  expect(await alice.log.sweep()).toEqual([])
  await copy(alice, bob)
  expect(await bob.store.entries.unreadCount(room.tag)).toBe(2)
  room.pass(2 * DAY_MS)
  for (const person of [alice, bob]) {
    expect(await person.log.sweep()).toHaveLength(2)
    expect(await person.shown()).toEqual(['yesterday'])
    expect(await bodies(person)).toBe(1)
  }
  expect(await bob.store.entries.unreadCount(room.tag)).toBe(1)
  // Carol gets stubs, and takes them: their time is over for her too.
  await copy(bob, carol)
  expect(await carol.shown()).toEqual(['yesterday'])
  expect(carol.log.vector()).toEqual(alice.log.vector())
  expect(await alice.log.sweep()).toEqual([])
})

it('of as many as the policy keeps the newest stay', async () => {
  await using room = await kitchen()
  const { alice, bob, carol } = room
  await keep(alice, { retentionCount: 3 })
  for (let i = 1; i <= 5; i++) await say(alice, `message ${i}`)
  await alice.log.sweep()
  expect(await alice.shown()).toEqual(['message 3', 'message 4', 'message 5'])
  expect(await bodies(alice)).toBe(3)
  // Newest first and oldest first: stubs wait for what explains them.
  await copy(alice, bob, (entries) => entries.reverse())
  await copy(alice, carol)
  for (const person of [bob, carol]) {
    expect(await person.shown()).toEqual(['message 3', 'message 4', 'message 5'])
    expect(person.log.vector()).toEqual(alice.log.vector())
  }
  await bob.reload()
  expect(await bob.shown()).toEqual(['message 3', 'message 4', 'message 5'])
})

it('a body whose time is over is not kept when it comes late', async () => {
  await using room = await kitchen()
  const { alice, bob } = room
  await say(alice, 'an old secret')
  await keep(alice, { retentionMs: DAY_MS })
  room.pass(2 * DAY_MS)
  await copy(alice, bob)
  expect(await bob.shown()).toEqual([])
  expect(await bodies(bob)).toBe(0)
})

it('a stub of what is not due is not taken in', async () => {
  await using room = await kitchen()
  const { alice, bob } = room
  await keep(alice, { retentionMs: 7 * DAY_MS, retentionCount: 10 })
  const id = await say(alice, 'today')
  await bob.log.append(await Promise.all((await entriesOf(alice)).map(async (entry) => entry.id === id ? await eraseBody(entry) : entry)))
  expect(await bob.shown()).toEqual([])
  await copy(alice, bob)
  expect(await bob.shown()).toEqual(['today'])
})

it('a room without such a policy keeps everything', async () => {
  await using room = await kitchen()
  const { alice } = room
  await say(alice, 'for ever')
  room.pass(10_000 * DAY_MS)
  expect(await alice.log.sweep()).toEqual([])
  expect(await alice.shown()).toEqual(['for ever'])
})
