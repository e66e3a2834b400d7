/**
 * Has memory come back that relayed bytes took. V8 collects garbage when something is allocated: after an attack, a node with little to do
 * would keep for minutes what it has let go of, and during one up to 64 MB more than it holds.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is held changes by less in ordinary use. */
const CHANGE_BYTES = 8 * 1024 * 1024
/** Collecting takes some 30 ms: this is a hundredth of the time. */
const WAIT_MS = 3000

/** Returns what is to be told how much is held now. */
export function createCollector ({ collect = collectGarbage, waitMs = WAIT_MS } = {}): (bytes: number) => void {
  let now = 0
  let before = 0
  let isWaiting = false
  return (bytes) => {
    now = bytes
    if (isWaiting || Math.abs(now - before) < CHANGE_BYTES) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      before = now
      collect()
    }, waitMs).unref()
  }
}

let run: ((options: { type: 'major', execution: 'async' }) => Promise<void>) | undefined

function collectGarbage (): void {
  if (run === undefined) {
    setFlagsFromString('--expose-gc')
    run = runInNewContext('gc') as NonNullable<typeof run>
  }
  run({ type: 'major', execution: 'async' }).catch(() => undefined)
}
