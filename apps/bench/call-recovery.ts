/**
 * How long a call is silent after a change of network: two people behind routers of their own (network namespaces), one of whom is unplugged and
 * plugged in elsewhere. From the moment the new network is there until media flows again, as the one who moved sees it.
 */
import config from '../../playwright.config.ts'
import { makeStale } from '../../scripts/lib/builds.ts'
import { whyNoNatLab } from '../e2e/harness/nat-lab.ts'
import { createNatTown } from '../e2e/harness/nat-town.ts'
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
    const [{ person: alice }, { person: bob, place }] = [await town.moveIn('Alice', 'cone'), await town.moveIn('Bob', 'cone')]
    await alice.createRoom('Kitchen')
    await bob.openInvite(await alice.copyInvite())
    await alice.page.getByRole('button', { name: 'Start call', exact: true }).click()
    await bob.page.getByRole('button', { name: 'Join call', exact: true }).click()
    const until = async (isConnected: boolean): Promise<void> => {
      await bob.page.waitForFunction((wanted) => {
        const tile = document.querySelector('[role=group][aria-label=Alice]')
        return tile !== null && (tile.getAttribute('data-media') === 'connected') === wanted
      }, isConnected, { timeout: 60_000 })
    }
    await until(true)
    const samples: number[] = []
    for (let n = 0; n < MOVES; n++) {
      // Each move finds a pair that has settled, as people move; the mesh asks no STUN server, so between these routers it is relayed.
      await bob.expectMember('Alice', 'relayed')
      await place.move()
      const movedAt = performance.now()
      await until(false)
      await until(true)
      samples.push(performance.now() - movedAt)
    }
    return [resultOf('call-recovery', samples, { goal: 2000 })]
  }
}
