/** From reloading the page of a profile with 10,000 messages until the newest ones are on the screen. */
import { firstSeenMs, rememberWanted, watchFirstSeen } from './lib/first-seen.ts'
import { openClientPage } from './lib/client-page.ts'
import { resultOf, type Bench } from './lib/report.ts'
import { openStage, type Stage } from './lib/stage.ts'

const MESSAGES = 10_000
const RELOADS = 15
const GOAL_MS = 500
const BATCH = 500

export const reloadHistory: Bench = {
  name: 'reload-history',
  summary: `reload to newest messages, ${MESSAGES} messages in the profile, ${RELOADS} reloads`,
  async run () {
    await using stage = await openStage()
    const context = await stage.profile()
    await watchFirstSeen(context)
    const { address, perSecond } = await fillProfile(stage, context)
    const page = await context.newPage()
    await page.goto(address)
    const newest = page.getByRole('log').getByRole('article').filter({ hasText: `Message ${MESSAGES} ` })
    await newest.waitFor()
    const selector = `article[data-message-id="${await newest.getAttribute('data-message-id')}"]`
    await rememberWanted(page, [selector])
    const shown: number[] = []
    for (let n = 0; n < RELOADS; n++) {
      await page.reload()
      shown.push(await firstSeenMs(page, selector))
    }
    return [
      resultOf('reload-history', shown, { goal: GOAL_MS }),
      { metric: 'write-rate', unit: 'messages/s', value: Math.round(perSecond) }
    ]
  }
}

/** Writes the messages by a client in the profile that the product then opens. */
async function fillProfile (stage: Stage, context: Awaited<ReturnType<Stage['context']>>): Promise<{ address: string, perSecond: number }> {
  const alice = await openClientPage(stage, 'Alice', context)
  const tag = await alice.createRoom('Kitchen')
  const startedAt = performance.now()
  for (let from = 1; from <= MESSAGES; from += BATCH) {
    await alice.send(Array.from({ length: BATCH }, (_, n) => `Message ${from + n} `.padEnd(80, 'soup ')), 0)
  }
  const perSecond = MESSAGES / ((performance.now() - startedAt) / 1000)
  await alice.page.close()
  return { address: `${stage.node.origin}/room/${tag}`, perSecond }
}
