/**
 * Light clients in a process of their own, so that a test can freeze it (SIGSTOP) as a laptop's lid or a full machine does. Each is in one room.
 * Arguments: origin, room, names. Asks for each sign-in code on stdout (`code <e-mail>`), reads it from stdin, prints `ready` and then runs.
 */
import { createInterface } from 'node:readline'
import type { RoomTag } from '#shared/ids.ts'
import { openLightClient, signUp } from './light-client.ts'
import { registerIn } from './register-in.ts'

const [origin = '', room = '', ...names] = process.argv.slice(2)
const lines = createInterface(process.stdin)[Symbol.asyncIterator]()
const mailbox = {
  async nextCode (email: string): Promise<string> {
    process.stdout.write(`code ${email}\n`)
    return String((await lines.next()).value)
  }
}

for (const name of names) {
  const client = await openLightClient(origin, { account: await signUp({ origin, mailbox }, name), gossips: false })
  await (await registerIn(room as RoomTag, client)).receive()
}
process.stdout.write('ready\n')
