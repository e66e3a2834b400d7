/**
 * What the node counts about itself, in the text format of Prometheus: the process, HTTP, connections, refusals and dropped gossip. Nothing
 * here says who or where: no ids, addresses or room ids are labels, and each label has a bounded set of values.
 *
 * @example
 * const metrics = createMetrics({ limiter, relay: () => relay })
 * metrics.onGossipDropped('over-limit')
 * await metrics.text()
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import { LIMITS, type Limiter, type LimitName } from '../limits/index.ts'

export interface Metrics {
  readonly contentType: string
  /** Everything as it is now. */
  text(): Promise<string>
  /** Counts a response. `route` is the pattern that matched, null where none did. */
  onResponse(response: { method: string, route: string | null, status: number, seconds: number }): void
  /** Counts a frame of gossip that was not passed on. */
  onGossipDropped(reason: string): void
}

export interface MetricsSources {
  limiter: Limiter
  /** Null until the relay runs. */
  relay: () => { connectionCount(): number, guestCount(): number, reservationCount(): number } | null
}

/** Most responses take 1 to 20 ms; above 10 s a request is ended. */
const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10]
/** Reasons are fixed words in our code; a bug that made one of input would otherwise fill the memory. */
const REASONS_MAX = 100

export function createMetrics ({ limiter, relay }: MetricsSources): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })

  new Gauge({
    name: 'parley_connections', help: 'Connections of libp2p that are open.', registers,
    collect () { this.set(relay()?.connectionCount() ?? 0) }
  })
  new Gauge({
    name: 'parley_guests', help: 'Connections of devices that have shown no valid passport.', registers,
    collect () { this.set(relay()?.guestCount() ?? 0) }
  })
  new Gauge({
    name: 'parley_reservations', help: 'Devices that others can reach through this relay.', registers,
    collect () { this.set(relay()?.reservationCount() ?? 0) }
  })
  new Counter({
    name: 'parley_refusals_total', help: 'What was refused, by the name of the limit (docs/SECURITY.md).', labelNames: ['limit'], registers,
    collect () {
      this.reset()
      for (const limit of Object.keys(LIMITS)) this.inc({ limit }, limiter.refusals.get(limit as LimitName) ?? 0)
    }
  })
  const requests = new Counter({
    name: 'parley_http_requests_total', help: 'Responses, by route and class of status.', labelNames: ['method', 'route', 'status'], registers
  })
  const durations = new Histogram({
    name: 'parley_http_request_seconds', help: 'From request to response, by route.', labelNames: ['route'], buckets: SECONDS, registers
  })
  const dropped = new Counter({
    name: 'parley_gossip_dropped_total', help: 'Frames of gossip that were not passed on, by reason.', labelNames: ['reason'], registers
  })
  const reasons = new Set<string>()

  return {
    contentType: register.contentType,
    text: async () => await register.metrics(),
    onResponse ({ method, route, status, seconds }) {
      const labels = { route: route ?? 'none' }
      requests.inc({ ...labels, method, status: `${Math.floor(status / 100)}xx` })
      durations.observe(labels, seconds)
    },
    onGossipDropped (reason) {
      if (reasons.size < REASONS_MAX) reasons.add(reason)
      dropped.inc({ reason: reasons.has(reason) ? reason : 'other' })
    }
  }
}
