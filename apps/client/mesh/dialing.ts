/**
 * Makes the direct links that `link-keeping.ts` wants. Where one fails it is tried again ever more rarely; meanwhile gossip goes by the node, and
 * what is for that device alone over a relayed connection that is made when it is needed (`reach`).
 */
import type { Connection } from '@libp2p/interface'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import type { DeviceKey } from '#shared/ids.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import type { EndReason } from '../protocols/link-end/index.ts'
import type { Scope } from '../state/scope.ts'
import type { MeshLibp2p } from './libp2p.ts'
import type { Wanted } from './neighbourhood.ts'
import { isDirect, isUsable } from './paths.ts'

export const DIAL_POLICY = {
  timeoutMs: 15_000,
  /** After the first, second… failure in a row. */
  retryDelaysMs: [1000, 4000, 15_000, 60_000, 300_000],
  /** Both ends are told of each other in the same moment: one dials at once, the other only if nothing has come of it. */
  secondDialerDelayMs: 2500,
  /** A link that broke: its other end may be reloading its page, and will then dial by itself. */
  redialDelayMs: 500,
  /** Chromium allows 500 peer connections in a tab's life, and failures count. Nobody gets more of them than this, however often they come and go. */
  attemptsMax: 12,
  attemptsPerMs: 10 * 60_000
} as const

export interface Dialing {
  /** Devices that should be linked; replaces what was wanted before. */
  want(devices: Wanted): void
  /** A relayed or direct connection, made now if there is none. Rejects when the device cannot be reached. */
  reach(device: DeviceKey, signal: AbortSignal): Promise<void>
  /** Forgets failures: the device has just arrived, or (without one) the network changed. */
  forgive(device?: DeviceKey): void
  /** The device has ended the link: `no-room` is tried again after a minute, `hidden` after five, as after that many failures. */
  postpone(device: DeviceKey, reason: EndReason): void
}

class LinkLost extends Error {}

interface Candidate { failures: number, isBusy: boolean, attemptsAt: number[], cancel: (() => void) | null }

