/** The first conversation: from an empty browser to talking, and what must survive on the way. */
import { expect, test, type Person } from './harness/index.ts'

/** Alice in a new room, and Bob in it by her link. */
async function meet (person: (name: string) => Promise<Person>): Promise<{ alice: Person, bob: Person, link: string }> {
  const [alice, bob] = [await person('Alice'), await person('Bob')]
  await Promise.all([alice.open(), bob.open()])
  await alice.signIn()
  await alice.createRoom('Kitchen')
  const link = await alice.copyInvite()
  await bob.signIn()
  await bob.openInvite(link)
  return { alice, bob, link }
}

test.describe('two people', () => {
  test('Alice invites Bob, and they talk over a direct link', async ({ person }) => {
    const { alice, bob } = await meet(person)
    await alice.expectMember('Bob', 'direct')
    await bob.expectMember('Alice', 'direct')

    await alice.say('Is there coffee?')
    await bob.expectMessage('Is there coffee?')
    await alice.expectMessage('Is there coffee?', { state: 'delivered' })
    await bob.say('Just made some.')
    await alice.expectMessage('Just made some.')

    await expect.poll(() => alice.connection()).toMatchObject({ online: 1, direct: 1, relayed: 0 })
  })

  test('an invite link opened first asks to sign in, then joins', async ({ person }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.signIn()
    await alice.createRoom('Kitchen')
    await alice.say('Come in, it is warm here.')
    const link = await alice.copyInvite()

    const bob = await person('Bob')
    await bob.page.goto(link)
    await bob.signIn()
    await bob.page.getByRole('button', { name: 'Join', exact: true }).click()
    await bob.expectMessage('Come in, it is warm here.')
  })

  test('Carol joins later by the same link and reads what was said before', async ({ person }) => {
    const { alice, bob, link } = await meet(person)
    await alice.say('Soup at seven.')
    await bob.expectMessage('Soup at seven.')

    const carol = await person('Carol')
    await carol.open()
    await carol.signIn()
    await carol.openInvite(link)
    await carol.expectMessage('Soup at seven.')
    for (const someone of [alice, bob]) await someone.expectMember('Carol', 'direct')

    await carol.say('I bring bread.')
    for (const someone of [alice, bob]) await someone.expectMessage('I bring bread.')
  })
})

test.describe('coming back', () => {
  test('a reload keeps Alice signed in, with her room and its history', async ({ person }) => {
    const { alice, bob } = await meet(person)
    await alice.say('Keep this.')
    await bob.expectMessage('Keep this.')

    await alice.page.reload()
    await alice.expectMessage('Keep this.')
    await bob.say('Still there?')
    await alice.expectMessage('Still there?')
  })

  test('a browser that was closed opens with the history, and fetches what was missed', async ({ person, persistent }) => {
    const computer = await persistent('Alice')
    let alice = await computer.open()
    await alice.open()
    await alice.signIn()
    await alice.createRoom('Kitchen')
    const link = await alice.copyInvite()
    const bob = await person('Bob')
    await bob.open()
    await bob.signIn()
    await bob.openInvite(link)
    await alice.say('Back in a moment.')
    await bob.expectMessage('Back in a moment.')

    await computer.close()
    await bob.say('You left the oven on.')
    await bob.expectMessage('You left the oven on.', { state: 'sent' })

    alice = await computer.open()
    await alice.open()
    await alice.enterRoom('Kitchen')
    await alice.expectMessage('Back in a moment.')
    await alice.expectMessage('You left the oven on.')
    await bob.expectMessage('You left the oven on.', { state: 'delivered' })
  })

  test('messages of another room are counted until they are read, also over a reload', async ({ person }) => {
    const { alice, bob } = await meet(person)
    await alice.createRoom('Garden')
    await bob.say('One.')
    await bob.say('Two.')
    const kitchen = alice.roomLink('Kitchen')
    await expect(kitchen).toContainText('2')

    await alice.page.reload()
    await expect(kitchen).toContainText('2')
    await alice.enterRoom('Kitchen')
    await alice.expectMessage('Two.')
    await expect(kitchen).not.toContainText('2')
  })
})

