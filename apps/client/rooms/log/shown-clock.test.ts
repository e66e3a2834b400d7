/** Carol says what she likes of the time; Alice, Bob and Dave go on reading and writing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EnvelopeId } from '#shared/ids.ts'
import type { VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { copy, entriesOf, openKitchen, writeWith, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeText } from '../messages/content.ts'
import { countEntries } from './epochs/epoch-wear.ts'
import { toEpochs } from '../entry/at-node/join-at-node.ts'
import { secretsFor } from './epochs/key-bundle.ts'
import { encodeOperation } from '../membership/operation-codec.ts'
import { CLOCK_STEP, createShownClock } from './shown-clock.ts'

const say = async ({ log }: LogHolder, text: string): Promise<VerifiedEnvelope> => await log.writeMessage(encodeText(text))

/** Dave comes in by Alice, as somebody does who is handed a welcome. */
async function welcome (kitchen: Kitchen): Promise<LogHolder> {
  const { alice } = kitchen
  const dave = await kitchen.arrive('Dave')
  await kitchen.admit(alice, dave)
  await dave.log.addEpochs(await toEpochs(secretsFor(alice.log, dave.user)))
  await dave.log.append(alice.log.operations.all())
  return dave
}

const heldBy = ({ log }: LogHolder): Record<string, unknown> => Object.fromEntries([...log.vector()].map(([of, { have }]) => [of, have]))

describe('after a member has made the clock jump twenty times by 10^9', () => {
  it.each(['operation', 'message'] as const)('a newcomer gets in, and who was away has everything after one exchange: each an %s', async (kind) => {
    await using kitchen = await openKitchen()
    const { alice, bob, carol } = kitchen
    const content = kind === 'operation' ? encodeOperation({ type: 'profile', name: 'Carol' }) : encodeText('tick')
    for (let nth = 1; nth <= 20; nth++) await writeWith(carol, { kind, lamport: nth * 1e9 }, content)
    await copy(carol, alice)
    const dave = await welcome(kitchen)
    expect(dave.log.membership.value.members.has(dave.user)).toBe(true)
    await copy(alice, bob)
    expect(heldBy(bob)).toEqual(heldBy(alice))
    for (const { dropped } of [alice, bob, carol, dave]) expect(dropped).toEqual([])
  })
})

describe('after a member has set the clock to the greatest number there is', () => {
  it('everybody goes on writing, and all read it in the order it was said', async () => {
    let now = Date.now()
    await using kitchen = await openKitchen({ now: () => ++now })
    const { alice, bob, carol } = kitchen
    await say(alice, 'good morning')
    await copy(alice, carol)
    await writeWith(carol, { lamport: Number.MAX_SAFE_INTEGER, sentAt: ++now }, encodeText('forever last'))
    for (const other of [alice, bob]) await copy(carol, other)
    for (const text of ['who is that?', 'nobody', 'well then']) {
      await say(alice, text)
      await copy(alice, bob)
      await say(bob, `${text} indeed`)
      await copy(bob, alice)
    }
    const said = ['good morning', 'forever last', 'who is that?', 'who is that? indeed', 'nobody', 'nobody indeed', 'well then', 'well then indeed']
    const dave = await welcome(kitchen)
    await copy(alice, dave, (entries) => entries.reverse())
    await copy(alice, carol)
    for (const person of [alice, bob, carol]) expect(await person.shown()).toEqual(said)
    expect(await dave.shown()).toEqual(said)
    await bob.reload()
    expect((await say(bob, 'after a restart')).header.lamport).toBeLessThan(10 * CLOCK_STEP)
  })

  it('what follows the next operation is ordered by what its authors had seen again, not by their clocks', async () => {
    let now = Date.now()
    await using kitchen = await openKitchen({ now: () => now })
    const { alice, bob, carol } = kitchen
    await writeWith(carol, { lamport: Number.MAX_SAFE_INTEGER }, encodeText('forever last'))
    await copy(carol, alice)
    await alice.log.rotate()
    await say(alice, 'first')
    await copy(alice, bob)
    now -= 60_000
    await say(bob, 'second')
    await copy(bob, alice)
    for (const person of [alice, bob]) expect(await person.shown()).toEqual(['forever last', 'first', 'second'])
  })

  it('somebody who is no member any more moves nobody’s clock', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob, carol } = kitchen
    await alice.log.writeRemoval((of) => of === carol.device.key, (rotation) => ({ type: 'remove', user: carol.user, isBan: true, cuts: [], rotation }))
    const before = (await say(alice, 'without Carol')).header.lamport
    await writeWith(carol, { lamport: Number.MAX_SAFE_INTEGER }, encodeText('with Carol'))
    await copy(carol, alice)
    expect((await say(alice, 'still without')).header.lamport).toBe(before + 1)
    await copy(alice, bob)
    expect(await bob.shown()).toEqual(['without Carol', 'still without'])
  })
})

