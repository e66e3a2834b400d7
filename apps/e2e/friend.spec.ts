/** The friend: a program in Node that joins a room of people in Chromium by the same client. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from './harness/index.ts'

const program = join(import.meta.dirname, '../friend/main.ts')

interface FriendProcess { child: ChildProcess, lines: string[] }

let running: FriendProcess | null = null

test.afterEach(async ({ browserName: _ }, info) => {
  const { child, lines } = running ?? { child: null, lines: [] }
  running = null
  if (info.status !== info.expectedStatus) await info.attach('friend.log', { body: lines.join('\n'), contentType: 'text/plain' })
  if (child?.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
})

function start (args: readonly string[]): FriendProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', (line) => lines.push(line))
  running = { child, lines }
  return running
}

test('a friend joins by a link, greets, answers over a direct link, and leaves when told to', async ({ person, node }) => {
  const alice = await person('Alice')
  await alice.open()
  await alice.signIn()
  await alice.createRoom('Kitchen')
  const email = 'robin@example.org'
  const { child, lines } = start([await alice.copyInvite(), '--name', 'Robin', '--email', email])
  child.stdin?.write(`${await node.mailbox.nextCode(email)}\n`)

  await alice.expectMember('Robin', 'direct')
  await expect(alice.message('Hello, I am Robin')).toHaveAttribute('data-author', 'Robin')
  await alice.say('ping')
  await alice.expectMessage('pong')
  await alice.expectMessage('ping', { state: 'delivered' })
  await alice.say('Is the kettle on?')
  await alice.expectMessage('I do not know, Alice.')

  const closed = once(child, 'close')
  child.kill('SIGINT')
  expect(await closed, lines.join('\n')).toEqual([0, null])
  await alice.expectMember('Robin', 'none')
})
