/** From opening the page of somebody who is signed in until others can reach them: the page's load, the node's relay, its reservation. */
import { firstSeenMs, rememberWanted, watchFirstSeen } from './lib/first-seen.ts'
import { resultOf, type Bench } from './lib/report.ts'
import { openStage } from './lib/stage.ts'

const LOADS = 20
const ONLINE = '[role="status"][data-node="online"]'
const SHELL = 'nav'

export const pageReachable: Bench = {
  name: 'page-reachable',
  summary: `page load to reachable by others, ${LOADS} loads of a signed-in profile`,
  async run () {
    await using stage = await openStage()
    const context = await stage.context()
    await watchFirstSeen(context)
    const alice = await stage.person('Alice', context)
    await alice.signIn()
    await alice.createRoom('Kitchen')
    await rememberWanted(alice.page, [ONLINE, SHELL])
    const reachable: number[] = [], shown: number[] = []
    for (let n = 0; n < LOADS; n++) {
      await alice.page.reload()
      reachable.push(await firstSeenMs(alice.page, ONLINE))
      shown.push(await firstSeenMs(alice.page, SHELL))
    }
    return [resultOf('page-reachable', reachable), resultOf('page-shown', shown)]
  }
}
