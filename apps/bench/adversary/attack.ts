/** Runs one flood: `node attack.ts <flood> <origin>`. Codes that are mailed to its accounts are asked of the parent process. */
import type { Mailbox } from '../../e2e/harness/mailbox.ts'
import { floods, type FloodName } from './floods.ts'

const [name, origin] = process.argv.slice(2) as [FloodName, string]
const waiting = new Map<string, (code: string) => void>()
process.on('message', ({ to, code }: { to: string, code: string }) => waiting.get(to)?.(code))

const mailbox: Mailbox = {
  url: '',
  nextCode: async (to) => await new Promise((resolve) => {
    waiting.set(to, resolve)
    process.send?.({ codeFor: to })
  }),
  close: () => Promise.resolve()
}

try {
  await floods[name]({ origin, mailbox })
  process.exit(0)
} catch (error) {
  // Refused, which is what the node should do.
  process.stderr.write(`${name} was refused: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(0)
}