test.describe('a node that goes down', () => {
  test('linked people go on talking, and everything comes back with it', async ({ person, node }) => {
    const { alice, bob } = await meet(person)
    await alice.expectMember('Bob', 'direct')
    await node.kill()

    await alice.say('The node is gone, and we are not.')
    await bob.expectMessage('The node is gone, and we are not.')
    await alice.expectMessage('The node is gone, and we are not.', { state: 'delivered' })

    await node.start()
    const carol = await person('Carol')
    await carol.open()
    await carol.signIn()
    await carol.openInvite(await alice.copyInvite())
    await carol.expectMessage('The node is gone, and we are not.')
  })

  test('the app opens with its history while the node is away, and says so', async ({ persistent, node }) => {
    const computer = await persistent('Alice')
    let alice = await computer.open()
    await alice.open()
    await alice.signIn()
    await alice.createRoom('Kitchen')
    await alice.say('Written before.')
    await alice.expectMessage('Written before.', { state: 'sent' })
    await computer.close()

    alice = await computer.open()
    // The page itself comes from the node; what must not depend on it is everything after that.
    await alice.page.route(`${node.origin}/v1/**`, (route) => route.abort())
    await alice.page.routeWebSocket(/.*/, (socket) => socket.close())
    await alice.open()
    await alice.enterRoom('Kitchen')
    await alice.expectMessage('Written before.')
    await expect(alice.page.getByText('The node cannot be reached.', { exact: false }).first()).toBeVisible()
    await alice.say('Written in the dark.')

    // The routes end with their page.
    const light = await alice.page.context().newPage()
    await alice.page.close()
    await light.goto(node.origin)
    await light.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Kitchen' }).click()
    await expect(light.getByRole('article').filter({ hasText: 'Written in the dark.' })).toHaveAttribute('data-state', /^(sent|delivered|read)$/)
  })
})

test.describe('signing in', () => {
  test('a wrong code is told in a sentence, and the right one still works', async ({ person, node }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.askForCode()
    const right = await node.mailbox.nextCode(alice.email)
    await alice.enterCode(right === '123456' ? '654321' : '123456')
    await expect(alice.page.getByRole('alert')).toContainText(/code/i)

    await alice.enterCode(right)
    await expect(alice.page.getByRole('textbox', { name: 'Display name' })).toBeVisible()
  })

  test('a code that is too old is told as such', async ({ person, node }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.askForCode()
    const code = await node.mailbox.nextCode(alice.email)
    node.expireCodes()
    await alice.enterCode(code)
    await expect(alice.page.getByRole('alert')).toContainText(/expired|too old|no longer/i)
  })

  test('after five wrong codes the right one is refused too', async ({ person, node }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.askForCode()
    const right = await node.mailbox.nextCode(alice.email)
    const wrong = right === '123456' ? '654321' : '123456'
    for (let attempt = 0; attempt < 5; attempt++) {
      const answer = alice.page.waitForResponse((response) => response.url().endsWith('/v1/auth/verify'))
      await alice.enterCode(wrong)
      expect((await answer).ok()).toBe(false)
    }
    const answer = alice.page.waitForResponse((response) => response.url().endsWith('/v1/auth/verify'))
    await alice.enterCode(right)
    expect((await answer).ok()).toBe(false)
    await expect(alice.page.getByRole('alert')).toContainText(/code/i)
  })

  test('a name that Alice has is not given to Bob', async ({ person, node }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.signIn()
    const bob = await person('Bob')
    await bob.open()
    await bob.askForCode()
    await bob.enterCode(await node.mailbox.nextCode(bob.email))
    await bob.page.getByRole('textbox', { name: 'Display name' }).fill('alice')
    await bob.page.getByRole('button', { name: 'Continue' }).click()
    await expect(bob.page.getByRole('alert')).toContainText(/taken/i)
  })
})

test.describe('this device', () => {
  test('signing out asks, then leaves nothing behind', async ({ person }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.signIn()
    await alice.createRoom('Kitchen')
    await alice.say('Nobody finds this.')
    await alice.signOut()

    const left = await alice.page.evaluate(async () => (await indexedDB.databases()).map((database) => database.name))
    expect(left).toEqual([])
    await alice.page.reload()
    await expect(alice.page.getByRole('textbox', { name: 'E-mail' })).toBeVisible()
    await expect(alice.page.getByText('Kitchen')).toHaveCount(0)
  })

  test('a second window of the same profile says so and can take over', async ({ person, node }) => {
    const alice = await person('Alice')
    await alice.open()
    await alice.signIn()
    await alice.createRoom('Kitchen')

    const second = await alice.page.context().newPage()
    await second.goto(node.origin)
    await second.getByRole('button', { name: 'Use it here' }).click()
    await expect(second.getByRole('link', { name: 'Kitchen' })).toBeVisible()
    await expect(alice.page.getByRole('button', { name: 'Use it here' })).toBeVisible()
  })
})