export function createDialing ({ libp2p, relayAddress, localKey, isHiddenFrom, scope, onFailure }: {
  libp2p: MeshLibp2p
  /** The relay while the node is online; else null: then nobody is dialled. */
  relayAddress: () => Multiaddr | null
  localKey: DeviceKey
  isHiddenFrom: (device: DeviceKey) => boolean
  scope: Scope
  onFailure: (device: DeviceKey) => void
}): Dialing {
  let wanted: Wanted = new Map()
  const candidates = new Map<DeviceKey, Candidate>()

  const candidateOf = (device: DeviceKey): Candidate => {
    let candidate = candidates.get(device)
    if (candidate === undefined) candidates.set(device, candidate = { failures: 0, isBusy: false, attemptsAt: [], cancel: null })
    return candidate
  }
  const isWanted = (device: DeviceKey): boolean => wanted.has(device) && !isHiddenFrom(device)
  const isLinked = (device: DeviceKey): boolean => libp2p.getConnections(toPeerId(device)).some(({ status }) => status === 'open')
  const isSettled = (device: DeviceKey): boolean => libp2p.getConnections(toPeerId(device)).some(isDirect)
  const within = (signal: AbortSignal): AbortSignal => AbortSignal.any([scope.signal, signal, AbortSignal.timeout(DIAL_POLICY.timeoutMs)])
  const through = (device: DeviceKey, path: 'p2p-circuit' | 'p2p-circuit/webrtc'): Multiaddr => {
    const relay = relayAddress()
    if (relay === null) throw new Error('the node is not reachable')
    return multiaddr(`${relay.toString()}/${path}/p2p/${toPeerId(device).toString()}`)
  }

  /**
   * RULE: a dial ends with the connection it went over. A handshake that has lost the relayed connection is never answered, and libp2p would let
   * whoever dials the device meanwhile wait for it: after a change of network nobody could be reached for as long as it takes to give up.
   * @throws {LinkLost | Error} (rejects)
   */
  const dial = async (device: DeviceKey, path: 'p2p-circuit' | 'p2p-circuit/webrtc', signal: AbortSignal): Promise<void> => {
    const lost = new AbortController()
    const onClose = ({ detail: { remotePeer } }: CustomEvent<Connection>): void => {
      if (toDeviceKey(remotePeer) === device && !isLinked(device)) lost.abort()
    }
    libp2p.addEventListener('connection:close', onClose)
    try {
      // Without force libp2p ends what it has dialled when the other end has dialled too; so do both ends, and nothing is left.
      await libp2p.dial(through(device, path), { signal: AbortSignal.any([within(signal), lost.signal]), force: true })
    } catch (cause) {
      throw lost.signal.aborted ? new LinkLost('the link was lost while another was looked for', { cause }) : cause
    } finally {
      libp2p.removeEventListener('connection:close', onClose)
    }
  }

  /** Plans the next attempt where one is due and none is planned. */
  const consider = (device: DeviceKey, delayMs?: number): void => {
    const candidate = candidateOf(device)
    if (candidate.isBusy || candidate.cancel !== null || !isWanted(device) || isSettled(device)) return
    const { failures } = candidate
    const { retryDelaysMs, secondDialerDelayMs } = DIAL_POLICY
    const retryMs = retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1]
    const isFirst = wanted.get(device) === 'self' || localKey < device
    candidate.cancel = scope.later(retryMs ?? delayMs ?? (isFirst ? 0 : secondDialerDelayMs), () => {
      candidate.cancel = null
      scope.run(attempt(device, candidate))
    })
  }

  const isWithinBudget = (candidate: Candidate): boolean => {
    const since = Date.now() - DIAL_POLICY.attemptsPerMs
    candidate.attemptsAt = candidate.attemptsAt.filter((at) => at > since)
    return candidate.attemptsAt.length < DIAL_POLICY.attemptsMax
  }

  const attempt = async (device: DeviceKey, candidate: Candidate): Promise<void> => {
    // While the node is away nobody can be dialled; its return is when this is asked again.
    if (relayAddress() === null || !isWanted(device) || isSettled(device)) return
    candidate.isBusy = true
    let delayMs: number | undefined
    try {
      if (!isWithinBudget(candidate)) throw new Error('dialled too often')
      candidate.attemptsAt.push(Date.now())
      await dial(device, 'p2p-circuit/webrtc', scope.signal)
      candidate.failures = 0
    } catch (error) {
      if (error instanceof LinkLost) {
        delayMs = DIAL_POLICY.redialDelayMs
        return
      }
      candidate.failures++
      onFailure(device)
    } finally {
      candidate.isBusy = false
      consider(device, delayMs)
    }
  }

  const reach = async (device: DeviceKey, signal: AbortSignal): Promise<void> => {
    if (libp2p.getConnections(toPeerId(device)).some(isUsable)) return
    // Whoever hears in this turn that a link is lost would join the dial that ends with it.
    await new Promise((resolve) => { setTimeout(resolve) })
    const linked = Promise.withResolvers<undefined>()
    const onOpen = ({ detail }: CustomEvent<Connection>): void => { if (toDeviceKey(detail.remotePeer) === device) linked.resolve(undefined) }
    libp2p.addEventListener('connection:open', onOpen)
    try {
      // libp2p joins a dial of the same peer that is under way, and that one may go on looking for a direct path for long after it has the
      // relayed connection to look over, which is all that is needed here.
      await Promise.race([dial(device, 'p2p-circuit', signal), linked.promise])
    } finally {
      libp2p.removeEventListener('connection:open', onOpen)
    }
  }

  const forgive = (device: DeviceKey): void => {
    const candidate = candidates.get(device)
    if (candidate === undefined) return
    candidate.failures = 0
    candidate.cancel?.()
    candidate.cancel = null
    consider(device)
  }

  const onClose = ({ detail: connection }: CustomEvent<Connection>): void => {
    const device = toDeviceKey(connection.remotePeer)
    if (device !== null && isWanted(device)) consider(device, DIAL_POLICY.redialDelayMs)
  }
  libp2p.addEventListener('connection:close', onClose)
  scope.defer(() => libp2p.removeEventListener('connection:close', onClose))

  return {
    want (devices) {
      wanted = devices
      for (const [device, candidate] of candidates) {
        if (isWanted(device) || candidate.isBusy) continue
        candidate.cancel?.()
        candidate.cancel = null
        // Attempts are remembered for as long as they count: leaving and coming back earns no new budget.
        if (isWithinBudget(candidate) && candidate.attemptsAt.length === 0) candidates.delete(device)
      }
      for (const device of wanted.keys()) consider(device)
    },
    reach,
    forgive (device) {
      if (device !== undefined) forgive(device)
      else for (const known of candidates.keys()) forgive(known)
    },
    postpone (device, reason) {
      candidateOf(device).failures = DIAL_POLICY.retryDelaysMs.length - (reason === 'hidden' ? 0 : 1)
    }
  }
}
