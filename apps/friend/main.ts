/**
 * `npm run friend -- <invite link> [--name N] [--email E] [--say TEXT [--count N] [--every MS]] [--silent]`: lets a program join a room and
 * answer, for trying Parley alone and for load. Ctrl-C leaves.
 */
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { ParleyError } from '#shared/errors.ts'
import { startFriend, type Friend } from './friend.ts'

const USAGE = `npm run friend -- <invite link> [options]

  --name N      its display name (default: the one the node suggests)
  --email E     the address it signs in with (default: a random one at example.org)
  --say TEXT    says this once it is in
  --count N     … N times, numbered (default 1)
  --every MS    … so many milliseconds apart (default 1000)
  --silent      neither greets nor answers

What it stores is in memory: a friend that starts again is a new person. The quotes matter in most shells:
  npm run friend -- 'http://127.0.0.1:8080/join#v1.…'`

const print = (line: string): void => { process.stdout.write(`${new Date().toLocaleTimeString()}  ${line}\n`) }

interface Arguments { link: string, name?: string, email?: string, say: string | null, count: number, everyMs: number, isSilent: boolean }

/** Null: show how it is used. @throws {TypeError} on an unknown option */
function readArguments (args: string[]): Arguments | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string' }, email: { type: 'string' }, say: { type: 'string' }, silent: { type: 'boolean', default: false },
      count: { type: 'string', default: '1' }, every: { type: 'string', default: '1000' }
    }
  })
  const [link] = positionals
  const count = Number(values.count), everyMs = Number(values.every)
  if (link === undefined || positionals.length > 1 || !Number.isInteger(count) || count < 1 || !(everyMs >= 0)) return null
  return {
    link, count, everyMs, say: values.say ?? null, isSilent: values.silent,
    ...(values.name !== undefined && { name: values.name }), ...(values.email !== undefined && { email: values.email })
  }
}

async function askForCode (email: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await terminal.question(`The code that was mailed to ${email}: `)).trim()
  } finally {
    terminal.close()
  }
}

/** Says `text` on a fixed schedule: a slow message does not delay those after it. */
async function talk (friend: Friend, { say: text, count, everyMs }: Arguments, signal: AbortSignal): Promise<void> {
  if (text === null) return
  const startedAt = Date.now()
  for (let n = 1; n <= count && !signal.aborted; n++) {
    await friend.say(count === 1 ? text : `${text} (${n} of ${count})`)
    const waitMs = startedAt + n * everyMs - Date.now()
    if (waitMs > 0 && n < count) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  print(`Said ${count} ${count === 1 ? 'message' : 'messages'} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}

async function main (given: Arguments): Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // A second Ctrl-C does not wait.
      if (signal.aborted) process.exit(130)
      print('Leaving')
      controller.abort()
    })
  }
  print('What I store is in memory only: I am forgotten when I leave')
  const friend = await startFriend({ ...given, answers: !given.isSilent, readCode: askForCode, onEvent: print, signal })
  try {
    await talk(friend, given, signal)
    await left
  } finally {
    await friend.stop()
  }
  print('Left. The room still lists me until its owner removes me')
}

let given: Arguments | null = null
try {
  given = readArguments(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n`)
}
if (given === null) {
  process.stderr.write(`${USAGE}\n`)
  process.exit(2)
}
try {
  await main(given)
  // The threads of WebRTC would keep the process for a while.
  process.exit(0)
} catch (error) {
  if (error instanceof ParleyError && error.code === 'aborted') process.exit(0)
  const why = error instanceof ParleyError ? `${error.message === error.code ? '' : `${error.message} `}(${error.code})` : String(error)
  process.stderr.write(`The friend could not go on: ${why}\n`)
  process.exit(1)
}
