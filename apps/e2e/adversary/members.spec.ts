/** What one member of a room can do to the page of another by sending as much as it can. */
import type { Page } from '@playwright/test'
import { expect, test, type Person } from '../harness/index.ts'
import { gather } from '../harness/room-verbs.ts'
import { startHostileMember, type HostileMember } from './lib/hostile-member-process.ts'

/** As fast as one core can sign, for longer than anyone has to wait here: the flood ends with the story. */
const FRAMES = 200_000, PER_SECOND = 1_700

let running: HostileMember | null = null
test.afterEach(async ({ browserName: _ }, info) => {
  const hostile = running
  running = null
  if (hostile !== null && info.status !== info.expectedStatus) await info.attach('hostile.log', { body: hostile.lines.join('\n'), contentType: 'text/plain' })
  await hostile?.[Symbol.asyncDispose]()
})

/** Lets Mallory in by a link, as everyone comes in. */
async function letMalloryIn (alice: Person, mailbox: { nextCode(email: string): Promise<string> }): Promise<HostileMember> {
  running = await startHostileMember({ link: await alice.copyInvite(), name: 'Mallory', mailbox })
  await alice.expectMember('Mallory', 'direct')
  return running
}

/** From now on the page notes the longest time in which it did nothing else. */
async function watchStalls (page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = window as unknown as { longestStallMs: number }
    seen.longestStallMs = 0
    let last = performance.now()
    setInterval(() => {
      const now = performance.now()
      seen.longestStallMs = Math.max(seen.longestStallMs, now - last - 10)
      last = now
    }, 10)
  })
  return async () => await page.evaluate(() => (window as unknown as { longestStallMs: number }).longestStallMs)
}

/** Alice and Bob in a room, and Mallory with them. */
async function three (person: (name: string) => Promise<Person>, mailbox: { nextCode(email: string): Promise<string> }): Promise<{ alice: Person, bob: Person, mallory: HostileMember }> {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await bob.expectMember('Alice', 'direct')
  const mallory = await letMalloryIn(alice, mailbox)
  await bob.expectMember('Mallory', 'direct')
  return { alice, bob, mallory }
}

for (const [kind, what] of [['typing', 'typing notices'], ['mixed', 'frames of every kind']] as const) {
  test(`a member who sends ${what} as fast as they can freezes nobody, and is ignored by name`, async ({ person, node }, info) => {
    const { alice, bob, mallory } = await three(person, node.mailbox)
    const stalls = await watchStalls(bob.page)
    const flooding = mallory.flood(kind, FRAMES, PER_SECOND)
    await alice.say('Can you read this?')
    await bob.expectMessage('Can you read this?')
    await bob.say('I can.')
    await alice.expectMessage('I can.')
    await bob.page.getByRole('status', { name: 'Connection' }).getByRole('button').click()
    await expect(bob.page.getByRole('dialog')).toContainText(/Mallory sends too much\. Parley ignores them until \d\d:\d\d\./)
    await expect(bob.page.getByRole('dialog')).not.toContainText('Alice sends too much')
    // `npm run bench -- adversary` says how long a page may stall.
    info.annotations.push({ type: 'longest stall', description: `${Math.round(await stalls())} ms` })
    await mallory[Symbol.asyncDispose]()
    await flooding
  })
}

test('frames forged in the name of another member use up nothing of theirs, at twice that speed', async ({ person, node }, info) => {
  const { alice, bob, mallory } = await three(person, node.mailbox)
  const stalls = await watchStalls(bob.page)
  const flooding = mallory.flood('forged', FRAMES, 2 * PER_SECOND)
  await alice.page.getByRole('textbox', { name: 'Message' }).pressSequentially('Am I heard')
  await expect(bob.page.getByText('Alice is typing')).toBeVisible()
  await alice.say('Am I heard?')
  await bob.expectMessage('Am I heard?')
  await bob.page.getByRole('status', { name: 'Connection' }).getByRole('button').click()
  await expect(bob.page.getByRole('dialog')).toContainText('Mallory sends too much')
  await expect(bob.page.getByRole('dialog')).not.toContainText('Alice sends too much')
  info.annotations.push({ type: 'longest stall', description: `${Math.round(await stalls())} ms` })
  await mallory[Symbol.asyncDispose]()
  await flooding
})
