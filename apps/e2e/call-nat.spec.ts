/** Calls between homes behind every kind of router, with a real TURN server, in network namespaces. */
import { test as base } from '@playwright/test'
import { expect, type Person } from './harness/index.ts'
import { HOMES, whyNoNatLab, type Home } from './harness/nat-lab.ts'
import { createNatTown, type Resident } from './harness/nat-town.ts'
import { hideAddressFrom } from './harness/own-devices.ts'

/** Which path a call takes between two homes: direct wherever a packet can find its way in. */
const expectedPath = (one: Home, other: Home): 'direct' | 'relayed' => {
  const both = [one, other]
  if (both.includes('no-udp')) return 'relayed'
  return both.includes('symmetric') && !both.includes('open') ? 'relayed' : 'direct'
}

const button = (person: Person, name: string | RegExp) => person.page.getByRole('button', { name, exact: true })
const tile = (person: Person, name: string) => person.page.getByRole('region', { name: /^Call in/ }).getByRole('group', { name, exact: true })

/** Everything that others have told a page by WebRTC, of calls and of links. */
const toldTo = async ({ person }: Resident): Promise<string> => await person.page.evaluate(() => (globalThis as unknown as { told: string[] }).told.join('\n'))

function noteWhatIsTold (): void {
  const told: string[] = []
  const Real = RTCPeerConnection
  Object.assign(globalThis, {
    told,
    RTCPeerConnection: class extends Real {
      override async addIceCandidate (candidate?: RTCIceCandidateInit | null): Promise<void> {
        told.push(JSON.stringify(candidate))
        await super.addIceCandidate(candidate)
      }

      override async setRemoteDescription (description: RTCSessionDescriptionInit): Promise<void> {
        told.push(description.sdp ?? '')
        await super.setRemoteDescription(description)
      }
    }
  })
}

base('a call finds its way between homes of every kind, direct where there is a way, else through TURN', async ({ launchOptions }) => {
  const reason = await whyNoNatLab()
  base.skip(reason !== null, `calls behind NAT were not tried: ${reason ?? ''}`)
  base.setTimeout(600_000)
  await using town = await createNatTown({ launchOptions, initScript: noteWhatIsTold })

  /** Two at a time: more would only wait for the processor. */
  const call = async (one: Resident, other: Resident, verify: () => Promise<void>): Promise<void> => {
    for (const { person } of [one, other]) await button(person, /^(?:Start|Join) call$/).click()
    await verify()
    for (const { person } of [one, other]) await button(person, 'Leave call').click()
    for (const { person } of [one, other]) await expect(button(person, 'Start call')).toBeVisible()
  }
  const expectPath = async (one: Resident, other: Resident): Promise<void> => {
    const path = expectedPath(one.home, other.home)
    await base.step(`${one.person.name} and ${other.person.name}: ${path}`, async () => await call(one, other, async () => {
      for (const [from, to] of [[one.person, other.person], [other.person, one.person]] as const) {
        // A first attempt that fails is given up after 15 s; the second has to do.
        await expect(tile(from, to.name)).toHaveAttribute('data-media', 'connected', { timeout: 60_000 })
        await expect(tile(from, to.name).locator('[data-path]')).toHaveAttribute('data-path', path)
      }
    }))
  }

  const here = await Promise.all(HOMES.map(async (home) => await town.moveIn(`Here ${home}`, home)))
  const [first, ...others] = here
  if (first === undefined) throw new Error('nobody lives there')
  await first.person.createRoom('Kitchen')
  const link = await first.person.copyInvite()
  await Promise.all(others.map(async ({ person }) => await person.openInvite(link)))
  for (const [nth, one] of here.entries()) for (const other of here.slice(nth + 1)) await expectPath(one, other)

  // And a second of each kind.
  for (const one of here) {
    const newcomer = await town.moveIn(`There ${one.home}`, one.home)
    await newcomer.person.openInvite(link)
    await expectPath(one, newcomer)
    expect(await toldTo(one)).toContain(newcomer.place.addresses.at(-1))
    await newcomer.browser.close()
  }

  await base.step('whoever hides from everybody tells nobody an address, and is heard through TURN', async () => {
    const hiding = await town.moveIn('Hiding cone', 'cone')
    await hideAddressFrom(hiding.person, 'Everybody')
    await hiding.person.openInvite(link)
    for (const other of here) {
      await call(hiding, other, async () => {
        await expect(tile(other.person, hiding.person.name)).toHaveAttribute('data-media', 'connected', { timeout: 60_000 })
        await expect(tile(other.person, hiding.person.name).locator('[data-path]')).toHaveAttribute('data-path', 'relayed')
        await expect(tile(hiding.person, other.person.name)).toHaveAttribute('data-hidden', 'true')
        await expect(hiding.person.page.getByText('Your address is hidden in this call.')).toBeVisible()
        const told = await toldTo(other)
        for (const address of hiding.place.addresses) expect(told).not.toContain(address)
      })
    }
    await hiding.browser.close()
  })
})