describe('an epoch', () => {
  it('is not worn by clocks that jump by more than it is good for', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob, carol } = kitchen
    await alice.log.rotate()
    for (const other of [bob, carol]) await copy(alice, other)
    const epochs = new Set<string>()
    for (let nth = 1; nth <= 3; nth++) {
      await writeWith(carol, { lamport: nth * 20_001 }, encodeText('tick'))
      for (const other of [alice, bob]) {
        await copy(carol, other)
        epochs.add((await say(other, 'what?')).header.epochId)
      }
    }
    expect(epochs.size).toBe(1)
  })

  it('is worn by what is held of it, in whatever order it came, also after a restart', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob, carol } = kitchen
    for (let nth = 0; nth < 3; nth++) await say(alice, 'in the first')
    await alice.log.rotate()
    for (let nth = 0; nth < 5; nth++) await say(alice, 'in the second')
    await copy(alice, carol)
    const { epochId } = await say(carol, 'too').then(({ header }) => header)
    await copy(carol, alice)
    await copy(alice, bob, (entries) => entries.reverse())
    await bob.reload()
    for (const { log } of [alice, bob]) expect(countEntries(log.vector(), epochId)).toBe(6)
  })

  it('is not worn by positions that nobody has ever shown', async () => {
    await using kitchen = await openKitchen()
    const { alice, carol } = kitchen
    await alice.log.rotate()
    await copy(alice, carol)
    const { header: { epochId, lamport } } = await say(carol, 'here')
    await writeWith(carol, { seq: 50_000, prev: 'ab'.repeat(32) as EnvelopeId, lamport: lamport + 1 }, encodeText('and far away'))
    await copy(carol, alice)
    expect(countEntries(alice.log.vector(), epochId)).toBe(2)
    expect((await say(alice, 'still the same')).header.epochId).toBe(epochId)
  })
})

it('a place follows from what an entry names, in whatever order operations come', () => {
  const history = fc.array(fc.record({ lamport: fc.oneof(fc.nat(50), fc.maxSafeNat()), named: fc.array(fc.nat(), { maxLength: 3 }) }), { minLength: 1, maxLength: 30 })
    .map((drafts) => drafts.map(({ lamport, named }, nth) => ({
      id: `${nth}` as EnvelopeId, header: { lamport, heads: nth === 0 ? [] : [...new Set(named.map((one) => `${one % nth}` as EnvelopeId))] }
    } as unknown as VerifiedEnvelope)))
  fc.assert(fc.property(history.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))), ([all, shuffled]) => {
    const [one, other] = [createShownClock(), createShownClock()]
    for (const operation of all) one.add(operation)
    for (const operation of shuffled) other.add(operation)
    for (const { id, header: { heads } } of all) {
      expect(other.at(id)).toBe(one.at(id))
      for (const head of heads) expect(one.at(id)).toBeGreaterThan(one.at(head)!)
      expect(one.at(id)).toBeLessThanOrEqual((Number(id) + 1) * CLOCK_STEP)
    }
  }))
})

it('a message whose operations have not come yet waits for them, so that its place is the same for all', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  const profile = await alice.log.writeOperation({ type: 'profile', name: 'Alice in the kitchen' })
  await carol.log.writeOperation({ type: 'profile', name: 'Carol in the kitchen' })
  await copy(carol, alice)
  // By Carol's operation alone, Alice may write.
  expect((await say(alice, 'hello')).header.heads).toHaveLength(2)
  const isProfile = ({ id }: VerifiedEnvelope): boolean => id === profile.id
  const entries = await entriesOf(alice)
  await bob.log.append(entries.filter((entry) => !isProfile(entry)))
  expect(await bob.shown()).toEqual([])
  await bob.log.append(entries.filter(isProfile))
  expect(await bob.shown()).toEqual(['hello'])
})
