/** Somebody who calls all day: what one call costs is given back when it ends. */
import { countMedia } from './harness/count-media.ts'
import { expect, test, type Person } from './harness/index.ts'
import { readLeftovers, type Leftovers } from './harness/leftovers.ts'
import { gather } from './harness/room-verbs.ts'

const CALLS = 200
/** After these everything is there that is made once. */
const FIRST = 10

test(`${CALLS} calls in a row leave no connection, no track and no memory behind`, async ({ person }) => {
  test.slow()
  const { Alice: alice, Bob: bob } = await gather(async (name) => {
    const one = await person(name)
    await one.page.addInitScript(countMedia)
    return one
  }, ['Alice', 'Bob'])
  await alice.page.getByRole('button', { name: 'Start call', exact: true }).click()
  await expect(alice.page.getByRole('button', { name: 'Mute', exact: true })).toBeVisible()

  await callInARow(bob, FIRST)
  const before = await untilFreed(bob)
  await callInARow(bob, CALLS)
  const after = await untilFreed(bob, before.listeners + CALLS / 2)
  expect(after.connections).toBe(0)
  expect(after.tracks).toBe(0)
  expect(after.heapBytes - before.heapBytes).toBeLessThan(CALLS * 10_000)
})

/** The last calls are held for some seconds by the time limits of their signalling; then no tile of any call is left, and none of their listeners. */
async function untilFreed ({ page }: Person, listenersMax = Infinity): Promise<Leftovers> {
  let seen = await readLeftovers(page)
  await expect.poll(async () => {
    seen = await readLeftovers(page)
    return seen.detachedNodes < CALLS && seen.listeners < listenersMax ? null : seen
  }, { intervals: [1_000] }).toBeNull()
  return seen
}

/** Joins and leaves by the buttons, in the page itself, so that the driver's own work is no part of it. Each call lasts until the other is heard. */
async function callInARow ({ page }: Person, times: number): Promise<void> {
  await page.evaluate(async (count) => {
    const seen = async (selector: string): Promise<HTMLElement> => await new Promise((resolve) => {
      const look = (): void => {
        const found = document.querySelector<HTMLElement>(selector)
        if (found === null) requestAnimationFrame(look)
        else resolve(found)
      }
      look()
    })
    for (let n = 0; n < count; n++) {
      (await seen('button[aria-label="Join call"]')).click()
      await seen('[role="group"][aria-label="Alice"][data-media="connected"]')
      ;(await seen('button[aria-label="Leave call"]')).click()
    }
  }, times)
}
