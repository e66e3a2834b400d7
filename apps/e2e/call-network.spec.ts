/** A call whose network becomes another one, in network namespaces. */
import { test as base } from '@playwright/test'
import { expect, type Person } from './harness/index.ts'
import { isHeard } from './harness/hearing.ts'
import { whyNoNatLab } from './harness/nat-lab.ts'
import { createNatTown } from './harness/nat-town.ts'

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })

base('whoever comes into another network in mid-call is heard again by themselves, and hears', async ({ launchOptions }) => {
  const reason = await whyNoNatLab()
  base.skip(reason !== null, `a change of network was not tried: ${reason ?? ''}`)
  base.setTimeout(240_000)
  await using town = await createNatTown({ launchOptions })
  const [{ person: alice }, { person: bob, place }] = [await town.moveIn('Alice', 'cone'), await town.moveIn('Bob', 'cone')]
  await alice.createRoom('Kitchen')
  await bob.openInvite(await alice.copyInvite())
  await button(alice, 'Start call').click()
  await button(bob, 'Join call').click()
  await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
  await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)

  await base.step('the cable is pulled and plugged in elsewhere', async () => {
    await place.move()
    await expect(tile(bob, 'Alice')).not.toHaveAttribute('data-media', 'connected')
    await expect(tile(bob, 'Alice')).toHaveAttribute('data-media', 'connected')
    await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
    await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)
    await expect.poll(async () => await isHeard(bob, 'Alice')).toBe(true)
  })
  await base.step('the address is another one, and no event tells the page', async () => {
    await place.move({ quietly: true })
    await expect(tile(bob, 'Alice')).not.toHaveAttribute('data-media', 'connected', { timeout: 30_000 })
    await expect(tile(bob, 'Alice')).toHaveAttribute('data-media', 'connected', { timeout: 30_000 })
    await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)
    await expect.poll(async () => await isHeard(bob, 'Alice')).toBe(true)
  })
})
