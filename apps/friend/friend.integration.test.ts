// First, as in friend.ts: Alice's client takes it too.
import 'fake-indexeddb/auto'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { signal } from '@preact/signals-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, type Client, type Room } from '#client'
import { startFriend, type Friend } from './friend.ts'
import { createHeadlessPlatform } from './platform.ts'
import { until } from './until.ts'

const LIMIT = { timeoutMs: 30_000 }
let data: string, node: ChildProcess, origin: string
let alice: Client, room: Room, link: string
const heard = signal<readonly string[]>([])

/** A real node in a process of its own, on a free port. */
async function startNode (): Promise<string> {
  data = await mkdtemp(join(tmpdir(), 'parley-friend-'))
  node = spawn(process.execPath, [join(import.meta.dirname, '../../bootstrap/server.ts')], {
    env: { PATH: process.env['PATH'], PORT: '0', PARLEY_DATA: data, LOG_LEVEL: 'warn' }, stdio: ['ignore', 'pipe', 'inherit']
  })
  return await new Promise((resolve, reject) => {
    node.on('close', () => reject(new Error('the node did not start')))
    createInterface(node.stdout!).on('line', (line) => {
      const ready = /^Parley node ready at (\S+)/.exec(line)
      if (ready?.[1] !== undefined) resolve(ready[1])
    })
  })
}

async function signInAlice (): Promise<void> {
  const email = 'alice@example.org'
  const { devMailUrl } = await alice.signIn.requestCode(email)
  const [mail] = await (await fetch(devMailUrl!)).json() as { code: string }[]
  await alice.signIn.verifyCode(email, mail!.code)
  await alice.signIn.chooseName('Alice')
}

beforeAll(async () => {
  origin = await startNode()
  alice = createClient({ platform: createHeadlessPlatform(), nodeOrigin: origin, databaseName: 'alice' })
  await alice.start()
  await signInAlice()
  room = alice.room(await alice.createRoom({ name: 'Kitchen' }))!
  link = (await room.entry.invite.value!()).link
  alice.events.on('message-received', ({ authorName, text }) => { heard.value = [...heard.value, `${authorName}: ${text}`] })
  await until(alice.connection, (connection) => connection.node === 'online', LIMIT)
}, 60_000)

afterAll(async () => {
  await alice.stop()
  node.kill()
  await rm(data, { recursive: true, force: true, maxRetries: 3 })
})

const hears = async (what: RegExp): Promise<unknown> => await until(heard, (lines) => lines.some((line) => what.test(line)), LIMIT)

test('a friend joins Alice\'s room by her link, greets, answers over a direct link, and leaves', { timeout: 90_000 }, async () => {
  const events: string[] = []
  const bob = await startFriend({ link, name: 'Bob', onEvent: (line) => events.push(line) })
  expect(bob.name).toBe('Bob')
  await hears(/^Bob: .*Hello, I am Bob/)
  await until(room.people.members, (members) => members.some(({ name, link: path }) => name === 'Bob' && path === 'direct'), LIMIT)

  await room.messages.send.value!('The soup is ready.')
  await hears(/^Bob: .*Alice said: The soup is ready\./)
  await bob.say('I am on my way.')
  await hears(/^Bob: I am on my way\./)
  expect(events).toContain('I am in Kitchen')

  await Promise.all([bob.stop(), bob.stop()])
  await until(room.people.members, (members) => members.some(({ name, link: path }) => name === 'Bob' && path === 'none'), LIMIT)
})

test('two friends in one room do not answer each other, and a name that is taken is not', { timeout: 90_000 }, async () => {
  const friends: Friend[] = []
  for (const name of ['Carol', 'Carol']) friends.push(await startFriend({ link, name }))
  const [carol, other] = friends
  expect(other!.name).not.toBe(carol!.name)
  await until(carol!.room.people.members, (members) => members.filter((member) => member.link !== 'none').length >= 2, LIMIT)

  const before = heard.value.length
  await room.messages.send.value!('ping')
  await until(heard, (lines) => lines.slice(before).filter((line) => line.endsWith('pong')).length === 2, LIMIT)
  await room.messages.send.value!('And once more, ping.')
  await until(heard, (lines) => lines.slice(before).filter((line) => line.includes('said: And once more')).length === 2, LIMIT)
  // Had one answered the other's first answer, it would have done so before it answered Alice's second message.
  // A greeting may still come in between; it is no answer.
  expect(heard.value.slice(before).filter((line) => line.endsWith('pong') || line.includes('said:'))).toHaveLength(4)
  await Promise.all(friends.map((friend) => friend.stop()))
})

test('a link that is none ends with a code, not with a wait', async () => {
  await expect(startFriend({ link: `${origin}/join#v1.AAAA` })).rejects.toMatchObject({ code: 'invite-malformed' })
})
