/** In rooms where nobody sends receipts: how many devices hold what this device wrote, by the node's count. Known while the client runs. */
import { signal } from '@preact/signals-core'
import { createTokenBuckets } from '#shared/token-bucket.ts'
import type { LogPosition } from '#shared/wire/addressed.ts'
import type { Scope } from '../../state/scope.ts'
import { tellsAuthors } from '../live/acknowledgement-policy.ts'
import type { RoomLog } from '../log/room-log.ts'

/** The node is asked this often while a message is new; devices tell it about as often. */
const ASK_EVERY_MS = 10_000
/** A minute after a message nearly everybody who is there has it; the others bring it up to date when the next one is written. */
const QUESTIONS_MAX = 6

export interface HolderCounts {
  /** Devices that hold this device's log up to a position; null while the node has not said. Reactive. */
  of: (seq: number) => number | null
  /** Asks now how many hold it up to there: somebody looks. */
  ask: (seq: number) => void
}

export function createHolderCounts ({ log, scope, countHolders }: {
  log: RoomLog
  scope: Scope
  countHolders: (position: LogPosition) => Promise<number | null>
}): HolderCounts {
  /** By position, the lowest first: a device that holds a later position holds this one too. */
  const counts = signal<readonly (readonly [seq: number, devices: number])[]>([])
  let newest = 0, questionsLeft = 0
  let isWaiting = false
  /** By position. */
  const looks = createTokenBuckets<number>({ burst: 1, perSecond: 1000 / ASK_EVERY_MS })

  const others = (): number => [...log.membership.peek().members.values()].reduce((sum, { devices }) => sum + devices.size, -1)

  const askNode = async (seq: number): Promise<number | null> => {
    const devices = await countHolders({ devTag: log.devTag, seq })
    if (devices === null) return null
    // What was counted before at or below this position and is less tells nothing more.
    const kept = counts.peek().filter(([at, count]) => at > seq || count > devices)
    counts.value = [...kept, [seq, devices] as const].sort(([a], [b]) => a - b)
    return devices
  }

  const askLater = (): void => {
    if (isWaiting || questionsLeft === 0) return
    isWaiting = true
    scope.later(ASK_EVERY_MS, () => {
      isWaiting = false
      questionsLeft--
      scope.run(askNode(newest).then((devices) => { if ((devices ?? 0) < others()) askLater() }))
    })
  }

  scope.defer(log.events.on('appended', ({ envelopes }) => {
    const own = envelopes.filter(({ header }) => header.devTag === log.devTag)
    if (own.length === 0 || tellsAuthors(log.membership.peek())) return
    newest = Math.max(newest, ...own.map(({ header }) => header.seq))
    questionsLeft = QUESTIONS_MAX
    askLater()
  }))

  return {
    of: (seq) => counts.value.reduce<number | null>((most, [at, devices]) => at >= seq ? Math.max(most ?? 0, devices) : most, null),
    ask (seq) {
      if (!tellsAuthors(log.membership.peek()) && looks.take(seq)) scope.run(askNode(seq))
    }
  }
}
