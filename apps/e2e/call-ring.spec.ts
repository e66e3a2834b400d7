/** One person calls another: what both see and hear until they talk, or do not. */
import type { Page } from '@playwright/test'
import { isHeard } from './harness/hearing.ts'
import { expect, test, type Person } from './harness/index.ts'
import { acceptRequest, choose, gather } from './harness/room-verbs.ts'

const button = ({ page }: Person, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const card = ({ page }: Person) => page.getByRole('alertdialog', { name: / is calling$/ })
const stage = ({ page }: Person) => page.getByRole('region', { name: /^Call in/ })
const tile = (one: Person, name: string) => stage(one).getByRole('group', { name, exact: true })

/** Before the page is there: hears what it plays by itself, and keeps what it has the system show. As in a window that nobody looks at. */
async function attend (page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown: string[] = [], ears: AnalyserNode[] = []
    Object.assign(globalThis, {
      shown, ears,
      Notification: class extends Notification {
        constructor (title: string, options?: NotificationOptions) {
          super(title, options)
          shown.push(title)
        }
      }
    })
    document.hasFocus = () => false
    const connect = Reflect.get(AudioNode.prototype, 'connect') as (this: AudioNode, to: AudioNode | AudioParam, ...rest: number[]) => AudioNode
    AudioNode.prototype.connect = function (this: AudioNode, to: AudioNode | AudioParam, ...rest: number[]) {
      if (to instanceof AudioDestinationNode) {
        const ear = new AnalyserNode(this.context, { fftSize: 8192 })
        connect.call(this, ear)
        ears.push(ear)
      }
      return connect.call(this, to, ...rest)
    }
  })
}

const shownBySystem = ({ page }: Person): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { shown: string[] }).shown)

/** Hertz of the loudest that the page plays by itself right now; 0 while it is silent. */
const toneOf = ({ page }: Person): Promise<number> => page.evaluate(() => {
  let loudest = 0.02, hertz = 0
  for (const ear of (globalThis as unknown as { ears: AnalyserNode[] }).ears) {
    const samples = new Float32Array(ear.fftSize), bins = new Float32Array(ear.frequencyBinCount)
    ear.getFloatTimeDomainData(samples)
    ear.getFloatFrequencyData(bins)
    const loudness = Math.max(...samples.map(Math.abs))
    if (loudness <= loudest) continue
    loudest = loudness
    hertz = bins.indexOf(Math.max(...bins)) * ear.context.sampleRate / ear.fftSize
  }
  return hertz
})

const expectTone = async (one: Person, ...hertz: readonly number[]): Promise<void> =>
  await expect.poll(async () => {
    const heard = await toneOf(one)
    return hertz.some((wanted) => Math.abs(heard - wanted) < 12)
  }, { message: `${one.name} hears a tone of ${hertz.join(' or ')} Hz`, intervals: [50] }).toBe(true)

/** A conversation of two, open at the one and known to the other. */
async function beginDirect (one: Person, other: Person): Promise<void> {
  await choose(one, other.name, 'Message')
  await expect(one.page.getByRole('heading', { name: other.name, exact: true })).toBeVisible()
  await acceptRequest(other, one.name)
  await expect(other.roomLink(one.name)).toBeVisible()
}

async function expectTalk (one: Person, other: Person): Promise<void> {
  for (const [listener, speaker] of [[one, other], [other, one]] as const) {
    await expect(tile(listener, speaker.name)).toHaveAttribute('data-media', 'connected')
    await expect.poll(async () => await isHeard(listener, speaker.name)).toBe(true)
    await expect(card(listener)).toHaveCount(0)
  }
}

test('a call rings until it is declined or accepted; who talks is busy, who calls each other at once just talks, and whoever is blocked does not ring', async ({ person }) => {
  const { Alice: alice, Bob: bob, Carol: carol } = await gather(async (name) => {
    const one = await person(name)
    await attend(one.page)
    return one
  }, ['Alice', 'Bob', 'Carol'])
  await beginDirect(alice, bob)

  await test.step('Bob sees and hears who calls, the system shows it, and his no is told', async () => {
    await button(alice, 'Start call').click()
    await expect(card(bob)).toHaveAccessibleName('Alice is calling')
    await expect.poll(() => shownBySystem(bob)).toContain('Alice is calling')
    await expectTone(bob, 659, 784, 988)
    await expectTone(alice, 425)
    await card(bob).getByRole('button', { name: 'Decline', exact: true }).click()
    await expect(card(bob)).toHaveCount(0)
    await expect(stage(alice)).toContainText('Declined.')
    await button(alice, 'Leave call').click()
  })

  await test.step('a second call rings again, and accepted they hear each other', async () => {
    await button(alice, 'Start call').click()
    await card(bob).getByRole('button', { name: 'Accept', exact: true }).click()
    await expectTalk(alice, bob)
  })

  await test.step('Carol is told that Bob is busy, and he is not disturbed', async () => {
    await beginDirect(carol, bob)
    await button(carol, 'Start call').click()
    await expect(stage(carol)).toContainText('Busy in another call.')
    await expect(card(bob)).toHaveCount(0)
    await button(carol, 'Leave call').click()
  })

  await test.step('both call each other at the same moment: one call', async () => {
    // Accepting Carol's conversation has opened it.
    await bob.enterRoom('Alice')
    await button(bob, 'Leave call').click()
    await button(alice, 'Leave call').click()
    for (const one of [alice, bob]) await expect(button(one, 'Start call')).toBeVisible()
    await Promise.all([alice, bob].map(async (one) => { await button(one, /^(?:Start|Join) call$/).click() }))
    await expectTalk(alice, bob)
    for (const one of [alice, bob]) await button(one, 'Leave call').click()
  })

  await test.step('of whom Bob has blocked he hears nothing, and they are told no more than that nobody answers', async () => {
    await bob.enterRoom('Kitchen')
    await choose(bob, 'Alice', 'Block')
    await bob.enterRoom('Alice')
    await button(alice, 'Start call').click()
    await expect(stage(alice)).toContainText('Ringing…')
    // What follows the call on the same way has arrived, so the call has too.
    await alice.say('Please pick up')
    await expect(bob.message('From somebody you have blocked.')).toBeVisible()
    await expect(card(bob)).toHaveCount(0)
    await expect(button(bob, 'Join call')).toHaveCount(0)
    await expect(stage(alice)).toContainText('Ringing…')
  })

  await test.step('unblocked she can be joined, for her call has been there all the time', async () => {
    await bob.enterRoom('Kitchen')
    await choose(bob, 'Alice', 'Unblock')
    await bob.enterRoom('Alice')
    await expect(button(bob, 'Join call')).toBeVisible()
    await button(alice, 'Leave call').click()
    await bob.enterRoom('Kitchen')
    await choose(bob, 'Alice', 'Block')
  })

  await test.step('what Alice writes Bob sees when he asks for it', async () => {
    for (const one of [alice, bob, carol]) await one.enterRoom('Kitchen')
    await alice.say('Can you hear me?')
    await carol.expectMessage('Can you hear me?')
    const hidden = bob.message('From somebody you have blocked.')
    await expect(hidden).toBeVisible()
    await expect(bob.roomLink('Kitchen')).toContainText('From somebody you have blocked.')
    await expect(bob.message('Can you hear me?')).toHaveCount(0)
    await hidden.getByRole('button', { name: 'Show' }).click()
    await bob.expectMessage('Can you hear me?')
  })
})
