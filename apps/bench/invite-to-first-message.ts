/** From opening an invite link in a profile that is signed in, over the question whether to join, to the first message that was sent. */
import { resultOf, type Bench } from './lib/report.ts'
import { openStage } from './lib/stage.ts'

const NEWCOMERS = 10
const GOAL_MS = 3_000

export const inviteToFirstMessage: Bench = {
  name: 'invite-to-first-message',
  summary: `invite link to first message, ${NEWCOMERS} newcomers one after the other`,
  async run () {
    await using stage = await openStage()
    const alice = await stage.person('Alice')
    await alice.signIn()
    await alice.createRoom('Kitchen')
    const link = await alice.copyInvite()
    const asked: number[] = [], entered: number[] = [], stored: number[] = [], sent: number[] = [], read: number[] = []
    for (let n = 1; n <= NEWCOMERS; n++) {
      const bob = await stage.person(`Bob${n}`)
      await bob.signIn()
      const text = `Hello from number ${n}`
      const startedAt = performance.now()
      const since = (): number => performance.now() - startedAt
      await bob.page.goto(link)
      const join = bob.page.getByRole('button', { name: 'Join', exact: true })
      await join.waitFor()
      asked.push(since())
      await join.click()
      await bob.page.getByRole('textbox', { name: 'Message', exact: true }).waitFor({ timeout: 30_000 })
      entered.push(since())
      await bob.say(text)
      stored.push(since())
      const isSent = bob.expectMessage(text, { state: 'sent' }).then(() => sent.push(since()))
      await alice.message(text).waitFor()
      read.push(since())
      await isSent
      await bob.page.context().close()
    }
    return [
      resultOf('invite-to-first-message', sent, { goal: GOAL_MS }),
      resultOf('invite-to-question', asked),
      resultOf('invite-to-room', entered),
      resultOf('invite-to-first-message-stored', stored),
      resultOf('invite-to-first-message-read', read)
    ]
  }
}
