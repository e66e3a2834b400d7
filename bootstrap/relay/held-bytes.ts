/**
 * What the node holds of relayed bytes, by sending device, sending account, receiving device and in all. Back pressure bounds it for each
 * circuit; this bounds what many circuits hold together.
 *
 * Flow: a piece arrives or leaves → `count` → `isPressed`: above half of a limit, a circuit may hold little that its receiver has not taken →
 * above the limit, the fullest circuit is ended.
 *
 * @example
 * const held = createHeldBytes(limiter)
 * const share = held.open({ device, account, receiver, end })
 * share.count(source.readBufferLength + waiting)
 * if (share.isPressed()) brake.hold('backlog')
 * share.close()
 */
import type { AccountId, DeviceKey } from '#shared/ids.ts'
import type { Limiter } from '../limits/index.ts'

/** Of a limit; above it, circuits are kept short before any is ended. */
const PRESSED_SHARE = 0.5

/** One direction of a circuit. */
export interface Sending {
  device: DeviceKey
  account: AccountId
  receiver: DeviceKey
  /** Ends the circuit, both ways. The share is closed by then. */
  end(reason: string): void
}

export interface HeldShare {
  /** Says how much is held now. May end this circuit or another. */
  count(bytes: number): void
  /** Whether some limit that this counts for is half used up. */
  isPressed(): boolean
  close(): void
}

export interface HeldBytes {
  open(sending: Sending): HeldShare
}

type HeldLimit = 'relayed-waiting' | 'relayed-waiting-of-account' | 'relayed-waiting-for-one' | 'relayed-waiting-in-all'

interface Share { sending: Sending, bytes: number, sums: Sum[] }

/** What a subject of a limit holds. */
interface Sum { limit: HeldLimit, id: string, bytes: number, shares: Set<Share> }

export function createHeldBytes (limiter: Limiter): HeldBytes {
  const sums = new Map<string, Sum>()
  const max: Record<HeldLimit, number> = {
    'relayed-waiting': limiter.max('relayed-waiting'),
    'relayed-waiting-of-account': limiter.max('relayed-waiting-of-account'),
    'relayed-waiting-for-one': limiter.max('relayed-waiting-for-one'),
    'relayed-waiting-in-all': limiter.max('relayed-waiting-in-all')
  }

  const sumOf = (limit: HeldLimit, key: string): Sum => {
    const id = `${limit} ${key}`
    const known = sums.get(id)
    if (known !== undefined) return known
    const made: Sum = { limit, id, bytes: 0, shares: new Set() }
    sums.set(id, made)
    return made
  }
  const set = (share: Share, bytes: number): void => {
    if (share.sums.length === 0) return
    for (const sum of share.sums) sum.bytes += bytes - share.bytes
    share.bytes = bytes
  }
  const close = (share: Share): void => {
    set(share, 0)
    for (const sum of share.sums) {
      sum.shares.delete(share)
      if (sum.shares.size === 0) sums.delete(sum.id)
    }
    share.sums = []
  }
  const relieve = (sum: Sum): void => {
    while (sum.bytes > max[sum.limit]) {
      const fullest = fullestOf(sum.shares)
      if (fullest === null) return
      limiter.refuse(sum.limit)
      close(fullest)
      fullest.sending.end(`too much is held: ${sum.limit}`)
    }
  }

  return {
    open (sending) {
      const share: Share = {
        sending,
        bytes: 0,
        sums: [
          sumOf('relayed-waiting', sending.device), sumOf('relayed-waiting-of-account', sending.account),
          sumOf('relayed-waiting-for-one', sending.receiver), sumOf('relayed-waiting-in-all', 'node')
        ]
      }
      for (const sum of share.sums) sum.shares.add(share)
      return {
        count (bytes) {
          const isMore = bytes > share.bytes
          set(share, bytes)
          if (isMore) for (const sum of share.sums) relieve(sum)
        },
        isPressed: () => share.sums.some((sum) => sum.bytes > max[sum.limit] * PRESSED_SHARE),
        close: () => close(share)
      }
    }
  }
}

/** RULE: the account that holds the most loses first, so that nobody can have the circuits of others ended by holding much. */
function fullestOf (shares: ReadonlySet<Share>): Share | null {
  const byAccount = new Map<AccountId, { bytes: number, fullest: Share }>()
  for (const share of shares) {
    const { account } = share.sending
    const of = byAccount.get(account)
    if (of === undefined) {
      byAccount.set(account, { bytes: share.bytes, fullest: share })
      continue
    }
    of.bytes += share.bytes
    if (share.bytes > of.fullest.bytes) of.fullest = share
  }
  let most: { bytes: number, fullest: Share } | null = null
  for (const of of byAccount.values()) if (most === null || of.bytes > most.bytes) most = of
  return most?.fullest ?? null
}
