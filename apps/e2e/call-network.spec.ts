/** A call whose network becomes another one, in network namespaces. */
import { test as base } from '@playwright/test'
import { SILENCE_MS } from '../client/calls/roster.ts'
import { expect, type Person } from './harness/index.ts'
import { isHeard } from './harness/hearing.ts'
import { whyNoNatLab } from './harness/nat-lab.ts'
import { createNatTown } from './harness/nat-town.ts'
import { hideAddressFrom } from './harness/own-devices.ts'

const button = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })

/** Counts the media connections that a page makes; those of links have no tracks. */
function countConnections (): void {
  const made = new Set<RTCPeerConnection>()
  Object.assign(globalThis, {
    made,
    RTCPeerConnection: class extends RTCPeerConnection {
      override async setRemoteDescription (description: RTCSessionDescriptionInit): Promise<void> {
        if (description.sdp?.includes('m=audio') === true) made.add(this)
        await super.setRemoteDescription(description)
      }
    }
  })
}
/** By which credentials the newest connection of a page asks the TURN server; they begin with the second in which they end. */
const credentialsOf = async ({ page }: Person): Promise<string> =>
  await page.evaluate(() => [...(globalThis as unknown as { made: Set<RTCPeerConnection> }).made].at(-1)?.getConfiguration().iceServers?.[0]?.username ?? '')
const areOver = (credentials: string): boolean => Number(credentials.split(':')[0]) * 1000 < Date.now()
const connectionsOf = async ({ page }: Person): Promise<number> => await page.evaluate(() => (globalThis as unknown as { made: Set<RTCPeerConnection> }).made.size)

base('whoever comes into another network in mid-call is heard again by themselves, and hears', async ({ launchOptions }) => {
  const reason = await whyNoNatLab()
  base.skip(reason !== null, `a change of network was not tried: ${reason ?? ''}`)
  base.setTimeout(600_000)
  await using town = await createNatTown({ launchOptions, initScript: countConnections, env: { TURN_TTL_SECONDS: '20' } })
  const [{ person: alice }, { person: bob, place }] = [await town.moveIn('Alice', 'cone'), await town.moveIn('Bob', 'cone')]
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  await bob.openInvite(link)
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
    await expect(tile(bob, 'Alice')).not.toHaveAttribute('data-media', 'connected')
    await expect(tile(bob, 'Alice')).toHaveAttribute('data-media', 'connected')
    await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)
    await expect.poll(async () => await isHeard(bob, 'Alice')).toBe(true)
  })
  // It found other paths; none was given up for a fresh one.
  expect([await connectionsOf(alice), await connectionsOf(bob)]).toEqual([1, 1])

  const hear = async (): Promise<void> => {
    await expect(tile(alice, 'Bob')).toHaveAttribute('data-media', 'connected')
    await expect(tile(bob, 'Alice')).toHaveAttribute('data-media', 'connected')
    await expect.poll(async () => await isHeard(alice, 'Bob')).toBe(true)
    await expect.poll(async () => await isHeard(bob, 'Alice')).toBe(true)
  }
  const expectPath = async (path: 'direct' | 'relayed'): Promise<void> => {
    for (const [one, other] of [[alice, 'Bob'], [bob, 'Alice']] as const) await expect(tile(one, other).locator('[data-path]')).toHaveAttribute('data-path', path)
  }

  await base.step('whoever hides their address in mid-call is heard through TURN from then on, and directly when they hide no more', async () => {
    await expectPath('direct')
    await hideAddressFrom(bob, 'Everybody')
    await expectPath('relayed')
    await hear()
    await base.step('also when the credentials for it have ended', async () => {
      const first = await credentialsOf(bob)
      await expect.poll(() => areOver(first)).toBe(true)
      expect(areOver(await credentialsOf(bob))).toBe(false)
      await expectPath('relayed')
      await hear()
    })
    await base.step('and so is he by somebody who comes only then', async () => {
      const { person: carol, browser } = await town.moveIn('Carol', 'cone')
      await carol.openInvite(link)
      await button(carol, 'Join call').click()
      for (const [one, other] of [[carol, 'Bob'], [bob, 'Carol']] as const) {
        await expect(tile(one, other)).toHaveAttribute('data-media', 'connected')
        await expect(tile(one, other).locator('[data-path]')).toHaveAttribute('data-path', 'relayed')
      }
      await expect.poll(async () => await isHeard(carol, 'Bob')).toBe(true)
      await expect.poll(async () => await isHeard(bob, 'Carol')).toBe(true)
      await browser.close()
      await expect(tile(bob, 'Carol')).toHaveCount(0)
    })
    await hideAddressFrom(bob, 'Nobody')
    await expectPath('direct')
    await hear()
  })

  await base.step('while the node is away nobody is heard of, and the call goes on, for longer than silence counts as gone', async () => {
    await expect(tile(bob, 'Alice').locator('[data-path]')).toHaveAttribute('data-path', 'direct')
    await town.node.kill()
    const awaySince = Date.now()
    await expect.poll(() => Date.now() - awaySince).toBeGreaterThan(1.25 * SILENCE_MS)
    await hear()
    await town.node.start()
    for (const { page } of [alice, bob]) await expect(page.getByRole('status', { name: 'Connection' })).toHaveAttribute('data-node', 'online')
    await hear()
  })

  await base.step('a computer that slept until the others gave it up is in the call again', async () => {
    await place.sleep()
    await expect(tile(alice, 'Bob')).toHaveCount(0)
    await place.wake()
    await hear()
  })
})
