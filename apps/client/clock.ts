/**
 * This device's clock and the node's. Neither is known to be right: where they differ, nobody is told which one is wrong, and what people write is
 * dated by the device's own clock, corrected a little.
 */
import { ParleyError } from '#shared/errors.ts'
import { CLOCK_CORRECTION_MAX_MS, CLOCKS_APART_MS } from '#shared/limits.ts'

/**
 * Unix ms by which this device dates what it writes and judges what others wrote.
 * RULE: the node moves it by no more than `CLOCK_CORRECTION_MAX_MS`, so that a node with a wrong clock dates nobody's messages.
 *
 * @param offsetMs local clock minus node clock; null while it is not known
 */
export function correctedNow (offsetMs: number | null, now = Date.now()): number {
  return now - Math.min(CLOCK_CORRECTION_MAX_MS, Math.max(-CLOCK_CORRECTION_MAX_MS, offsetMs ?? 0))
}

/** Says that the clocks are so far apart that neither can say what has expired; null while they are not. */
export function clocksDiffer (offsetMs: number | null): ParleyError | null {
  return offsetMs === null || Math.abs(offsetMs) <= CLOCKS_APART_MS ? null : new ParleyError('clocks-differ', { details: { differMs: Math.abs(offsetMs) } })
}
