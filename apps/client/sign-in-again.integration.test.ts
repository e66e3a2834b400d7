import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { atTestNode } from './testing/at-test-node.ts'
import { until } from './testing/people.ts'

const here = atTestNode()

it('a device that the node does not know any more is told, and after signing in again it is in its rooms and connected', async () => {
  const email = `alice-${crypto.randomUUID()}@example.org`
  const alice = await here.arrive('Alice', email)
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  await alice.say(tag, 'before')
  await here.node.kill()
  const database = new DatabaseSync(join(here.node.dataDir, 'parley.db'))
  database.exec('delete from devices')
  database.close()
  await here.node.start()
  await until(alice.client.account, (state) => state.status === 'signed-in' && state.passport === 'refused', 'Alice is told')

  await alice.client.signIn.requestCode(email)
  await alice.client.signIn.verifyCode(email, await here.node.codeFor(email))
  await until(alice.client.account, (state) => state.status === 'signed-in' && state.passport === 'valid', 'Alice is signed in')
  await until(alice.client.connection, ({ node }) => node === 'online', 'Alice is connected')
  await alice.sees(tag, 'before')
  await alice.say(tag, 'after')
  await until(alice.room(tag).messages.keptAtNode, (isKept) => isKept, 'the node keeps what she says')
  expect(alice.room(tag).summary.value.standing).toBe('member')
}, 60_000)
