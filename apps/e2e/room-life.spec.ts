/** The life of a room: somebody away for all of it, five people who keep reloading, a device that lost everything, a pair that only the node joins. */
import type { Page } from '@playwright/test'
import { expect, test, type Person } from './harness/index.ts'
import { eraseStorage, readAll } from './harness/readings.ts'

type Cast = (name: string) => Promise<Person>

/** The first makes the room, the others come by the link. Resolves with everybody and the link. */
async function gather (person: Cast, names: readonly string[]): Promise<{ people: Person[], link: string }> {
  const people: Person[] = []
  let link = ''
  for (const name of names) {
    const one = await person(name)
    people.push(one)
    await one.open()
    await one.signIn()
    if (link !== '') await one.openInvite(link)
    else {
      await one.createRoom('Kitchen')
      link = await one.copyInvite()
    }
  }
  return { people, link }
}

const away = (page: Page): Promise<unknown> => page.goto('about:blank')

test('Carol is away for the whole conversation: Alice sees how far each message got, and Carol finds all of it', async ({ person }) => {
  const { people: [alice, bob, carol] } = await gather(person, ['Alice', 'Bob', 'Carol'])
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three people were asked for')
  for (const name of ['Bob', 'Carol']) await alice.expectMember(name, 'direct')
  await away(carol.page)
  await alice.expectMember('Carol', 'none')
  const state = (text: string) => alice.message(text).getByRole('img', { name: /Sent|Delivered|Read/ })

  await bob.page.getByRole('link', { name: 'Parley, Home' }).click()
  await alice.say('Bread is in the oven.')
  await expect(state('Bread is in the oven.')).toHaveAccessibleName('Delivered to 1 of 2')
  await bob.enterRoom('Kitchen')
  await bob.expectMessage('Bread is in the oven.')
  await expect(state('Bread is in the oven.')).toHaveAccessibleName('Read by 1 of 2')
  await bob.say('I can smell it from here.')
  await alice.expectMessage('I can smell it from here.')

  await away(bob.page)
  await alice.expectMember('Bob', 'none')
  await alice.say('Somebody has to take it out.')
  await expect(state('Somebody has to take it out.')).toHaveAccessibleName('Sent; kept at the node until others are back')

  await carol.open()
  await carol.enterRoom('Kitchen')
  for (const text of ['Bread is in the oven.', 'I can smell it from here.', 'Somebody has to take it out.']) await carol.expectMessage(text)
  await expect(state('Somebody has to take it out.')).toHaveAccessibleName('Read by 1 of 2')
  await expect(state('Bread is in the oven.')).toHaveAccessibleName('Read by 2 of 2')

  await bob.open()
  await bob.enterRoom('Kitchen')
  await expect(state('Somebody has to take it out.')).toHaveAccessibleName('Read by 2 of 2')
})

test('five people write and reload at random: everybody has everything, once and in the same order', async ({ person }) => {
  test.slow()
  const names = ['Alice', 'Bob', 'Carol', 'Dave', 'Erin']
  const { people } = await gather(person, names)
  const perPerson = 8
  const chance = createChance(20_261_121)
  const plans = people.map((one) => {
    const reloads = new Set([Math.floor(chance() * perPerson), Math.floor(chance() * perPerson)])
    return { one, reloads }
  })
  await Promise.all(plans.map(async ({ one, reloads }) => {
    for (let turn = 0; turn < perPerson; turn++) {
      await one.say(`${one.name} says ${String(turn).padStart(2, '0')}`)
      if (reloads.has(turn)) await one.page.reload()
    }
  }))

  const expected = names.flatMap((name) => Array.from({ length: perPerson }, (_, turn) => `${name} says ${String(turn).padStart(2, '0')}`)).sort()
  for (const { page } of people) await expect.poll(async () => (await readAll(page)).map(({ text }) => text).sort(), { timeout: 60_000 }).toEqual(expected)
  const [first, ...others] = await Promise.all(people.map(({ page }) => readAll(page)))
  for (const other of others) expect(other).toEqual(first)
})

test('a browser that lost everything gets the history back from the members', async ({ person, node }) => {
  const { people: [alice, bob], link } = await gather(person, ['Alice', 'Bob'])
  if (alice === undefined || bob === undefined) throw new Error('two people were asked for')
  await alice.say('The spare key is with Mrs Novak.')
  await bob.say('Noted.')
  await alice.expectMessage('Noted.')
  await eraseStorage(bob.page, node.origin)

  await bob.open()
  await bob.signInAgain()
  await bob.openInvite(link)
  await bob.expectMessage('The spare key is with Mrs Novak.')
  await bob.expectMessage('Noted.')
  await bob.say('Here again, with nothing lost.')
  await alice.expectMessage('Here again, with nothing lost.')
})

test('a browser without WebRTC chats through the node', async ({ person }) => {
  const alice = await person('Alice')
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  const bob = await person('Bob')
  await bob.page.addInitScript(() => { Reflect.deleteProperty(window, 'RTCPeerConnection') })
  await bob.open()
  await bob.signIn()
  await bob.openInvite(await alice.copyInvite())

  await bob.expectMember('Alice', 'relayed')
  await alice.expectMember('Bob', 'relayed')
  await alice.say('Can you hear me?')
  await bob.expectMessage('Can you hear me?')
  await bob.say('Through the node, yes.')
  await alice.expectMessage('Through the node, yes.')
  await alice.expectMessage('Can you hear me?', { state: 'delivered' })
})

/** Mulberry32: the same story in every run. Answers in [0, 1). */
function createChance (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
