/**
 * How long a call is silent after a change of network: two people behind routers of their own (network namespaces), one of whom, in turns, is unplugged and
 * plugged in elsewhere. From the moment the new network is there until media flows again, as the one who moved sees it.
 */
import config from '../../playwright.config.ts'
import { makeStale } from '../../scripts/lib/builds.ts'
import { whyNoNatLab } from '../e2e/harness/nat-lab.ts'
import { createNatTown, type Resident } from '../e2e/harness/nat-town.ts'
import { resultOf, type Bench } from './lib/report.ts'

const MOVES = 8

export const callRecovery: Bench = {
  name: 'call-recovery',
  summary: `a call of two goes on after one of them came into another network, ${MOVES} times`,
  async run () {
    const reason = await whyNoNatLab()
    if (reason !== null) {
      console.log(`not measured: ${reason}`)
      return []
    }
    await makeStale(['web', 'node'])
    await using town = await createNatTown({ launchOptions: config.use?.launchOptions ?? {} })
    const residents = [await town.moveIn('Alice', 'cone'), await town.moveIn('Bob', 'cone')] as const
    const [{ person: alice }, { person: bob }] = residents
    await alice.createRoom('Kitchen')
    await bob.openInvite(await alice.copyInvite())
    await alice.page.getByRole('button', { name: 'Start call', exact: true }).click()
    await bob.page.getByRole('button', { name: 'Join call', exact: true }).click()
    const until = async ({ person: { page } }: Resident, other: Resident, isConnected: boolean): Promise<void> => {
      await page.waitForFunction(([name, wanted]) => {
        const tile = document.querySelector(`[role=group][aria-label=${name}]`)
        return tile !== null && (tile.getAttribute('data-media') === 'connected') === wanted
      }, [other.person.name, isConnected] as const, { timeout: 60_000 })
    }
    await until(residents[1], residents[0], true)
    const samples: number[] = []
    for (let n = 0; n < MOVES; n++) {
      // Each move finds a pair that has settled, as people move; the mesh asks no STUN server, so between these routers it is relayed.
      const [mover, other] = n % 2 === 0 ? [residents[1], residents[0]] : residents
      await mover.person.expectMember(other.person.name, 'relayed')
      await mover.place.move()
      const movedAt = performance.now()
      await until(mover, other, false)
      await until(mover, other, true)
      samples.push(performance.now() - movedAt)
    }
    return [resultOf('call-recovery', samples, { goal: 2000 })]
  }
}
